"""Logs: what is kept, for how long, and who may read it."""

import re

from chatops.controls import Control
from tests.compliance.proof import Subject, does_not_apply, proves

JOURNAL = "systemd-analyze cat-config systemd/journald.conf"
STATE = (
    "systemctl is-active systemd-journald.service; systemctl is-active syslog.service; "
    "find /var/log/journal/$(cat /etc/machine-id) -name system.journal; true"
)

# Releases and documents below them are many.
READABLE = (
    "find /var/log /home -ignore_readdir_race -maxdepth 6 -regextype posix-extended "
    "'(' -regex '/home/[^/]+' '!' -path /home/appserv -o -path '*/releases' ')' -prune -o "
    "-type f -regex '/var/log/(apache2|pgbackrest|postgresql)/.*|/home/appserv/.*/logs/.*|"
    "/var/log/(auth|cron|daemon|debug|kern|mail|messages|sudo|syslog|user)[^/]*' -printf '%m %p\\n'"
)

ROTATED = "logrotate --debug /etc/logrotate.conf 2>&1 | grep '^rotating pattern: '; true"
# Between the two some releases tell more.
PATTERN = re.compile(
    r"^rotating pattern: (?P<files>.*?)\s+(?:after (?P<days>\d+) days|(?P<word>hourly|weekly|monthly|yearly))\b"
    r".*?\((?P<times>\d+) rotations\)"
)
DAYS = {"hourly": 1 / 24, "weekly": 7, "monthly": 365 / 12, "yearly": 365}
YEAR = 365
SERVICES = ("/var/log/apache2/", "/var/log/postgresql/")

LAST = "journalctl --quiet --no-pager --output=cat --reverse --lines=1 --since=-1day"
RECORDED = (
    f"{LAST} --identifier=sshd --identifier=sshd-session --grep='session opened for' | sed 's/^/sshd: /'; "
    f"{LAST} --identifier=sudo --grep=COMMAND= | sed 's/^/sudo: /'; "
    "sudo --non-interactive --list 2>/dev/null | tr ',' '\\n' | sed -n 's/^ *\\(logfile=\\|!syslog\\)/set: \\1/p'; "
    # What systemd makes at boot is what this Debian writes logins to.
    "grep -hoE '^f /var/log/(b|w)tmp' /usr/lib/tmpfiles.d/*.conf | sed 's/^f /tmp: /'; ls /var/log | sed 's/^/ls: /'"
)


@proves("LOG-01")
def test_journal_is_kept(subject: Subject, control: Control) -> None:
    running, _, *files = subject.ask("sh", "-c", STATE).splitlines()
    found: dict[str, str | None] = {key: journal(subject).get(key) for key in control.settings}
    found |= {"systemd-journald": running, "jurnal di disk": "ada" if files else "tidak ada"}
    subject.expect(found, {**control.settings, "systemd-journald": "active", "jurnal di disk": "ada"})


@proves("LOG-02")
def test_one_service_writes(subject: Subject) -> None:
    _, other, *_ = subject.ask("sh", "-c", STATE).splitlines()
    subject.note(f"rsyslog atau syslog-ng: {other}")
    # Debian's journal does it unless it is told otherwise.
    found = journal(subject).get("ForwardToSyslog", "yes")
    subject.expect({"ForwardToSyslog": found}, {"ForwardToSyslog": "yes" if other == "active" else "no"})


@proves("LOG-03")
def test_logs_are_not_for_all(subject: Subject) -> None:
    lines = [line.split(" ", 1) for line in subject.ask("sh", "-c", READABLE).splitlines()]
    subject.note(f"catatan: {len(lines)}")
    subject.expect_none("catatan yang terbaca oleh semua akun", [path for mode, path in lines if int(mode, 8) & 0o004])


@proves("LOG-04")
def test_logs_of_services_are_kept(subject: Subject) -> None:
    there = subject.ask("sh", "-c", f"ls -d {' '.join(SERVICES)} 2>/dev/null; true").split()
    if not there:
        does_not_apply("Apache dan PostgreSQL tidak ada di server ini")
    kept = days(subject)
    subject.expect_none("catatan yang disimpan kurang dari setahun", [each for each in there if short(kept, each)])
    timer = subject.ask("sh", "-c", "systemctl is-active logrotate.timer; true").strip()
    subject.expect({"logrotate.timer": timer}, {"logrotate.timer": "active"})


@proves("LOG-05")
def test_logins_are_recorded(subject: Subject) -> None:
    said: dict[str, list[str]] = {}
    for line in subject.ask("sh", "-c", RECORDED).splitlines():
        kind, _, text = line.partition(": ")
        said.setdefault(kind, []).append(text)
    subject.note(*(f"jurnal: {kind}: {text}" for kind in ("sshd", "sudo") for text in said.get(kind, [])))
    # This very proof has come in by both.
    missing = [kind for kind in ("sshd", "sudo") if kind not in said]
    subject.expect_none("tidak tercatat dalam jurnal, meskipun baru saja dipakai", missing)
    settings = said.get("set", [])
    assert "!syslog" not in settings, "sudo tidak menulis ke syslog"
    logins = said.get("tmp", [])
    lost = [each for each in logins if each.rpartition("/")[2] not in said["ls"]]
    subject.expect_none("catatan masuk yang tidak ada", lost)
    kept = days(subject)
    files = logins + [each.partition("=")[2] for each in settings if each.startswith("logfile=")]
    subject.expect_none("catatan yang disimpan kurang dari setahun", [each for each in files if short(kept, each)])


def journal(subject: Subject) -> dict[str, str]:
    """What journald makes of all its files together: of several the last one counts."""
    said = re.findall(r"^(\w+)=(.*)$", subject.ask("sh", "-c", JOURNAL), re.MULTILINE)
    return {name: value.strip() for name, value in said}


def days(subject: Subject) -> dict[str, float]:
    """How long what is rotated is kept, by the names of the files."""
    found = {}
    for line in subject.ask("sh", "-c", ROTATED).splitlines():
        if match := PATTERN.match(line):
            period = int(match["days"]) if match["days"] else DAYS[match["word"]]
            for name in match["files"].split():
                found[name] = period * int(match["times"])
                subject.note(f"{name}: {found[name]:.0f} hari")
    return found


def short(kept: dict[str, float], path: str) -> bool:
    """Whether a log, or one of those in a folder, is kept for less than a year."""
    own = [time for name, time in kept.items() if name.startswith(path)]
    return not own or min(own) < YEAR
