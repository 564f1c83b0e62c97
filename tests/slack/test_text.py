"""What others have written stays text, and no limit of Slack is met, whatever they write."""

import random
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chatops.cases import Case, Progress
from chatops.errors import InputError, MomentError, SpseOpsError
from chatops.ledger.course import Approval, Course, Stage
from chatops.permissions import Person
from chatops.slack import cards, forms, line, pages, text
from chatops.twin import shapes
from tests.desk.conftest import LPSES
from tests.desk.office import RINI, SARI, Office, office

NASTY = (
    "<!channel> <@U0BUDI> <https://jahat.example|klik>",
    "*tebal* _miring_ ~coret~ `kode` ```pagar```",
    "&lt;!here&gt; &amp;",
    ":rotating_light: :white_check_mark:",
    '"}],"type":"button","action_id":"approve',
    "\u202egnirts \u200b \x07",
    "x" * 20_000,
    "baris\n" * 5_000,
    "`" * 4_000,
    "<" * 4_000,
)


@pytest.mark.parametrize("nasty", NASTY)
def test_text_of_others_has_no_sign_that_means_anything(nasty: str) -> None:
    for made in (text.code(nasty), text.fence(nasty)):
        assert "<" not in made
        assert ">" not in made
        inside = made.strip("`")
        assert "```" not in inside
    assert "`" not in text.code(nasty)[1:-1]
    assert "\n" not in text.code(nasty)
    assert len(text.fence(nasty)) <= text.FENCE + 80


def test_a_fence_is_cut_at_a_line_and_says_so() -> None:
    cut = text.fence("baris yang sama\n" * 1000)
    assert cut.endswith("baris yang sama\n… selengkapnya dalam berkas di utas\n```")
    assert text.fence("&" * text.FENCE).count("&amp;") * 5 <= text.FENCE
    assert text.unescape(text.escape("<&> &lt;")) == "<&> &lt;"


def mentions(made: object) -> set[str]:
    """Everything that Slack would make a link or a call of."""
    return set(re.findall(r"<[^>]*>", str(made)))


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Case]]:
    """An office, and a change with a plan in it."""
    folder = tmp_path_factory.mktemp("cards")
    with office(folder / "office", f"sqlite:///{folder / 'ledger.db'}", LPSES) as made:
        yield made, made.ask("tanam", "mamuju")


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("nasty", NASTY)
def test_every_message_of_a_change_is_one_that_slack_takes(
    ready: tuple[Office, Case], stage: Stage, nasty: str
) -> None:
    case = ready[1]
    course = case.course
    assert course
    assert course.plan
    group = {"hosts": [nasty] * 40, "changes": [nasty], "left_out": 3, "sum": "0"}
    plan = {**course.plan, "changes": [group] * 20, "downtime": nasty, "undo": nasty, "commit": nasty, "dirty": True}
    request = {**course.request, "reason": nasty, "hosts": [nasty] * 600, "notice": 1, "emergency": nasty}
    request["inputs"] = {f"{nasty}{number}": nasty for number in range(30)}
    approvals = tuple(Approval(nasty, datetime.now(UTC), "x") for _ in range(9))
    course = replace(course, stage=stage, plan=plan, request=request, approvals=approvals, reason=nasty)
    course = replace(course, held=True, review=nasty, differences=(nasty,) * 50)
    case = replace(case, change=replace(case.change, opened={**case.change.opened, "lpse": [nasty] * 600}))
    progress = Progress("r", "running", nasty, dict.fromkeys(map(str, range(600)), nasty), tasks=10**9)
    said, blocks = cards.message(_with(case, course), {}, progress)
    assert shapes.blocks(blocks) == []
    assert shapes.characters(blocks) <= shapes.MESSAGE_CHARACTERS
    assert 0 < len(said) <= 300
    # Plain text is shown as it is; of the rest nothing may call or link.
    assert mentions(_mrkdwn(blocks)) == set()


