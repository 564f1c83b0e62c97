"""The recap of a run is read as it is printed."""

from tests.bench.row import Spent, spent

OUTPUT = """
PLAY RECAP *********************************************************************
mamuju                     : ok=101  changed=23   unreachable=0    failed=0

TASKS RECAP ********************************************************************
Friday 20 November 2026  14:28:20 +0000 (0:00:00.031)       0:00:40.733 *******
===============================================================================
spse_app : Give Apache a moment ----------------------------------------- 1.30s
Dump the database ------------------------------------------------------- 2.65s
spse_app : Give Apache a moment ----------------------------------------- 1.27s
spse_app : A name that is longer than seventy characters, so that there is no room left - 0.20s

PLAYBOOK RECAP *****************************************************************
Playbook run took 0 days, 0 hours, 0 minutes, 40 seconds
"""


def test_tasks_of_one_name_are_added_and_the_dearest_is_first() -> None:
    assert spent(OUTPUT) == (
        Spent("Dump the database", 2.65, 1),
        Spent("spse_app : Give Apache a moment", 2.57, 2),
        Spent("spse_app : A name that is longer than seventy characters, so that there is no room left", 0.2, 1),
    )


def test_a_run_without_a_recap_has_none() -> None:
    assert spent("PLAY RECAP ***\n") == ()
