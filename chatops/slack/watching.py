"""What is watched, for who asks in Slack: from the store at once, or looked at anew; of offices that he may see."""

from collections.abc import Sequence
from datetime import UTC, datetime

from chatops import permissions
from chatops.ledger import outages
from chatops.ledger.outages import EVERYWHERE, Outage
from chatops.ledger.schema import OUTAGES
from chatops.permissions import Identity
from chatops.proposals import ProposalDesk
from chatops.slack import watch_cards
from chatops.slack.edge import Edge, Place
from chatops.slack.offices import near
from chatops.slack.text import code
from chatops.watch import fleet, summary_words
from chatops.watch.keeping import Keeper
from chatops.watch.series import Series
from chatops.watch.standing import HostStanding
from chatops.watch.summary import Days, yesterday
from chatops.words import Said

ACTOR = "slack"
SEEING = Said("melihat keadaan", "see how it stands")


def status(edge: Edge, place: Place, lpses: Sequence[str]) -> None:
    """How the fleet stands, or some offices."""
    identity, now = edge.identity(place["user"]), datetime.now(UTC)
    wanted = _seen(edge, identity, lpses)
    found = _standings(edge, identity, wanted)
    which = [OUTAGES.c.ended.is_(None)] if not wanted else [OUTAGES.c.lpse.in_([*wanted, EVERYWHERE])]
    with edge.desk.ledger.reading() as reader:
        gone = list(outages.find(reader.connection, *which))
    gone = _visible(edge, identity, gone)
    blocks = watch_cards.office(found, gone, now, wanted) if wanted else watch_cards.fleet(found, gone, now)
    edge.tell(place, "Keadaan", blocks)


def known(edge: Edge, lpses: Sequence[str]) -> bool:
    """Whether one of these offices was ever looked at."""
    return any(each.lpse in lpses for each in Series(edge.desk.ledger).standings().values())


def look(edge: Edge, place: Place, lpses: Sequence[str]) -> None:
    """Look at some offices now, and say how they stand: takes as long as their hosts do."""
    identity = edge.identity(place["user"])
    wanted = _seen(edge, identity, lpses)[: watch_cards.MOST_LOOKED]
    looks = list(fleet.ask(fleet.targets(edge.desk.settings, wanted)))
    Keeper(edge.desk.ledger, ACTOR).keep(looks)
    status(edge, place, wanted)


def summary(edge: Edge, place: Place, lpses: Sequence[str]) -> None:
    """What yesterday was like."""
    identity, day = edge.identity(place["user"]), yesterday()
    own = edge.desk.person(identity).offices(permissions.ROLES)
    # Who has only some offices means those.
    asked = lpses or ([] if EVERYWHERE in own else sorted(own))
    wanted = _seen(edge, identity, asked)[: watch_cards.MOST_LOOKED]
    found = Days(edge.desk.ledger).of(day, wanted, pages=bool(wanted))
    if not wanted:
        first, *rest = summary_words.fleet(found)
        edge.tell(place, first, watch_cards.lines(first, rest))
        return
    if not found.hosts:
        edge.tell(place, f"{', '.join(map(code, wanted))} belum pernah dilihat.")
    for each in found.hosts:
        first, *rest = summary_words.host(each, day)
        edge.tell(place, first, watch_cards.lines(first, rest))


def proposals(edge: Edge, place: Place, lpses: Sequence[str]) -> None:
    """What waits for an answer."""
    identity = edge.identity(place["user"])
    wanted = _seen(edge, identity, lpses)
    found = ProposalDesk(edge.desk).list(identity)
    shown = [each for each in found if not wanted or each.made["lpse"] in wanted]
    edge.tell(place, "Usulan", watch_cards.proposals(shown, edge.desk.rules.people))


def proposal(edge: Edge, place: Place, number: str) -> None:
    """One, with its buttons."""
    one = ProposalDesk(edge.desk).one(edge.identity(place["user"]), number)
    edge.tell(place, *watch_cards.proposal(one, edge.desk.rules.people))


def _seen(edge: Edge, identity: Identity, lpses: Sequence[str]) -> list[str]:
    """The offices that are meant, which there are and which he may see."""
    own = edge.desk.person(identity).offices(permissions.ROLES)
    if not own:
        permissions.check(edge.desk.person(identity), permissions.ROLES, lpses or [EVERYWHERE], SEEING)
    known = [each for each in edge.desk.offices() if EVERYWHERE in own or each in own] if lpses else []
    return [near(each, known, edge.desk) for each in lpses]


def _standings(edge: Edge, identity: Identity, lpses: Sequence[str]) -> list[HostStanding]:
    person = edge.desk.person(identity)
    every = [each for each in Series(edge.desk.ledger).standings().values() if each.host != EVERYWHERE]
    own = [each for each in every if person.has(permissions.ROLES, [each.lpse])]
    return sorted((each for each in own if not lpses or each.lpse in lpses), key=lambda each: (each.lpse, each.host))


def _visible(edge: Edge, identity: Identity, gone: Sequence[Outage]) -> list[Outage]:
    person = edge.desk.person(identity)
    return [
        each for each in gone if each.begun["lpse"] == EVERYWHERE or person.has(permissions.ROLES, [each.begun["lpse"]])
    ]
