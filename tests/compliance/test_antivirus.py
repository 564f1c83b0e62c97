"""Antivirus: how old what it knows is, when it last looked, what it found, and how far it is shut in itself."""

import time

from chatops.controls import Control
from tests.compliance.instances import instances
from tests.compliance.proof import Subject, does_not_apply, proves

FRESHCLAM = "clamav-freshclam.service"
SCAN = "spse-antivirus.service"
TIMER = "spse-antivirus.timer"
# The ninth of what the first 512 bytes say is when it was made.
SIGNATURES = r"""
for file in /var/lib/clamav/daily.c[luv]d; do
    [ ! -e "$file" ] || printf '%s %s\n' "${file##*/}" "$(head --bytes=512 "$file" | cut -d : -f 9)"
done
"""
DOCUMENTS = r"""
for file in "$@"; do
    sed -n 's/^[ \t]*\(%prod\.\)\?attachments\.path[ \t]*[=:][ \t]*//p' "$file" | tail -n 1
done
"""
LAST = r"""
systemctl show --property=ActiveState --value spse-antivirus.service
stat --format=%Y /var/lib/spse-antivirus/terakhir 2>/dev/null || echo 0
"""
FOUND = "[ ! -e /var/lib/spse-antivirus/temuan ] || cat /var/lib/spse-antivirus/temuan"
DAY = 86400
OLDEST_SIGNATURES = 7
OLDEST_SCAN = 2


@proves("AV-01")
def test_signatures_come_by_themselves(subject: Subject) -> None:
    assert subject.tries("test", "-x", "/usr/bin/clamscan"), "clamav tidak terpasang"
    state = subject.ask("systemctl", "show", "--property=ActiveState", "--value", FRESHCLAM).strip()
    subject.expect({FRESHCLAM: f"{subject.state_of(FRESHCLAM)} {state}"}, {FRESHCLAM: "enabled active"})


@proves("AV-02")
def test_signatures_are_fresh(subject: Subject) -> None:
    made = [line.split() for line in subject.ask("sh", "-c", SIGNATURES).splitlines()]
    assert made, "tanda tangan virus belum pernah diambil"
    name, when = max(made, key=lambda one: int(one[1]))
    age = (time.time() - int(when)) / DAY
    subject.note(f"{name} berumur {age:.1f} hari")
    assert age <= OLDEST_SIGNATURES, f"tanda tangan virus berumur {age:.1f} hari, paling banyak {OLDEST_SIGNATURES}"


@proves("AV-03")
def test_new_documents_are_looked_through(subject: Subject) -> None:
    documents = _documents(subject)
    command = subject.ask("systemctl", "show", "--property=ExecStart", "--value", SCAN)
    subject.note(*documents)
    subject.expect_none("dokumen yang tidak diperiksa", [each for each in documents if each not in command])
    timer = subject.ask("systemctl", "show", "--property=ActiveState", "--value", TIMER).strip()
    subject.expect({TIMER: f"{subject.state_of(TIMER)} {timer}"}, {TIMER: "enabled active"})
    running, last = subject.ask("sh", "-c", LAST).split()
    if running == "activating":
        subject.note("pemeriksaan sedang berjalan")
        return
    assert int(last), "dokumen belum pernah diperiksa sampai selesai"
    age = (time.time() - int(last)) / DAY
    subject.note(f"pemeriksaan terakhir: {age:.1f} hari yang lalu")
    assert age <= OLDEST_SCAN, f"dokumen terakhir diperiksa {age:.1f} hari yang lalu, paling banyak {OLDEST_SCAN}"


@proves("AV-04")
def test_nothing_was_found(subject: Subject) -> None:
    running, last = subject.ask("sh", "-c", LAST).split()
    assert int(last) or running == "activating", "dokumen belum pernah diperiksa sampai selesai"
    subject.expect_none("virus", subject.ask("sh", "-c", FOUND).splitlines())


@proves("AV-05")
def test_scan_is_shut_in(subject: Subject, control: Control) -> None:
    _documents(subject)
    names = ",".join(control.settings)
    said = subject.ask("systemctl", "show", f"--property={names}", SCAN).splitlines()
    subject.expect(dict(line.split("=", 1) for line in said), control.settings)


def _documents(subject: Subject) -> list[str]:
    """The folders of every SPSE on the host."""
    found = instances(subject)
    if not found:
        does_not_apply("tidak ada SPSE di server ini")
    there = [one.configuration for one in found if subject.tries("test", "-e", one.configuration)]
    return sorted(set(subject.ask("sh", "-c", DOCUMENTS, "sh", *there).split()))
