"""Services: how far each is shut in, what runs beside them, and what can be reached from outside."""

import re

from chatops.controls import Control
from tests.compliance.instances import instances
from tests.compliance.proof import Subject, does_not_apply, proves

# What each unit is exposed to as systemd sees it, and what of its settings is younger than its process.
SANDBOX = r"""
for unit in "$@"; do
    printf 'unit %s\n' "$unit"
    systemctl show --property=ActiveState,NeedDaemonReload,ExecMainStartTimestamp --timestamp=us+utc "$unit"
    systemd-analyze security --no-pager "$unit" 2>/dev/null |
        sed -n 's/.*exposure level for .*: \([0-9.]*\).*/Exposure=\1/p'
    since=$(systemctl show --property=ExecMainStartTimestamp --timestamp=us+utc --value "$unit")
    [ -n "$since" ] || continue
    files=$(systemctl show --property=FragmentPath,DropInPaths --value "$unit")
    find -L $files -newermt "$since" -printf 'Younger=%p\n'
done
"""
MOST = {"SVC-01": 3.0, "SVC-02": 2.6, "SVC-03": 1.1}

LISTENERS = r"""
ss -Hltnup
/usr/sbin/sshd -T | sed -n 's/^port /sshd /p'
"""
WEB = {80, 443}
MAIL = {25, 465, 587}
# Whoever gets his address by DHCP hears the answer here.
DHCP = {68, 546}
LOOPBACK = re.compile(r"127\.|\[::1\]|\[::ffff:127\.")
NFS = {"nfs", "nfs4"}
UNIT_PLACES = ("/etc/systemd", "/run/systemd/system", "/usr/local/lib/systemd", "/lib/systemd/system")
# A place that is not there is none that somebody could write; nor is a link to nowhere.
WRITABLE_UNITS = r"""
for place in "$@"; do
    [ -e "$place" ] || continue
    find -L "$place" -xdev \( -type f -o -type d \) \( ! -user root -o -perm /022 \) -printf '%p:%u:%m\n'
done
"""


@proves("SVC-01")
def test_spse_is_shut_in(subject: Subject, control: Control) -> None:
    found = instances(subject)
    units = {unit for one in found for unit in (*one.units, *one.processes)}
    if not units:
        does_not_apply("tidak ada SPSE yang dijalankan di server ini")
    subject.expect_none("SPSE yang tidak dijalankan systemd", [one.home for one in found if "-" in one.processes])
    _is_shut_in(subject, control, sorted(units))


@proves("SVC-02", "SVC-03")
def test_service_is_shut_in(subject: Subject, control: Control) -> None:
    pattern = {"SVC-02": "apache2.service", "SVC-03": "postgresql@*.service"}[control.id]
    listed = subject.ask("systemctl", "list-units", "--all", "--plain", "--no-legend", "--full", pattern)
    units = [line.split()[0] for line in listed.splitlines() if line.split()[1] == "loaded"]
    if not units:
        does_not_apply(f"{pattern} tidak ada di server ini")
    _is_shut_in(subject, control, units)


def _is_shut_in(subject: Subject, control: Control, units: list[str]) -> None:
    """In force, and not only written down: a process keeps the sandbox that it was started with."""
    wrong = []
    for block in subject.ask("sh", "-c", SANDBOX, "sh", *units).split("unit ")[1:]:
        unit, *lines = block.splitlines()
        said = [line.partition("=")[::2] for line in lines]
        about = dict(said)
        younger = [value for key, value in said if key == "Younger"]
        exposure = float(about.get("Exposure", "10"))
        subject.note(
            f"{unit}: paparan {exposure}, {about['ActiveState']} sejak {about['ExecMainStartTimestamp'] or '-'}"
        )
        if exposure > MOST[control.id]:
            wrong.append(f"{unit} terpapar {exposure}, paling banyak {MOST[control.id]}")
        if about["NeedDaemonReload"] == "yes":
            wrong.append(f"{unit} belum dibaca ulang: jalankan `systemctl daemon-reload`")
        if younger and about["ActiveState"] == "active":
            wrong.append(
                f"{unit} masih berjalan tanpa {', '.join(younger)}: jalankan `systemctl restart {unit}` atau peran "
                "baseline dengan baseline_restart, pada saat yang tepat"
            )
    assert not wrong, "; ".join(wrong)


@proves("SVC-04")
def test_what_nobody_needs_is_off(subject: Subject, control: Control) -> None:
    shown = subject.ask("systemctl", "show", "--property=Id,ActiveState,UnitFileState", *control.settings)
    mounted = [line.split()[1] for line in subject.ask("cat", "/proc/mounts").splitlines() if line.split()[2] in NFS]
    wrong = []
    for block in shown.strip().split("\n\n"):
        about = dict(line.split("=", 1) for line in block.splitlines())
        runs = about["ActiveState"] in {"active", "activating", "reloading"}
        if mounted and about["Id"].startswith("rpcbind"):
            subject.note(f"{about['Id']} diperlukan oleh {', '.join(mounted)}")
        elif runs or about["UnitFileState"] in {"enabled", "enabled-runtime"}:
            wrong.append(f"{about['Id']} {'berjalan' if runs else 'dijalankan saat boot'}")
    wrong += [f"surat diterima di {address}:{port}" for address, port, _ in _reachable(subject) if port in MAIL]
    subject.expect_none("layanan yang tidak diperlukan", wrong)


@proves("SVC-05")
def test_only_known_ports_are_open(subject: Subject) -> None:
    more = {int(port) for port in subject.variables.get("baseline_firewall_ports", [])}
    # SPSE listens everywhere, and the firewall (FW-02) lets nobody there.
    more |= {int(one["port"]) for one in subject.variables.get("spse_app_instances", {}).values()}
    ours = {
        int(line.split()[1]) for line in subject.ask("sh", "-c", LISTENERS).splitlines() if line.startswith("sshd ")
    }
    wrong = []
    for address, port, who in _reachable(subject):
        subject.note(f"{address}:{port} {who}")
        if port not in WEB | DHCP | ours | more:
            wrong.append(f"{address}:{port} ({who or 'tidak diketahui'})")
    subject.expect_none("port terbuka yang tidak dikenal", wrong)


def _reachable(subject: Subject) -> list[tuple[str, int, str]]:
    """Address, port and program of what is listened on beyond the host itself."""
    found = set()
    for line in subject.ask("sh", "-c", LISTENERS).splitlines():
        if line.startswith("sshd "):
            continue
        words = line.split(maxsplit=6)
        address, _, port = words[4].rpartition(":")
        if not LOOPBACK.match(address):
            program = re.search(r'\("([^"]+)"', words[6]) if len(words) > 6 else None
            found.add((address, int(port), program[1] if program else ""))
    return sorted(found)


@proves("SVC-06")
def test_units_belong_to_root(subject: Subject) -> None:
    found = subject.ask("sh", "-c", WRITABLE_UNITS, "sh", *UNIT_PLACES)
    subject.expect_none("unit yang dapat diubah selain oleh root", found.split())
