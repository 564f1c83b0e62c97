"""A plan is the same for the same, another one for anything else, and shows no secret."""

from dataclasses import replace

import pytest

from chatops import plan
from chatops.catalogue import Operation
from chatops.plan import Checked, Plan, settled

OPERATION = Operation("tanam", "Menanam", "S0-5", "tanam.yml", changes_hosts=True, inputs=(), rollback="cabut")
PLAN = Plan(
    operation=OPERATION,
    lpses=("mamuju",),
    hosts=("m1", "m2"),
    variables={"spse_app_build": "4.5.1", "spse_app_reason": "password=kenari-rahasia", "spse_waves": ["1"]},
    commit="a" * 40,
    dirty=False,
    code="c" * 64,
    inventory={"m1": "1" * 64, "m2": "2" * 64},
    checked={"m1": Checked(("Copy", "+isi"), 3, 1), "m2": Checked(("Copy", "+isi"), 3, 1)},
)


def test_the_same_has_the_same_sum_and_needs_no_other_yes() -> None:
    assert plan.digest(PLAN.told()) == plan.digest(replace(PLAN).told())
    assert plan.differences(PLAN.told(), PLAN.told()) == []


def test_hosts_that_are_alike_are_told_together() -> None:
    (group,) = PLAN.told()["changes"]
    assert group["hosts"] == ["m1", "m2"]
    assert PLAN.told()["predictable"] == 75


def test_no_secret_is_in_it() -> None:
    assert "kenari-rahasia" not in str(PLAN.told())
    assert settled("+db.pass=kenari-rahasia") == "+db.pass=********"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(PLAN, hosts=("m1",)), "server: m1, m2 menjadi m1"),
        (replace(PLAN, variables={**PLAN.variables, "spse_app_build": "4.5.2"}), "variabel: spse_app_build"),
        (replace(PLAN, commit="b" * 40), "commit git"),
        (replace(PLAN, code="d" * 64), "isi playbook"),
        (replace(PLAN, inventory={"m1": "1" * 64, "m2": "3" * 64}), "inventaris: m2"),
        (replace(PLAN, operation=replace(OPERATION, verify="comply")), "pemeriksaan sesudahnya"),
        (
            replace(PLAN, checked={**PLAN.checked, "m2": Checked(("Copy", "+lain"), 3, 1)}),
            "m2: yang akan berubah lain dari rencana (+lain)",
        ),
        (replace(PLAN, dirty=True), "perubahan di luar commit"),
    ],
)
def test_whatever_differs_has_another_sum_and_is_named(other: Plan, said: str) -> None:
    before, after = PLAN.told(), other.told()
    assert plan.digest(before) != plan.digest(after)
    found = plan.differences(before, after)
    assert any(said in line for line in found), found


def test_what_is_too_long_counts_by_its_sum() -> None:
    long = tuple(f"+{number}" for number in range(1000))
    one = replace(PLAN, checked={"m1": Checked(long, 1, 0)}).told()
    other = replace(PLAN, checked={"m1": Checked((*long[:-1], "+x"), 1, 0)}).told()
    assert one["changes"][0]["left_out"] == 800
    assert one["changes"][0]["changes"] == other["changes"][0]["changes"]
    assert plan.digest(one) != plan.digest(other)
    assert plan.differences(one, other)


def test_names_that_are_made_anew_each_time_do_not_count() -> None:
    heads = [
        f"--- before: /etc/x\r\n+++ after: /root/.ansible/tmp/ansible-local-{number}abc/tmp{number}/x.j2\r\n+a"
        for number in (1, 2)
    ]
    assert settled(heads[0]) == settled(heads[1]) == "--- before: /etc/x\n+++ after: x.j2\n+a"
