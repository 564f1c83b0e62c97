"""What was revoked does not come in, whatever the host went through meanwhile."""

import json
import subprocess
import time
from datetime import timedelta
from typing import Any

import pytest

from tests.access.authority import Person
from tests.access.conftest import Ground
from tests.hosts import faults

pytestmark = pytest.mark.hosts
TRUST = "/etc/ssh/spse-access"
DENIED = "Permission denied"


def let_in(here: Ground, name: str, principals: str = "operator@mamuju") -> tuple[Person, int]:
    """Somebody who may come in."""
    person = here.authority.person(name)
    return person, here.authority.grant(person, principals)


def status(here: Ground) -> dict[str, Any]:
    """What the host says of itself."""
    told: dict[str, Any] = json.loads(here.site.host.run("spse-access status").stdout)
    return told


def test_a_revoked_certificate_does_not_come_in(here: Ground) -> None:
    gone, serial = let_in(here, "andi")
    stays, _ = let_in(here, "budi")
    assert here.login(gone).returncode == 0
    here.authority.revoke(serial)
    here.bring()
    assert DENIED in here.login(gone).stderr
    assert here.login(stays).returncode == 0


def test_a_session_ends_when_its_certificate_is_revoked(here: Ground) -> None:
    person, serial = let_in(here, "citra")
    # It does what it can to stay.
    stubborn = "trap '' TERM HUP INT; (trap '' TERM HUP INT; setsid sleep 300) & echo mulai; sleep 300"
    words = here.words(person, "lkpp-operator", stubborn)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as session:
        assert session.stdout
        assert session.stdout.readline().strip() == "mulai"
        assert [name.split("-")[2] for name in status(here)["sessions"]] == [str(serial)]
        here.authority.revoke(serial)
        assert f"spse-access-{serial}-" in here.bring()
        session.wait(timeout=30)
    assert status(here)["sessions"] == []
    assert here.site.host.run("pgrep --uid lkpp-operator-kerja", check=False).stdout == ""


def test_a_session_ends_with_its_certificate(here: Ground) -> None:
    person = here.authority.person("dewi")
    here.authority.grant(person, until=timedelta(seconds=20))
    begun = time.monotonic()
    here.login(person, "lkpp-operator", "trap '' TERM HUP; sleep 120; sleep 120")
    assert time.monotonic() - begun < 40
    assert here.site.host.run("pgrep --uid lkpp-operator-kerja", check=False).stdout == ""


def test_nothing_that_a_session_has_started_outlives_it(here: Ground) -> None:
    person, _ = let_in(here, "eka")
    here.login(person, "lkpp-operator", "nohup setsid sleep 300 >/dev/null 2>&1 & echo 'sleep 1' | at now; sleep 0.5")
    assert here.site.host.run("pgrep --uid lkpp-operator-kerja", check=False).stdout == ""


@pytest.mark.parametrize("spoil", [f"rm {TRUST}/krl", f": > {TRUST}/krl", f"rm {TRUST}/authorities.pub"])
def test_without_the_list_nobody_comes_in_and_the_others_do(here: Ground, spoil: str) -> None:
    person, _ = let_in(here, "fajar")
    assert here.login(person).returncode == 0
    here.site.host.run(spoil)
    assert DENIED in here.login(person).stderr
    # Whoever operates the host comes in as before, and mends it.
    here.bring()
    assert here.login(person).returncode == 0


def test_a_host_that_was_down_is_shut_until_it_knows_what_was_revoked(here: Ground) -> None:
    gone, serial = let_in(here, "gita")
    stays, _ = let_in(here, "hadi")
    assert here.login(gone).returncode == 0
    faults.power_cut(here.site.host)
    here.authority.revoke(serial)
    faults.heal(here.site.host)
    here.site.host.wait_until_up()
    assert DENIED in here.login(gone).stderr
    assert DENIED in here.login(stays).stderr
    assert status(here)["shut"] == "daftar pencabutan belum diterima sejak server dinyalakan"
    here.bring()
    assert DENIED in here.login(gone).stderr
    assert here.login(stays).returncode == 0


def test_a_host_that_hears_nothing_shuts_by_itself(here: Ground) -> None:
    person, _ = let_in(here, "indra")
    sealed, _ = let_in(here, "amplop", "darurat@mamuju")
    here.authority.publish(lease=timedelta(seconds=25))
    here.bring()
    assert here.login(person).returncode == 0
    until = time.monotonic() + 60
    while here.login(person).returncode == 0:
        assert time.monotonic() < until
    assert "kedaluwarsa" in status(here)["shut"]
    # In an emergency nobody may be there to renew it.
    assert here.login(sealed, "lkpp-darurat").stdout.strip() == "root"
    here.authority.publish()
    here.bring()
    assert here.login(person).returncode == 0


def refused(here: Ground) -> str:
    """What the operator reads when a host does not take a list."""
    said = here.site.operator.fail("access_krl")
    here.authority.publish()
    here.bring()
    return said


def test_an_older_list_is_refused(here: Ground) -> None:
    here.authority.sequence -= 2
    here.authority.publish()
    assert "lebih tua" in here.site.operator.fail("access_krl")
    here.authority.sequence += 2
    assert "lebih tua" not in refused_after(here)


def refused_after(here: Ground) -> str:
    """A list that is taken."""
    here.authority.publish()
    return here.bring()


def test_a_list_that_was_changed_is_refused(here: Ground) -> None:
    told = here.authority.read()
    (here.authority.public / "krl.json").write_text(json.dumps(told | {"valid_until": "2099-01-01T00:00:00+00:00"}))
    assert "Tanda tangan" in refused(here)


def test_a_list_that_is_not_the_stated_one_is_refused(here: Ground) -> None:
    krl = here.authority.public / "krl"
    krl.write_bytes(krl.read_bytes() + b"\0")
    assert "bukan yang disebut" in refused(here)


def test_a_list_from_the_future_is_refused_because_the_clock_is_wrong(here: Ground) -> None:
    here.authority.publish(issued=timedelta(hours=3))
    assert "Perbaiki jam server" in refused(here)


def test_a_clock_that_was_put_back_lets_nobody_in(here: Ground) -> None:
    person, _ = let_in(here, "joko")
    later = json.dumps(here.authority.read() | {"issued": "2099-01-01T00:00:00+00:00"})
    here.site.host.run("cat > /run/spse-access/krl.json", input=later)
    assert DENIED in here.login(person).stderr
    here.bring()
    assert here.login(person).returncode == 0


def test_another_authority_takes_over_without_shutting_anybody_out(here: Ground) -> None:
    old, _ = let_in(here, "kiki")
    here.authority.rotate()
    here.bring()
    new, _ = let_in(here, "lala")
    assert here.login(old).returncode == 0
    assert here.login(new).returncode == 0
    here.authority.retire()
    here.bring()
    assert DENIED in here.login(old).stderr
    assert here.login(new).returncode == 0
