"""The clock by which reports are checked agrees with the one by which changes live, and shares no code with it."""

import ast
import random
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatops.ledger.change import CLOCK
from chatops.reports import recount, second_clock
from chatops.reports.second_clock import Almanac, deadline
from chatops.sla import decrees
from chatops.sla.calendar import Calendar
from chatops.sla.clock import Event, replay
from chatops.sla.deadline import due, reckon
from chatops.sla.services import Term
from tests.unit.test_sla_oracle import SEED, _case, _engine, _world
from tests.whole import WHOLE

if TYPE_CHECKING:
    from chatops.sla.decrees import Decree, Hours

CASES = 20_000 if WHOLE else 2_000
KINDS = {kind: name for name, kind in CLOCK.items()}


def almanac(calendar: Calendar) -> Almanac:
    """The same decrees, as a ledger has them."""
    made = Almanac()
    known: list[Decree | Hours] = [*calendar.hours, *calendar.decrees]
    for each in known:
        made.take(decrees.write(each))
    return made


def told(event: Event) -> dict[str, Any]:
    """An event of a clock, as the ledger tells it."""
    term = asdict(event.term) if event.term else None
    provider = asdict(event.provider) if event.provider else None
    return {"kind": KINDS[event.kind], "at": event.at.isoformat(), "term": term, "provider": provider}


def test_both_clocks_agree_on_every_case(figures: list[str]) -> None:
    generator = random.Random(SEED + 1)  # noqa: S311 - repeatable, not secret
    worlds = [_world(f"versi {number}", generator, known=(2025, 2026, 2027), late=number == 1) for number in range(2)]
    versions = [_engine(world, (2025, 2026, 2027)) for world in worlds]
    known = [(each, almanac(each)) for each in versions]
    paused = 0
    for number in range(CASES):
        case = _case(generator)
        calendar, own = generator.choice(known)
        found = deadline([told(event) for event in case.events], own, case.now)
        assert found == due(replay(case.events), calendar, case.now).at, f"case {number}: {case}"
        paused += bool(case.pauses)
    assert paused > CASES / 50
    figures.append(f"second clock: {CASES} cases agree, {paused} with pauses")


def test_both_clocks_agree_backwards() -> None:
    generator = random.Random(SEED + 2)  # noqa: S311 - repeatable, not secret
    calendar = _engine(_world("mundur", generator, known=(2025, 2026, 2027), late=True), (2025, 2026, 2027))
    own = almanac(calendar)
    for _ in range(CASES // 10):
        event = _case(generator).events[0]
        assert event.provider
        term = Term(generator.choice((1, 2, 7)), ahead=True)
        opened = told(event) | {"term": asdict(term)}
        assert deadline([opened], own, event.at) == reckon(event.at, term, event.provider, calendar).at


def test_a_calendar_that_forgets_is_noticed() -> None:
    generator = random.Random(SEED + 3)  # noqa: S311 - repeatable, not secret
    calendar = _engine(_world("versi", generator, known=(2025, 2026, 2027), late=False), (2025, 2026, 2027))
    own = almanac(calendar)
    own.years.clear()
    wrong = 0
    for _ in range(300):
        case = _case(generator)
        found = deadline([told(event) for event in case.events], own, case.now)
        wrong += found != due(replay(case.events), calendar, case.now).at
    assert wrong > 30


def test_what_counts_again_shares_no_code_with_what_counts_first() -> None:
    for module in (recount, second_clock):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        ours = {name for name in names if name.startswith(("chatops", "tests"))}
        assert ours <= {"chatops.reports.second_clock"}
