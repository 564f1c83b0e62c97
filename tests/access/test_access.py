"""Who comes in by certificate, who does not, and what is left behind of it."""

from datetime import timedelta

import pytest

from tests.access.conftest import Ground
from tests.operator import changes

pytestmark = pytest.mark.hosts


def test_a_second_time_changes_nothing(here: Ground) -> None:
    done = here.site.operator.succeed("lkpp_access")
    assert changes(done, here.site.host.name) == 0


def test_who_was_let_in_comes_in(here: Ground) -> None:
    person = here.authority.person("andi")
    here.authority.grant(person)
    came = here.login(person)
    assert (came.returncode, came.stdout.strip()) == (0, "lkpp-operator-kerja"), came.stderr


@pytest.mark.parametrize(
    ("principals", "account"),
    [
        ("operator@mamuju", "lkpp-auditor"),
        ("operator@mamuju", "lkpp-darurat"),
        ("operator@bogor", "lkpp-operator"),
        ("operator", "lkpp-operator"),
        ("operator@mamuju", "root"),
        ("operator@mamuju", "lkpp-operator-kerja"),
        ("operator@mamuju", "ansible"),
    ],
)
def test_a_certificate_is_for_one_role_at_one_lpse(here: Ground, principals: str, account: str) -> None:
    person = here.authority.person("budi")
    here.authority.grant(person, principals)
    came = here.login(person, account)
    assert came.returncode == 255
    assert "Permission denied" in came.stderr


def test_what_has_ended_or_not_begun_lets_nobody_in(here: Ground) -> None:
    person = here.authority.person("citra")
    for since, until in ((-120, -1), (5, 60)):
        here.authority.grant(person, since=timedelta(minutes=since), until=timedelta(minutes=until))
        assert "Permission denied" in here.login(person).stderr


def test_from_elsewhere_nobody_comes_in(here: Ground) -> None:
    person = here.authority.person("dewi")
    here.authority.grant(person, address="203.0.113.7/32")
    assert "Permission denied" in here.login(person).stderr


def test_whom_another_authority_has_signed_does_not_come_in(here: Ground) -> None:
    person = here.authority.person("eka")
    here.authority.grant(person, by=here.authority.person("palsu").key)
    assert "Permission denied" in here.login(person).stderr


def test_a_key_alone_is_not_enough(here: Ground) -> None:
    person = here.authority.person("fajar")
    came = here.login(person)
    assert "Permission denied" in came.stderr
