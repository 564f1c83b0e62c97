"""A host with SPSE on it is hardened while people use it."""

from pathlib import Path

import pytest

from tests.baseline.proving import hardening, prove
from tests.conftest import Builds, HostFactory
from tests.hosts.lab import Lab
from tests.load.generator import Load
from tests.upgrade.site import make

pytestmark = pytest.mark.hosts


# A process keeps the sandbox that it was started with.
WAITS_FOR_A_RESTART = {"SVC-02", "SVC-03"}


def test_nobody_is_turned_away_and_who_waits_for_a_restart_is_told(
    lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path: Path, figures: list[str]
) -> None:
    host = make_hosts("mamuju", image="spse12", memory="3g")[0]
    site = make(tmp_path, lab, host, builds, **hardening(tmp_path))
    site.operator.succeed("install", spse_app_build=builds["n"].build)
    site.seed(20, 20)
    with Load(site.url, rate=50) as load:
        site.operator.succeed("baseline")
    figures.append(f"baseline under load: {load.result.in_words()}")
    assert load.result.causes == {}
    assert load.result.kinds["success"] == len(load.result.requests)
    written = site.application.messages(load.label)
    assert len(written) == len(set(written)) == load.result.statuses[201]
    assert set(prove(site.operator.inventory, tmp_path, site.host.name).bad) == WAITS_FOR_A_RESTART
