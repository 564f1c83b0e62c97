"""Who may do what about access: by the same file as everything else, at every edge, and nobody where it is wrong."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatops.access import rights
from chatops.access import seal as seals
from chatops.access.desk import AccessDesk
from chatops.access.grant import Grant
from chatops.access.passphrases import Passphrases, unattended
from chatops.access.place import Place
from chatops.access.rules import LPSE, Limits
from chatops.desk import Desk
from chatops.errors import (
    AccessError,
    AuthorityError,
    ForbiddenError,
    GrantError,
    PassphraseError,
    RulesError,
    UnknownLpseError,
    UnknownPersonError,
)
from chatops.ledger.chain import Entry
from chatops.ledger.store import Ledger
from chatops.permissions import Identity, parse
from chatops.settings import Records, Settings
from tests.hosts.paths import REPOSITORY
from tests.unit.access import RIGHTS, Office, office

PEOPLE = parse(RIGHTS, "rules.yml").people
SLACK = {slug: Identity("slack", person.slack) for slug, person in PEOPLE.items()}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Office]:
    """A register with an authority."""
    with closing(Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        yield office(tmp_path, ledger)


@pytest.fixture
def desk(own: Office, tmp_path: Path) -> AccessDesk:
    """The desk's window to it; the inventory is a real one."""
    (tmp_path / "hosts.ini").write_text("m1 spse_lpse=mamuju\nb1 spse_lpse=bogor\n")
    (tmp_path / "rules.yml").write_text(RIGHTS.replace("  kepala: {", "  kepala: {accounts: [kepala], "))
    settings = Settings(REPOSITORY, tmp_path / "hosts.ini", rules=tmp_path / "rules.yml")
    records = Records("", tmp_path / "spool", tmp_path / "checkpoints", "penguji")
    kept = own.register
    place = Place(own.published, kept.keyring, kept.limits)
    return AccessDesk(Desk(settings, records, kept.ledger), place)


def events(desk: AccessDesk) -> int:
    """How much was recorded."""
    return len(desk.desk.events(0))


def asked(desk: AccessDesk, own: Office, by: str = "penguji", person: str = "budi", lpse: str = "mamuju") -> Grant:
    """Somebody asks for somebody."""
    return desk.ask(SLACK[by], own.request(person, lpse))


def may(check: Callable[..., None], *words: object) -> set[str]:
    """Who may do that, of all."""
    allowed = set()
    for slug, person in PEOPLE.items():
        try:
            check(person, *words)
        except ForbiddenError:
            continue
        allowed.add(slug)
    return allowed


def test_each_right_is_a_role_at_an_office() -> None:
    assert may(rights.ask, "operator", "mamuju") == {"penguji", "budi", "dewi"}
    assert may(rights.ask, "auditor", "mamuju") == {"penguji", "budi", "dewi", "agus"}
    assert may(rights.ask, "operator", "bogor") == {"penguji", "budi", "eko"}
    assert may(rights.seal, "mamuju") == {"kepala", "dewi"}
    assert may(rights.open_, "mamuju") == {"penguji", "budi", "kepala", "dewi"}


def test_rights_of_what_was_asked_for(desk: AccessDesk, own: Office) -> None:
    grant = asked(desk, own)
    what = LPSE
    assert {slug for slug, person in PEOPLE.items() if rights.answers(person, grant)} == {"kepala", "dewi"}
    assert may(rights.answer, grant, PEOPLE, what) == {"kepala", "dewi"}
    assert may(rights.revoke, grant) == {"penguji", "budi", "kepala", "dewi"}
    assert {slug for slug, person in PEOPLE.items() if rights.sees(person, grant)} == PEOPLE.keys() - {"eko", "sari"}
    # One's own is one's own to give back, whatever one may otherwise.
    assert "sari" in may(rights.revoke, replace(grant, person="sari"))


