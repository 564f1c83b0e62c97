"""Alarms and the board ask for figures that there are, in the language of Prometheus; each alarm rings, and is quiet.

Prometheus's own promtool judges all of it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.hosts.paths import REPOSITORY
from tests.promtool import promtool

METRICS = REPOSITORY / "chatops" / "metrics"
RULES = METRICS / "alerts.yml"
BOARD = json.loads((METRICS / "dashboard.json").read_text())
ALERTS = {rule["alert"]: rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
QUERIES = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
PAGE = REPOSITORY / "docs" / "operations" / "metrics.md"
NAME = re.compile(r"\bspse_[a-z0-9_]+")


@dataclass(frozen=True)
class Case:
    """What makes an alarm ring, from when on; and what is like it and does not."""

    rings: dict[str, str]
    after: str
    """Minutes: it is silent a minute before, and rings then."""
    quiet: dict[str, str]


def steady(name: str, value: float, **labels: str) -> dict[str, str]:
    """A figure that stays as it is, for two days."""
    told = ",".join(f'{key}="{each}"' for key, each in labels.items())
    return {f"{name}{{{told}}}": f"{value:.0f}+0x3000"}


DAY = 24 * 60
CASES = {
    "SpseBotDown": Case(steady("up", 0, job="spse-ops"), "5", steady("up", 1, job="spse-ops")),
    "SpseLedgerAway": Case(steady("spse_ledger_up", 0), "2", steady("spse_ledger_up", 1)),
    "SpseSlackSilent": Case(steady("spse_slack_quiet_seconds", 421), "1", steady("spse_slack_quiet_seconds", 420)),
    "SpseNotifierBehind": Case(
        steady("spse_ledger_events_total", 8) | steady("spse_notifier_cursor", 7),
        "11",
        # Always a little behind.
        {"spse_ledger_events_total": "8+1x60", "spse_notifier_cursor": "7+1x60"},
    ),
    "SpseListenersFail": Case(
        {'spse_slack_failed_total{kind="request"}': "0x9 1+0x60"}, "10", steady("spse_slack_failed_total", 3, kind="x")
    ),
    # What is told as a moment is as old as the test.
    "SpseQueueStuck": Case(
        steady("spse_queue_oldest_timestamp_seconds", 0), "36", {"spse_queue_oldest_timestamp_seconds": "0+60x3000"}
    ),
    "SpseInterrupted": Case(
        steady("spse_changes_held", 1, stage="interrupted"),
        "1",
        steady("spse_changes_held", 0, stage="interrupted") | steady("spse_changes_held", 3, stage="running"),
    ),
    "SpseApprovalWaits": Case(
        steady("spse_approval_oldest_timestamp_seconds", 0),
        str(8 * 60 + 6),
        {"spse_approval_oldest_timestamp_seconds": "0+60x3000"},
    ),
    "SpseUnreviewed": Case(steady("spse_changes_unreviewed", 1), str(DAY), steady("spse_changes_unreviewed", 0)),
    "SpseDeadlineNear": Case(
        steady("spse_sla_changes", 2, service="S0-5", standing="due_soon"),
        "0",
        steady("spse_sla_changes", 2, service="S0-5", standing="running"),
    ),
    "SpseDeadlineBroken": Case(
        steady("spse_sla_changes", 1, service="S0-5", standing="breached"),
        "0",
        steady("spse_sla_changes", 2, service="S0-5", standing="due_soon"),
    ),
    "SpseBudgetNearlyGone": Case(
        steady("spse_budget_spent_seconds", 81, service="S0-4", lpse="mamuju")
        | steady("spse_budget_allowed_seconds", 100, service="S0-4"),
        "0",
        steady("spse_budget_spent_seconds", 81, service="S0-11", lpse="*")
        | steady("spse_budget_allowed_seconds", 100, service="S0-4")
        | steady("spse_budget_allowed_seconds", 200, service="S0-11"),
    ),
    "SpseOutage": Case(
        steady("spse_outage_began_timestamp_seconds", 0, lpse="mamuju", planned="no"),
        "1",
        steady("spse_outage_began_timestamp_seconds", 0, lpse="mamuju", planned="yes"),
    ),
    "SpseHostUnseen": Case(steady("spse_hosts", 3, state="hanging"), "20", steady("spse_hosts", 597, state="answered")),
    "SpseHostKeyChanged": Case(
        steady("spse_hosts", 1, state="changed-key"),
        "0",
        steady("spse_hosts", 0, state="changed-key") | steady("spse_hosts", 1, state="refused"),
    ),
    "SpseNobodyWatches": Case(
        steady("spse_look_newest_timestamp_seconds", 0), "21", {"spse_look_newest_timestamp_seconds": "0+60x3000"}
    ),
    "SpseOfficeCritical": Case(
        steady("spse_lpse_level", 2, lpse="mamuju"), "30", steady("spse_lpse_level", 1, lpse="mamuju")
    ),
    "SpseRestorePointOld": Case(
        steady("spse_host_restore_point_timestamp_seconds", 0, host="a", lpse="mamuju"),
        str(DAY + 61),
        {'spse_host_restore_point_timestamp_seconds{host="a"}': "0+60x3000"},
    ),
    "SpseRestorePointMissing": Case(
        steady("spse_host_restore_point_timestamp_seconds", 0, host="a", lpse="mamuju"),
        str(2 * DAY + 1),
        {'spse_host_restore_point_timestamp_seconds{host="a"}': "0+60x3000"},
    ),
    # Ends 31 days after the beginning, or 8.
    "SpseCertificateEnds": Case(
        steady("spse_host_certificate_end_timestamp_seconds", 31 * DAY * 60, host="a"),
        str(DAY + 61),
        steady("spse_host_certificate_end_timestamp_seconds", 40 * DAY * 60, host="a"),
    ),
    "SpseCertificateEndsSoon": Case(
        steady("spse_host_certificate_end_timestamp_seconds", 8 * DAY * 60, host="a"),
        str(DAY + 1),
        steady("spse_host_certificate_end_timestamp_seconds", 20 * DAY * 60, host="a"),
    ),
}


def test_prometheus_takes_the_rules() -> None:
    done = promtool("check", "rules", str(RULES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout


def test_every_alarm_is_tried() -> None:
    assert CASES.keys() == ALERTS.keys()


@pytest.mark.parametrize("alert", CASES)
def test_an_alarm_rings_in_time_and_only_then(alert: str, tmp_path: Path) -> None:
    case = CASES[alert]
    ringing = [(int(case.after), True), *([(int(case.after) - 1, False)] if int(case.after) else [])]
    tests = [tried(alert, case.rings, ringing), tried(alert, case.quiet, [(int(case.after) + 5, False)])]
    # By itself: all of them each minute of days would take promtool minutes.
    alone = tmp_path / "alone.yml"
    alone.write_text(json.dumps({"groups": [{"name": "alone", "rules": [ALERTS[alert]]}]}))
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps({"rule_files": [str(alone)], "evaluation_interval": "1m", "tests": tests}))
    done = promtool("test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def tried(alert: str, series: dict[str, str], expected: list[tuple[int, bool]]) -> dict[str, Any]:
    """A test as promtool reads it: how many of an alarm ring at these minutes."""
    asked = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": asked, "eval_time": f"{minute}m", "exp_samples": [{"labels": "{}", "value": 1}] if rings else []}
            for minute, rings in expected
        ],
    }


@pytest.mark.parametrize("rule", ALERTS.values(), ids=lambda rule: rule["alert"])
def test_an_alarm_says_what_to_do_in_two_languages(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"warning", "critical"}
    for text in (rule["annotations"]["summary"], rule["annotations"]["description"]):
        assert text.count(" / ") == 1, text


def test_prometheus_takes_what_the_board_asks_for(tmp_path: Path) -> None:
    rules = [{"record": f"board:{number}", "expr": plain(query)} for number, query in enumerate(QUERIES)]
    file = tmp_path / "board.yml"
    file.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    done = promtool("check", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(QUERIES)} rules found" in done.stdout


def plain(query: str) -> str:
    """A query without what Grafana fills in."""
    known = {each["name"] for each in BOARD["templating"]["list"]}
    names = set(re.findall(r"\$(\w+)", query))
    assert names <= known, query
    for name in names:
        query = query.replace(f"${name}", ".*")
    return query


def test_no_panel_lies_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        own = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not own & taken, panel["title"]
        assert max(x for x, _ in own) < 24
        taken |= own


def asked_for() -> Iterator[tuple[str, set[str]]]:
    """The figures that alarms and board ask for, with the labels that they choose by."""
    for text in [*(rule["expr"] for rule in ALERTS.values()), *QUERIES]:
        for name, chosen in re.findall(r"\b(spse_[a-z0-9_]+)(?:\{([^}]*)\})?", text):
            yield name, set(re.findall(r"(\w+)[!=]~?=?\"", chosen)) | set(re.findall(r"(\w+)=~", chosen))


def test_the_page_names_every_figure_that_is_asked_for() -> None:
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows()}
    assert told
    for name, labels in asked_for():
        family = re.sub(r"_bucket$", "", name)
        assert family in told, name
        assert labels <= told[family], name


def rows() -> list[tuple[str, str]]:
    """The table of figures: each with its labels."""
    return re.findall(r"^\| `(spse_\w+)` \|([^|]*)\|", PAGE.read_text(), re.MULTILINE)
