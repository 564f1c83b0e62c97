"""What proofs found, held against the catalogue, the waivers, and the time before."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest

from chatops import compliance
from chatops.compliance import Drift, Finding, Result, State, Waiver
from chatops.controls import Control, Severity
from chatops.errors import WaiverError
from chatops.reports.compliance import Report, states

TODAY = date(2026, 11, 20)
LOW, GRAVE = (
    Control(name, "pintu", f"Pintu {name} tertutup", "Sebab.", "Tutup.", "S0-7", severity)
    for name, severity in (("PTU-01", Severity.LOW), ("PTU-02", Severity.CRITICAL))
)
KNOWN = {control.id: control for control in (LOW, GRAVE)}


def waiver(until: str) -> dict[str, Waiver]:
    """One for the low control."""
    return {"PTU-01": Waiver("PTU-01", "Pintu sedang dicat", "Kepala", date.fromisoformat(until))}


def judged(*results: Result, waivers: Mapping[str, Waiver] | None = None) -> dict[str, Finding]:
    """The findings of one host, by control."""
    found = compliance.judge(results, {"mamuju": waivers or {}}, KNOWN, TODAY)
    assert [finding.control for finding in found] == [LOW, GRAVE]
    return {finding.control.id: finding for finding in found}


def result(control: str, state: State, why: str = "", seen: tuple[str, ...] = ()) -> Result:
    """What a proof found."""
    return Result("mamuju", control, state, seen, why)


def test_what_was_not_looked_at_is_not_well() -> None:
    found = judged(result("PTU-01", State.HOLDS))
    assert found["PTU-01"].state is State.HOLDS
    assert found["PTU-02"].state is State.UNREAD
    assert compliance.worst(found.values()) is Severity.CRITICAL


def test_the_worst_of_several_proofs_counts_and_all_evidence_is_kept() -> None:
    found = judged(
        result("PTU-01", State.HOLDS, seen=("depan tertutup",)),
        result("PTU-01", State.FAILS, "belakang terbuka", ("belakang terbuka",)),
        result("PTU-02", State.NOT_APPLICABLE, "tidak ada pintu"),
        result("PTU-02", State.HOLDS),
    )
    assert found["PTU-01"].state is State.FAILS
    assert found["PTU-01"].note == "belakang terbuka"
    assert found["PTU-01"].seen == ("depan tertutup", "belakang terbuka")
    assert found["PTU-02"].state is State.HOLDS
    assert compliance.worst(found.values()) is Severity.LOW


@pytest.mark.parametrize(
    ("state", "until", "becomes", "said"),
    [
        (State.FAILS, "2026-11-20", State.WAIVED, "Pintu sedang dicat (Kepala, sampai 2026-11-20)"),
        (State.FAILS, "2026-11-19", State.FAILS, "pengecualian oleh Kepala berakhir 2026-11-19"),
        (State.HOLDS, "2026-11-20", State.HOLDS, "tidak diperlukan lagi"),
        (State.UNREAD, "2026-11-20", State.UNREAD, "terbuka"),
    ],
)
def test_a_waiver_holds_for_its_time_and_hides_nothing_else(
    state: State, until: str, becomes: State, said: str
) -> None:
    found = judged(result("PTU-01", state, "terbuka"), result("PTU-02", State.HOLDS), waivers=waiver(until))
    assert found["PTU-01"].state is becomes
    assert said in found["PTU-01"].note


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"control": "PTU-99"}, "kontrol `PTU-99` tidak ada"),
        ({"reason": " "}, "belum diisi"),
        ({"until": "besok"}, "tulis seperti 2027-01-31"),
        ({"sampai": "2027-01-31"}, "harus berisi control, reason, owner, until"),
    ],
)
def test_a_waiver_that_is_not_whole_is_refused(wrong: dict[str, str], said: str) -> None:
    right = {"control": "PTU-01", "reason": "Dicat", "owner": "Kepala", "until": "2027-01-31"}
    assert compliance.waivers("mamuju", [right], KNOWN)["PTU-01"].until == date(2027, 1, 31)
    with pytest.raises(WaiverError) as refused:
        compliance.waivers("mamuju", [right | wrong], KNOWN)
    assert said in str(refused.value)
    assert "mamuju" in str(refused.value)


def test_waivers_that_are_no_list_are_refused() -> None:
    with pytest.raises(WaiverError, match="bukan daftar"):
        compliance.waivers("mamuju", "PTU-01", KNOWN)


def test_drift_is_what_stands_otherwise_than_before() -> None:
    found = list(judged(result("PTU-01", State.HOLDS), result("PTU-02", State.FAILS)).values())
    assert compliance.drift(found, {}) == []
    assert compliance.drift(found, states(found)) == []
    before = {"mamuju": {"PTU-01": "lulus", "PTU-02": "lulus"}}
    assert compliance.drift(found, before) == [Drift("mamuju", "PTU-02", "lulus", "gagal")]


def report() -> Report:
    """One that has every state."""
    found = judged(
        result("PTU-01", State.FAILS, "terbuka & <rusak>\x1b"), result("PTU-02", State.FAILS, "tanpa engsel")
    )
    found["PTU-01"] = Finding("mamuju", LOW, State.WAIVED, ("dilihat",), "terbuka & <rusak>\x1b")
    return Report(
        list(found.values()), [Drift("mamuju", "PTU-02", "lulus", "gagal")], datetime(2026, 11, 20, tzinfo=UTC)
    )


def test_the_table_says_what_to_do_first() -> None:
    lines = report().as_table().splitlines()
    assert lines[0] == "mamuju: 1 gagal, 1 dikecualikan"
    assert lines[1].split() == ["PTU-02", "gagal", "kritis", "Pintu", "PTU-02", "tertutup"]
    assert lines[3].strip() == "Tindakan: Tutup."
    assert lines[-1] == "mamuju: PTU-02 berubah dari lulus menjadi gagal"


def test_the_json_has_all_of_it() -> None:
    told = json.loads(report().as_json())
    assert [(one["control"], one["state"], one["is_bad"]) for one in told["findings"]] == [
        ("PTU-01", "dikecualikan", False),
        ("PTU-02", "gagal", True),
    ]
    assert told["drift"] == [{"host": "mamuju", "control": "PTU-02", "before": "lulus", "now": "gagal"}]


def test_junit_and_the_page_hold_whatever_a_host_says() -> None:
    suite = ET.fromstring(report().as_junit())[0]  # noqa: S314 - we have just made it
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    page = report().as_page()
    assert "terbuka &amp; &lt;rusak&gt;" in page
    assert "<rusak>" not in page
    assert page.count("Tindakan:") == 1