@pytest.mark.parametrize("slug", ["penguji", "budi", "sari", "agus", "eko"])
def test_whoever_has_no_right_changes_nothing(desk: AccessDesk, own: Office, slug: str) -> None:
    number = asked(desk, own, "dewi").number
    before = events(desk)
    for does in (
        lambda: desk.approve(SLACK[slug], number),
        lambda: desk.refuse(SLACK[slug], number, "tidak"),
        lambda: desk.seal(SLACK[slug], "mamuju", ("203.0.113.0/24",), own.folder / "segel"),
        lambda: desk.review(SLACK[slug], number, "sudah"),
    ):
        with pytest.raises(ForbiddenError, match=r"tidak berhak .* untuk mamuju\. Yang berhak: pemberi persetujuan"):
            does()
    assert events(desk) == before
    assert not (own.folder / "segel").exists()


def test_nobody_approves_for_himself_nor_what_he_asked_for(desk: AccessDesk, own: Office) -> None:
    mine = asked(desk, own, "dewi").number
    theirs = asked(desk, own, "penguji", "dewi").number
    before = events(desk)
    for number, words in ((mine, "adalah yang meminta"), (theirs, "adalah pemegang kunci")):
        with pytest.raises(GrantError, match=words):
            desk.approve(SLACK["dewi"], number)
        with pytest.raises(GrantError, match=words):
            desk.refuse(SLACK["dewi"], number, "tidak")
    assert events(desk) == before
    assert desk.approve(SLACK["kepala"], mine)[0].granted_by == "kepala"


def test_whom_nobody_can_name_gets_nothing(desk: AccessDesk, own: Office) -> None:
    with pytest.raises(AccessError, match="`budu` tidak ada dalam berkas hak akses; maksud Anda `budi`"):
        asked(desk, own, person="budu")
    with pytest.raises(UnknownPersonError):
        desk.ask(Identity("slack", "U0TAMU"), own.request())
    with pytest.raises(UnknownLpseError, match="Maksud Anda `mamuju`"):
        asked(desk, own, lpse="mamuja")
    with pytest.raises(AccessError, match="antara 5 menit dan 8 jam"):
        desk.ask(SLACK["penguji"], own.request(hours=9))
    # As it was asked for before there were rules: by an account, for a name that may be the approver's own.
    old = own.by("penguji@meja").ask(own.request("kepala.contoh")).number
    with pytest.raises(GrantError, match=r"kepala\.contoh, penguji@meja tidak ada dalam berkas hak akses"):
        desk.approve(SLACK["kepala"], old)


def test_a_request_that_is_delivered_twice_is_one(desk: AccessDesk, own: Office) -> None:
    wanted = own.request()
    numbers = {desk.ask(SLACK["penguji"], wanted, "V0SATU").number for _ in range(2)}
    assert len(numbers) == 1
    assert desk.ask(SLACK["penguji"], wanted, "V0DUA").number not in numbers


@pytest.mark.parametrize("broken", ["", "people: {", "people: {x: 1}"])
def test_while_the_file_is_wrong_nobody_may_anything(desk: AccessDesk, own: Office, broken: str) -> None:
    number = asked(desk, own).number
    before = events(desk)
    desk.desk.settings.rules.write_text(broken)
    _refused_to_all(desk, own, number, "tidak seorang pun diizinkan")
    desk.desk.settings.rules.unlink()
    _refused_to_all(desk, own, number, r"belum ada\. Salin `inventory/example/rules.yml` ke sana")
    assert events(desk) == before


def _refused_to_all(desk: AccessDesk, own: Office, number: str, words: str) -> None:
    for does in (
        lambda: asked(desk, own),
        lambda: desk.approve(SLACK["kepala"], number),
        lambda: desk.refuse(SLACK["kepala"], number, "x"),
        lambda: desk.revoke(SLACK["kepala"], "x", number=number),
        lambda: desk.grant(SLACK["kepala"], number),
        lambda: desk.mine(SLACK["kepala"]),
    ):
        with pytest.raises(RulesError, match=words):
            does()