def _with(case: Case, course: Course) -> Case:
    change = replace(case.change)
    change.__dict__["course"] = course
    return replace(case, change=change, course=course)


def _mrkdwn(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [each for inner in value.values() for each in _mrkdwn(inner)]
    return [each for inner in value for each in _mrkdwn(inner)] if isinstance(value, list) else []


def test_people_are_called_by_their_account() -> None:
    people = {"siti": Person("siti", "Siti", (), "U0SITI"), "tono": Person("tono", "<!channel>", ())}
    assert cards.person("siti", people) == "<@U0SITI>"
    assert cards.person("tono", people) == "`&lt;!channel&gt;`"
    assert cards.person("<@U1>", people) == "`&lt;@U1&gt;`"


@pytest.mark.parametrize("name", ["tanam", "tengok", "umumkan"])
def test_every_form_is_one_that_slack_takes(ready: tuple[Office, Case], name: str) -> None:
    operation = ready[0].desk.catalogue[name]
    for nasty in ("", *NASTY):
        typed = line.Line("ask", name, options={each.name: nasty for each in operation.inputs}, reason=nasty)
        made = forms.request(operation, typed, [nasty] if nasty else [], {"channel": "C1"})
        assert shapes.view(made) == []
        assert shapes.view(forms.choose([operation] * 200, nasty, {})) == []
    assert shapes.view(forms.note("reject", "Tolak rencana", "Mengapa", {"change": "x", "hash": "y"})) == []
    assert shapes.blocks(forms.options([]) or pages.help_([operation] * 300)[:50]) == []


def test_help_queue_and_home_are_taken_however_long(ready: tuple[Office, Case]) -> None:
    place, case = ready
    home = pages.home("x" * 900, [case] * 90, list(place.desk.catalogue.values()) * 40, {case.number})
    assert shapes.view(home) == []
    assert shapes.blocks(pages.queue([case] * 300)) == []
    assert shapes.blocks(pages.help_(list(place.desk.catalogue.values()) * 40)) == []
    assert "`/spse tanam LPSE …`" in str(pages.help_(place.desk.operations(RINI)))
    assert pages.help_([])[0]["text"]["text"].startswith("Anda terdaftar")
    assert "tanam" not in str(pages.help_(place.desk.operations(SARI)))


def test_lines_are_read_as_phones_write_them() -> None:
    typed = line.parse("tanam mamuju bogor —seconds 3 --alasan “dua kata” --plan-only --darurat=kini")
    assert (typed.verb, typed.subject, typed.lpses) == ("ask", "tanam", ("mamuju", "bogor"))
    assert (typed.options, typed.reason, typed.plan_only) == ({"seconds": "3"}, "dua kata", True)
    assert typed.emergency == "kini"
    assert line.parse(" chg-2026-000012 ") == line.Line("show", "CHG-2026-000012")
    assert [line.parse(each).verb for each in ("", "help", "antrean")] == ["help", "help", "queue"]
    assert line.parse("tanam x --alasan '&lt;b&gt; &amp; c'").reason == "<b> & c"


@pytest.mark.parametrize("wrong", ["tanam x --alasan", "tanam 'x", "tanam x --mulai besok", "tanam x --seconds --fail"])
def test_a_line_that_cannot_be_read_says_why(wrong: str) -> None:
    with pytest.raises((InputError, MomentError)):
        line.parse(wrong)


def test_any_line_is_read_or_refused_in_words() -> None:
    chance = random.Random(8)  # noqa: S311 - the same each time
    pieces = ("tanam", "--", "—", "“", "'", '"', "\\", "$(x)", "`x`", ";", "|", "\n", "--alasan", "=", "CHG-1", " ")
    for _ in range(3000):
        typed = "".join(chance.choice(pieces) for _ in range(chance.randrange(12)))
        with suppress(SpseOpsError):
            assert line.parse(typed).verb in ("help", "queue", "show", "ask")
