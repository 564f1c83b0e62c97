"""Whole files: whether what is there is compared with what was known, how often, and what came of it."""

import re
import time

from chatops.controls import Control
from tests.compliance.instances import instances
from tests.compliance.proof import Subject, proves

CONFIGURATION = "/etc/aide/aide.conf"
SERVICE = "spse-integrity.service"
TIMER = "spse-integrity.timer"
DATABASE = r"""
systemctl show --property=ActiveState --value spse-integrity.service
stat --format='%U:%a' /var/lib/aide 2>/dev/null || echo -
stat --format='%U:%a %y' /var/lib/aide/aide.db 2>/dev/null || echo -
sha256sum /var/lib/aide/aide.db 2>/dev/null || echo -
stat --format=%Y /var/lib/aide/terakhir 2>/dev/null || echo 0
"""
FOUND = "[ ! -e /var/lib/aide/temuan ] || cat /var/lib/aide/temuan"
# What a rule looks at, with which path it begins, and what is left out.
SELECTED = re.compile(r"^\s*(/\S*)\s+\S", re.MULTILINE)
WANTED = {"/var/lib/aide": "root:700", "aide.db": "root:600"}
DAY = 86400
OLDEST_DAYS = 2


@proves("INT-01")
def test_what_matters_is_compared(subject: Subject, control: Control) -> None:
    assert subject.tries("aide", "--config-check", f"--config={CONFIGURATION}"), "konfigurasi AIDE tidak ada atau salah"
    selected = SELECTED.findall(subject.ask("cat", CONFIGURATION))
    wanted = list(control.settings)
    for one in instances(subject):
        releases = f"{one.home}/releases"
        wanted.append(releases if one.tree == f"{one.home}/current" else f"{one.home}/webapp")
    subject.note(*selected)
    subject.expect_none("tidak dibandingkan", [path for path in wanted if not _is_compared(path, selected)])


def _is_compared(path: str, selected: list[str]) -> bool:
    """AIDE takes them as regular expressions from the beginning of a path."""
    return any(re.match(each, f"{path}/") for each in selected)


@proves("INT-02")
def test_what_it_is_compared_with_is_there(subject: Subject) -> None:
    state, folder, database, digest, _ = subject.ask("sh", "-c", DATABASE).splitlines()
    if database == "-" and _is_running(state):
        subject.note("pembanding sedang dibuat")
        return
    assert database != "-", "pembanding belum dibuat"
    subject.note(f"aide.db {database}, sha256 {digest.split()[0]}")
    subject.expect({"/var/lib/aide": folder, "aide.db": database.split()[0]}, WANTED)


@proves("INT-03")
def test_it_is_compared_every_day(subject: Subject) -> None:
    timer = subject.ask("systemctl", "show", "--property=ActiveState", "--value", TIMER).strip()
    subject.expect({TIMER: f"{subject.state_of(TIMER)} {timer}"}, {TIMER: "enabled active"})
    # It ends with 2 where there is no debsums.
    often = subject.ask("sed", "--quiet", "s/^CRON_CHECK=//p", "/etc/default/debsums", fine=(0, 2)).strip()
    assert often in {"daily", "weekly"}, f"CRON_CHECK dari debsums {often or 'tidak ada'}, seharusnya weekly"
    state, *_, last = subject.ask("sh", "-c", DATABASE).splitlines()
    if _is_running(state):
        subject.note("sedang dibandingkan")
        return
    assert int(last), "belum pernah dibandingkan sampai selesai"
    age = (time.time() - int(last)) / DAY
    subject.note(f"dibandingkan {age:.1f} hari yang lalu")
    assert age <= OLDEST_DAYS, f"terakhir dibandingkan {age:.1f} hari yang lalu, paling banyak {OLDEST_DAYS}"


@proves("INT-04")
def test_nothing_is_left_unexplained(subject: Subject) -> None:
    state, *_, last = subject.ask("sh", "-c", DATABASE).splitlines()
    assert int(last) or _is_running(state), "belum pernah dibandingkan sampai selesai"
    found = subject.ask("sh", "-c", FOUND).splitlines()
    if found and _is_running(state):
        subject.note(f"sedang dibandingkan lagi; sebelumnya ditemukan {len(found)}")
        return
    subject.expect_none("perubahan yang tidak dijelaskan", found)


def _is_running(state: str) -> bool:
    return state == "activating"
