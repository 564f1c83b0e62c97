"""Whatever is killed: no change is lost, no playbook is started twice on a host, no host is changed by two at once.

And it is said: what was interrupted is called that, and Slack is told of everything, of each thing once.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from chatops.ledger.schema import CHANGES as CHANGED
from chatops.ledger.schema import WORK
from tests.desk.office import RULES, Office, office, until
from tests.kills.killer import Killer
from tests.kills.verdict import judge, processes, told
from tests.postgres import cluster
from tests.slack.service import Service, service
from tests.whole import WHOLE

SEED = 20261122
# On each of the two databases: with the eight hundred rounds of launchers alone more than a thousand.
KILLS = 250 if WHOLE else 6
OFFICES = {"mamuju": 1, "bogor": 2, "garut": 1, "kupang": 1}
HOSTS = [f"{name}{number}" for name, count in OFFICES.items() for number in range(1, count + 1)]
PEOPLE = RULES.replace(
    "people:\n", "people:\n  siti: {name: Siti Rahmawati, slack: U0SITI, grants: [{role: operator}]}\n"
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_kills_at_any_moment(kind: str, tmp_path: Path, figures: list[str]) -> None:
    """On one machine with SQLite; and on two with PostgreSQL, which is killed as well."""
    with ExitStack() as stack:
        server = stack.enter_context(cluster()) if kind == "postgresql" else None
        url = server.database() if server else f"sqlite:///{tmp_path / 'ledger.db'}"
        place = stack.enter_context(office(tmp_path / "office", url, OFFICES))
        served = stack.enter_context(slack_of(place))
        machines: list[Mapping[str, str]] = [{}, {"SPSE_OPS_STATE": str(tmp_path / "other")} if server else {}]
        killer = Killer(served, list(OFFICES), random.Random(SEED), machines, server)  # noqa: S311 - repeatable
        speaker = killer.attack(KILLS)
        # What those had begun that were let go a moment ago ends by itself, or never should have been there.
        until(lambda: not any("chatops.once" in words for state in killer.states for _, words in processes(state)), 30)
        verdict = judge(place, killer.asked, HOSTS, killer.states)
        events = place.desk.events(0, 1_000_000)
        wrong = told(served.slack.client(), events)
        place.desk.ledger.verify()
        before = rows(place)
        place.desk.ledger.rebuild()
        assert rows(place) == before
    assert (verdict.lost, verdict.twice, verdict.at_once, verdict.untrue, verdict.left) == ([], [], [], [], [])
    assert wrong == []
    assert speaker.silent == []
    # That anything was run at all, and heard.
    assert verdict.stages["done"] + verdict.stages["interrupted"] > 0
    assert speaker.heard
    figures.append(
        f"kills: {killer.killed.total()} moments on {kind}, seed {SEED} ({dict(sorted(killer.killed.items()))}): "
        f"{len(killer.asked)} changes, {dict(verdict.stages)}; 0 lost, 0 started twice, 0 hosts changed by two; "
        f"{len(speaker.heard)} asked in Slack, {speaker.refused} refused, {speaker.unheard} not heard and told so"
    )


@contextmanager
def slack_of(place: Office) -> Iterator[Service]:
    """A Slack without limits, in which the people of the desk are known, and one more."""
    with service(place) as served:
        place.desk.settings.rules.write_text(PEOPLE)
        served.slack.control("faults", rates=False)
        yield served


def rows(place: Office) -> list[list[tuple[object, ...]]]:
    """What lists and workers read, which has to be what the events say."""
    with place.desk.ledger.reading() as reader:
        tables = (select(CHANGED).order_by(CHANGED.c.id), select(WORK).order_by(WORK.c.change))
        return [[tuple(row) for row in reader.connection.execute(query)] for query in tables]
