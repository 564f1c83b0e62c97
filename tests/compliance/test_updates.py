"""Updates: what apt makes of all its files together, what waits, and whether anybody looks."""

import re
import time

from chatops.controls import Control
from tests.compliance.proof import Subject, does_not_apply, proves

# What apt takes where nothing is said.
DEFAULTS = {
    "APT::Periodic::Enable": "1",
    "APT::Get::AllowUnauthenticated": "false",
    "Acquire::AllowInsecureRepositories": "false",
    "Acquire::AllowDowngradeToInsecureRepositories": "false",
    "Acquire::AllowWeakRepositories": "false",
    "Acquire::Check-Valid-Until": "true",
    "Acquire::Check-Date": "true",
    "Unattended-Upgrade::Automatic-Reboot": "false",
}
BOOLEANS = dict.fromkeys(("yes", "on", "with", "enable", "1"), "true") | dict.fromkeys(
    ("no", "off", "without", "disable", "0"), "false"
)
SETTING = re.compile(r'(\S+) "(.*)";')
SECURITY = "Debian-Security"
BLIND = {
    "UPD-05": r"(trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure)(=|:[[:space:]]*)(yes|true)",
    "UPD-06": r"(check-valid-until|check-date)(=|:[[:space:]]*)(no|false)",
}
PACKAGES = ("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n")
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
# When apt was last here: with nothing new it leaves the lists alone, and touches only what lies around them.
FETCHED = r"""
ls /var/lib/apt/lists | grep -q -e Packages || exit 0
find /var/lib/apt -maxdepth 2 -regextype posix-extended \
    -regex '/var/lib/apt/(lists|lists/partial|periodic/update(-success)?-stamp)' -printf '%Ts\n'
"""
# Its configuration is a program, which reads its other files itself.
NEEDRESTART = r"""
our %nrconf;
eval do { local (@ARGV, $/) = "/etc/needrestart/needrestart.conf"; <> };
print $nrconf{restart} // "";
"""
# It writes its cache even where it only looks.
READ_ONLY = (
    "--option=Debug::NoLocking=true",
    "--option=Dir::Cache::pkgcache=",
    "--option=Dir::Cache::srcpkgcache=",
)
OLDEST_DAYS = 2
DAY = 86400


def _set(subject: Subject) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Values, and lists, as apt has them behind all its files."""
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for line in subject.ask("apt-config", "dump").splitlines():
        match = SETTING.fullmatch(line)
        if match is not None and match[1].endswith("::"):
            lists.setdefault(match[1].removesuffix("::"), []).append(match[2])
        elif match is not None:
            values[match[1]] = match[2]
    return values, lists


def _is_set(subject: Subject, control: Control) -> None:
    values, _ = _set(subject)
    found = {}
    for key, wanted in control.settings.items():
        value = values.get(key, DEFAULTS.get(key))
        found[key] = BOOLEANS.get(str(value).lower(), value) if wanted in BOOLEANS.values() else value
    subject.expect(found, control.settings)


def _is_installed(subject: Subject, package: str) -> bool:
    said = subject.ask(*PACKAGES).splitlines()
    subject.note(*(line for line in said if line.startswith(f"{package} ")))
    return f"{package} installed" in said


def _age_in_days(subject: Subject) -> float | None:
    """How old the lists of packages are; none where there are none."""
    stamps = subject.ask("sh", "-c", FETCHED).split()
    return (time.time() - max(map(int, stamps))) / DAY if stamps else None


@proves("UPD-01")
def test_security_updates_are_installed_by_themselves(subject: Subject, control: Control) -> None:
    assert _is_installed(subject, "unattended-upgrades"), "unattended-upgrades tidak terpasang"
    _is_set(subject, control)


@proves("UPD-02")
def test_timers_run(subject: Subject) -> None:
    properties = "--property=Id,LoadState,UnitFileState,ActiveState"
    found = {}
    for block in subject.ask("systemctl", "show", properties, *TIMERS).strip().split("\n\n"):
        about = dict(line.split("=", 1) for line in block.splitlines())
        found[about["Id"]] = f"{about['UnitFileState']}, {about['ActiveState']}"
        if about["LoadState"] == "masked" and subject.tries("systemd-detect-virt", "--container", "--quiet"):
            does_not_apply("timer apt dimatikan dengan sengaja dalam kontainer ini")
    subject.expect(found, dict.fromkeys(TIMERS, "enabled, active"))


@proves("UPD-03")
def test_nothing_but_security_is_updated_by_itself(subject: Subject, control: Control) -> None:
    _is_set(subject, control)
    _, lists = _set(subject)
    origins = lists.get("Unattended-Upgrade::Origins-Pattern", []) + lists.get(
        "Unattended-Upgrade::Allowed-Origins", []
    )
    held = lists.get("Unattended-Upgrade::Package-Blacklist", [])
    subject.note(*origins, *(f"tidak otomatis: {each}" for each in held))
    subject.expect_none("sumber selain tambalan keamanan", [each for each in origins if not _is_of_security(each)])
    assert origins, "tidak ada sumber tambalan keamanan dalam Unattended-Upgrade::Origins-Pattern"
    assert any(re.match(each, "postgresql-15") for each in held), "postgresql tidak dalam Package-Blacklist"


def _is_of_security(origin: str) -> bool:
    """`origin=Debian,...,label=Debian-Security`, or in the old form `Debian:bookworm-security`."""
    return f"label={SECURITY}" in origin or f"l={SECURITY}" in origin or origin.endswith("-security")


@proves("UPD-04")
def test_no_security_update_waits(subject: Subject) -> None:
    age = _age_in_days(subject)
    if age is None:
        does_not_apply("daftar paket tidak ada, sehingga tidak diketahui (UPD-08)")
    subject.note(f"daftar paket berumur {age:.1f} hari")
    said = subject.ask("apt-get", "--simulate", "--quiet", *READ_ONLY, "full-upgrade")
    waiting = [line.split()[1] for line in said.splitlines() if line.startswith("Inst ") and f"{SECURITY}:" in line]
    subject.expect_none("pembaruan keamanan yang tertunda", waiting)


@proves("UPD-05", "UPD-06")
def test_sources_prove_themselves(subject: Subject, control: Control) -> None:
    words = ("grep", "-rEiH", "--include=*.list", "--include=*.sources", f"^[^#]*{BLIND[control.id]}", "/etc/apt")
    found = subject.ask(*words, fine=(0, 1)).splitlines()
    _is_set(subject, control)
    subject.expect_none("sumber paket yang dipercaya begitu saja", found)


@proves("UPD-07")
def test_who_runs_on_with_old_libraries_is_told(subject: Subject) -> None:
    assert _is_installed(subject, "needrestart"), "needrestart tidak terpasang"
    subject.expect({"restart": subject.ask("perl", "-e", NEEDRESTART)}, {"restart": "l"})


@proves("UPD-08")
def test_lists_are_fresh(subject: Subject) -> None:
    age = _age_in_days(subject)
    assert age is not None, "daftar paket belum pernah diambil"
    subject.note(f"daftar paket berumur {age:.1f} hari")
    assert age <= OLDEST_DAYS, f"daftar paket berumur {age:.1f} hari, paling banyak {OLDEST_DAYS}"
