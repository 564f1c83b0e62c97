"""Who may do what about access: the roles and offices of `rules.yml`, and never alone. Pure."""

import difflib
from collections.abc import Mapping

from chatops import permissions
from chatops.access import rules
from chatops.access.grant import Grant
from chatops.errors import AccessError, GrantError
from chatops.permissions import ROLES, Person
from chatops.words import Said

ASK = {"operator": ("operator", "admin"), "auditor": ("operator", "auditor", "admin")}
"""Who may ask for each role of a host: whoever only reads asks for no more than that."""
ANSWER = ("approver", "admin")
"""LKPP's, or the office whose hosts they are: it is the one that lets LKPP in (S0-21)."""
REVOKE = ("operator", "approver", "admin")
"""To take access away needs fewer than to give it."""
OPEN = ("operator", "approver", "admin")
"""Who may put the two shares of a seal together, where there is a file that says who is who."""

type People = Mapping[str, Person]


def ask(person: Person, role: str, lpse: str) -> None:
    """Refuse whoever may not ask for this role at this office."""
    what = Said(f"meminta akses {role}", f"ask for {role} access")
    permissions.check(person, ASK[role], [lpse], what)


def known(slug: str, people: People) -> None:
    """Refuse access for somebody of whom nobody could say whether he is the one that approves it."""
    if slug in people:
        return
    near = difflib.get_close_matches(slug, people, n=1)
    raise AccessError(
        detail=Said(
            f"`{slug}` tidak ada dalam berkas hak akses; "
            + (f"maksud Anda `{near[0]}`?" if near else "minta LKPP mendaftarkannya dahulu"),
            f"`{slug}` is not in the file of permissions; "
            + (f"did you mean `{near[0]}`?" if near else "ask LKPP to add him first"),
        )
    )


def answer(person: Person, grant: Grant, people: People, what: Said) -> None:
    """Refuse whoever may not say yes or no here, or is one of the two whom it is about."""
    permissions.check(person, ANSWER, [grant.lpse], what)
    if strangers := sorted({each for each in (grant.asked_by, grant.person) if each} - people.keys()):
        # Asked for before there were rules, or by somebody who has left: who they are, nobody can compare.
        raise GrantError(
            number=grant.number,
            detail=Said(
                f"{', '.join(strangers)} tidak ada dalam berkas hak akses; cabut, lalu minta lagi oleh dan untuk orang "
                "yang terdaftar",
                f"{', '.join(strangers)} is not in the file of permissions; revoke it, and have it asked for again by "
                "and for somebody who is",
            ),
        )
    somebody_else(person.slug, grant)


def somebody_else(actor: str, grant: Grant) -> None:
    """Two persons, neither of whom is the one that gets in."""
    for other, words in (
        (grant.asked_by, Said("yang meminta", "who asked")),
        (grant.person, Said("pemegang kunci", "who gets in")),
    ):
        if rules.same_person(actor, other):
            raise GrantError(
                number=grant.number,
                detail=Said(
                    f"{actor} adalah {words}; persetujuan harus dari orang lain",
                    f"{actor} is the one {words.english}; somebody else has to approve it",
                ),
            )


def revoke(person: Person, grant: Grant) -> None:
    """Refuse whoever may not take it away; one's own everybody may."""
    if person.slug not in (grant.asked_by, grant.person):
        roles = ANSWER if grant.sealed else REVOKE
        permissions.check(person, roles, [grant.lpse], Said("mencabut akses", "revoke access"))


def seal(person: Person, lpse: str) -> None:
    """Refuse whoever may not make a way in for emergencies: it takes the place of the one before."""
    permissions.check(person, ANSWER, [lpse], Said("menyegel akses darurat", "seal emergency access"))


def open_(person: Person, lpse: str) -> None:
    """Refuse whoever may not open one."""
    permissions.check(person, OPEN, [lpse], Said("membuka akses darurat", "open emergency access"))


def review(person: Person, grant: Grant) -> None:
    """Refuse whoever may not look into an emergency, or has opened it himself."""
    permissions.check(person, ANSWER, [grant.lpse], Said("meninjau akses darurat", "review emergency access"))
    opened = [each for each in grant.history if each.kind == "access.opened" and each.seq > grant.reviewed]
    if any(rules.same_person(each.actor, person.slug) for each in opened):
        raise GrantError(
            number=grant.number,
            detail=Said(
                "yang membukanya tidak dapat meninjaunya sendiri", "whoever has opened it cannot review it himself"
            ),
        )


def sees(person: Person, grant: Grant) -> bool:
    """Whether it is his, or of an office for which he has any role."""
    return person.slug in (grant.asked_by, grant.person) or person.has(ROLES, [grant.lpse])


def answers(person: Person, grant: Grant) -> bool:
    """Whether his yes would count."""
    return person.has(ANSWER, [grant.lpse]) and person.slug not in (grant.asked_by, grant.person)
