"""What rules propose becomes part of the record: once, until somebody has answered or the reason is gone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from chatops.ledger import proposals
from chatops.ledger.chain import Entry
from chatops.ledger.proposals import Proposal
from chatops.ledger.schema import PROPOSALS
from chatops.ledger.store import Ledger, Writer
from chatops.watch import proposing
from chatops.watch.proposing import Proposed
from chatops.watch.summary import FleetDay, HostDay

TOGETHER = 5
"""Proposals of one kind at one time that are told of one by one."""


class Proposer:
    """Proposes into one ledger."""

    def __init__(self, ledger: Ledger, actor: str) -> None:
        self.ledger = ledger
        self.actor = actor
        self.rules = proposing.load()

    def propose(self, day: FleetDay, now: int) -> list[str]:
        """What a day of the fleet proposes that was not proposed before; the numbers of what is new."""
        found = [each for host in day.hosts for each in proposing.propose(self.rules, host, now)]
        self._lapse(day, now)
        return self._keep(found)

    def _keep(self, found: Sequence[Proposed]) -> list[str]:
        if not found:
            return []
        with self.ledger.writing() as writer:
            new = [each for each in found if self._is_new(writer, each)]
            rules = list(dict.fromkeys(each.rule.id for each in new))
            return [
                number for name in rules for number in self._kind(writer, [one for one in new if one.rule.id == name])
            ]

    def _kind(self, writer: Writer, new: Sequence[Proposed]) -> list[str]:
        """All of one rule; of many the first one speaks for all."""
        lpses = list(dict.fromkeys(each.lpse for each in new))
        if len(new) <= TOGETHER:
            return [self._one(writer, each, {}) for each in new]
        first = self._one(writer, new[0], {"lpses": lpses})
        return [first, *(self._one(writer, each, {"among": first}) for each in new[1:])]

    def _is_new(self, writer: Writer, one: Proposed) -> bool:
        last = next(proposals.find(writer.connection, *_same(one)), None)
        return last is None or _again(last, one.rule.again, writer.now)

    def _one(self, writer: Writer, one: Proposed, more: Mapping[str, object]) -> str:
        same = select(func.count()).select_from(PROPOSALS).where(*_same(one))
        count = writer.connection.execute(same).scalar_one()
        number = proposals.next_number(writer.connection, writer.now)
        body = {
            "lpse": one.lpse,
            "host": one.host,
            "rule": one.rule.id,
            "about": one.about,
            "class": one.rule.grade,
            "operation": one.rule.operation,
            "title": list(one.rule.title),
            "advice": list(one.rule.advice),
            "evidence": dict(one.evidence),
            **more,
        }
        key = f"proposal:{one.host}:{one.rule.id}:{one.about}:{count}"
        writer.append(Entry("proposal.made", number, self.actor, body, key))
        return number

    def _lapse(self, day: FleetDay, now: int) -> None:
        """Take back what nobody has answered and what does not hold any more."""
        hosts = {each.standing.host: each for each in day.hosts}
        with self.ledger.reading() as reader:
            waiting = list(proposals.find(reader.connection, PROPOSALS.c.state == "open"))
        gone = [each for each in waiting if self._over(each, hosts.get(each.made["host"]), now)]
        if not gone:
            return
        with self.ledger.writing() as writer:
            for each in gone:
                writer.append(Entry("proposal.lapsed", each.id, self.actor, {}, f"proposal-answered:{each.id}"))

    def _over(self, one: Proposal, host: HostDay | None, now: int) -> bool:
        rule = self.rules[one.made["rule"]]
        if rule is None or host is None:
            return False
        return proposing.judged(rule, one.made["about"], proposing.figures(self.rules, host, now)) is False


def _same(one: Proposed) -> tuple[ColumnElement[bool], ...]:
    """What was proposed before of the same."""
    return PROPOSALS.c.host == one.host, PROPOSALS.c.rule == one.rule.id, PROPOSALS.c.about == one.about


def _again(last: Proposal, days: int, now: datetime) -> bool:
    """Whether the same may be proposed once more."""
    if last.answer is None:
        return False
    if last.state == "lapsed":
        return True
    return now - datetime.fromisoformat(last.answer.at).astimezone(UTC) > timedelta(days=days)