def test_to_revoke_all_of_somebody_takes_a_right_at_each_office(desk: AccessDesk, own: Office) -> None:
    numbers = [asked(desk, own, lpse=lpse).number for lpse in ("mamuju", "bogor")]
    before = events(desk)
    with pytest.raises(ForbiddenError, match="mencabut akses untuk bogor"):
        desk.revoke(SLACK["dewi"], "pindah", person="budi")
    assert events(desk) == before
    ended, _ = desk.revoke(SLACK["dewi"], "pindah", lpse="mamuju")
    assert [each.number for each in ended] == numbers[:1]
    assert [each.number for each in desk.revoke(SLACK["budi"], "selesai", person="budi")[0]] == numbers[1:]


def test_everybody_sees_what_concerns_him(desk: AccessDesk, own: Office) -> None:
    number = asked(desk, own).number

    def mine(slug: str) -> list[str]:
        return [each.number for each in desk.mine(SLACK[slug])]

    assert {slug for slug in PEOPLE if mine(slug)} == {"penguji", "budi", "kepala", "dewi"}
    desk.approve(SLACK["kepala"], number)
    assert {slug for slug in PEOPLE if mine(slug)} == {"penguji", "budi"}
    with pytest.raises(GrantError, match="milik orang dan LPSE lain"):
        desk.grant(SLACK["eko"], number)
    assert desk.lpses(SLACK["dewi"]) == ["mamuju"]
    assert desk.lpses(SLACK["penguji"], "bo") == ["bogor"]
    assert desk.lpses(SLACK["kepala"]) == []


def test_an_emergency_is_not_reviewed_by_whoever_opened_it(desk: AccessDesk, own: Office) -> None:
    number = desk.seal(SLACK["kepala"], "mamuju", ("203.0.113.0/24",), own.folder / "segel").grant.number
    seals.opened(desk.desk.ledger, "dewi", number)
    assert [each.number for each in desk.mine(SLACK["kepala"])] == [number]
    with pytest.raises(GrantError, match="tidak dapat meninjaunya sendiri"):
        desk.review(SLACK["dewi"], number, "sudah")
    assert not desk.review(SLACK["kepala"], number, "jaringan putus").in_review()
    # Nobody is given one, and only those who seal take one away.
    with pytest.raises(ForbiddenError):
        desk.revoke(SLACK["penguji"], "x", number=number)
    assert desk.revoke(SLACK["dewi"], "diganti", number=number)[0][0].number == number


def test_without_the_passphrase_an_edge_refuses_and_says_where(desk: AccessDesk, own: Office) -> None:
    number = asked(desk, own).number
    before = events(desk)
    closed = Passphrases({}, unattended)
    keyring = replace(desk.place.keyring, passphrases=closed)
    for lacking in (keyring, replace(keyring, folder=own.folder / "nowhere")):
        bot = replace(desk, place=replace(desk.place, keyring=lacking))
        with pytest.raises(GrantError, match=f"spse-ops access approve {number} --out FOLDER") as refused:
            bot.approve(SLACK["kepala"], number)
        assert str(own.folder) not in str(refused.value)
        assert events(desk) == before
        # At the keyboard it says what is lacking.
        with pytest.raises((AuthorityError, PassphraseError), match=r"SPSE_OPS_(ACCESS_PASSPHRASE|AUTHORITY)"):
            bot.approve(Identity("cli", "kepala"), number)
    # To take away is recorded all the same.
    bot = replace(desk, place=replace(desk.place, keyring=keyring))
    desk.approve(SLACK["kepala"], number)
    with pytest.raises(AccessError, match=r"dicabut, dan itu tercatat; .* BELUM dibuat"):
        bot.revoke(SLACK["kepala"], "hilang", number=number)
    assert desk.told(number).state(desk.told(number).asked_at, Limits()) == "revoked"


def test_where_people_are_told_is_kept_once(desk: AccessDesk, own: Office) -> None:
    number = asked(desk, own).number
    places = [{"channel": "C0UBAH", "ts": "1.2"}, {"channel": "C0LAIN", "ts": "3.4"}]
    assert [desk.thread(number, "slack", place).threads for place in places] == [{"slack": places[0]}] * 2
    with desk.desk.ledger.writing() as writer:
        writer.append(Entry("access.refused", number, "kepala", {"reason": "x"}))
    assert desk.told(number).threads == {"slack": places[0]}
