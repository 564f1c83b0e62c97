"""Writers that are killed at any moment lose nothing that was acknowledged, and break nothing."""

import json
import subprocess
import sys
from contextlib import closing

from chatops.ledger.store import Ledger
from tests.whole import WHOLE

KILLS = 1000 if WHOLE else 60


def test_killed_writers(url: str, figures: list[str]) -> None:
    Ledger.open(url).close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.killer", url, str(KILLS // 2), "20261121"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["killed"] == KILLS
    acknowledged = set(told["acknowledged"])
    with closing(Ledger.open(url)) as ledger, ledger.reading() as reader:
        ledger.verify()
        recorded = [event.subject for event in reader.events() if event.kind == "change.opened"]
    assert len(recorded) == len(set(recorded))
    assert acknowledged - set(recorded) == set()
    # That something was written at all, and that the rows follow.
    assert len(acknowledged) > KILLS / 4
    with closing(Ledger.open(url)) as ledger:
        assert ledger.rebuild() == len(recorded)
    figures.append(
        f"ledger: {KILLS} writers killed, two at a time, on {url.partition(':')[0]}: {len(acknowledged)} acknowledged, "
        f"{len(recorded)} recorded, 0 lost, chain whole"
    )
