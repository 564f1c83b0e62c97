"""`python -m tests.compliance`: prove the baseline on the hosts of an inventory, and report."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from chatops import compliance, controls, inventory
from chatops.compliance import Finding, Result
from chatops.errors import NamelessHostError, SpseOpsError
from chatops.reports import compliance as reports
from chatops.reports import page
from chatops.reports.recommendation import Recommendation
from chatops.settings import Settings

PROOFS = Path(__file__).parent
CHECKOUT = PROOFS.parents[1]
# As many hosts at once as this machine can look at without being what is waited for.
MOST_WORKERS = 4 * (os.cpu_count() or 1)
JAKARTA = ZoneInfo("Asia/Jakarta")
LAST = "terakhir.json"


@click.command()
@click.argument("hosts", nargs=-1)
@click.option("--inventory", "source", required=True, help="The inventory that the hosts are in.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where the reports go.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON and not as a table.")
@click.option("--recommend", is_flag=True, help="Write a recommendation for each LPSE, too, in a folder of its own.")
@click.option("--absent", multiple=True, help="A host that could not be reached; the recommendation says so.")
def main(
    hosts: Sequence[str], source: str, out: Path, *, as_json: bool, recommend: bool, absent: Sequence[str]
) -> None:
    """End with the severity of the worst that is not so: 1 low, 2 medium, 3 high, 4 critical."""
    now = datetime.now(JAKARTA)
    try:
        settings = Settings.from_environment(inventory=source)
        # Before hosts are looked at: what is missing here had better be known at once.
        lpses = _lpses(settings, [*hosts, *absent]) if recommend else {}
        findings = prove(settings, hosts)
    except SpseOpsError as error:
        raise click.ClickException(str(error)) from error
    before = _read(out / LAST)
    report = reports.Report(findings, compliance.drift(findings, before), now)
    files = {name: text.encode() for name, text in report.files().items()}
    for lpse in dict.fromkeys(lpses[finding.host] for finding in findings if recommend):
        own = [finding for finding in findings if lpses[finding.host] == lpse]
        away = [host for host in absent if lpses[host] == lpse]
        document = Recommendation(lpse, own, controls.load(), controls.version(), now, away)
        files |= {f"{lpse}/{name}": content for name, content in document.files().items()}
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    # Hosts that were not looked at this time stay as they were.
    states = before | reports.states(findings)
    (out / LAST).write_text(json.dumps(states, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    click.echo(report.as_json() if as_json else report.as_table())
    sys.exit(compliance.worst(findings) or 0)


def _lpses(settings: Settings, hosts: Sequence[str]) -> dict[str, str]:
    """To whom each host belongs; refused, too, where no PDF could be made."""
    page.typesetter()
    owners = {host: lpse for lpse, own in inventory.hosts_by_lpse(settings).items() for host in own}
    if nameless := [host for host in hosts if host not in owners]:
        raise NamelessHostError(host=nameless[0])
    return owners


def prove(settings: Settings, hosts: Sequence[str]) -> list[Finding]:
    """Run every proof on every host, and judge what they found."""
    catalogue = controls.load()
    known = controls.by_id(catalogue.values())
    variables = inventory.variables(settings)
    waivers = {
        host: compliance.waivers(host, variables.get(host, {}).get("baseline_waivers", []), known) for host in hosts
    }
    files = [PROOFS / f"test_{area}.py" for area in catalogue]
    with tempfile.TemporaryDirectory(prefix="spse-comply-") as folder:
        file = Path(folder, "findings")
        file.touch()
        said = _run(settings, hosts, files, file)
        results = [Result.of(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    if not results:
        raise SpseOpsError(detail=f"tidak satu pun pemeriksaan berjalan:\n{said}")
    return compliance.judge(results, waivers, known, datetime.now(JAKARTA).date())


def _run(settings: Settings, hosts: Sequence[str], proofs: Sequence[Path], findings: Path) -> str:
    # ssh would connect anew for each question without a place for its socket.
    own = {"ANSIBLE_SSH_EXTRA_ARGS": f"-o ControlPath={findings.parent}/%C"}
    workers = min(len(hosts), MOST_WORKERS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        *map(str, proofs),
        "--quiet",
        "--override-ini=addopts=",
        "-p",
        "no:cacheprovider",
    ]
    command += [f"--confcutdir={PROOFS}", f"--rootdir={CHECKOUT}", f"--findings={findings}", "--sudo"]
    command += [
        f"--hosts={','.join(f'ansible://{host}' for host in hosts)}",
        f"--ansible-inventory={settings.inventory}",
    ]
    command += ["--tb=line", *((f"--numprocesses={workers}", "--dist=load") if workers > 1 else ())]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd=CHECKOUT,
        env=os.environ | settings.ansible_environment | own,
        text=True,
    )
    return done.stdout + done.stderr


def _read(file: Path) -> dict[str, Mapping[str, str]]:
    """How every control stood the last time."""
    if not file.exists():
        return {}
    read: dict[str, Mapping[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return read


if __name__ == "__main__":
    main()
