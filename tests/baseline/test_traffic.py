"""A host with SPSE on it is hardened while people use it."""

import pytest

from tests.baseline.proving import FROM_HERE
from tests.conftest import Builds, HostFactory
from tests.hosts.lab import Lab
from tests.load.generator import Load
from tests.upgrade.site import make

pytestmark = pytest.mark.hosts


def test_nobody_is_turned_away(
    lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory, figures: list[str]
) -> None:
    host = make_hosts("mamuju", image="spse12", memory="3g")[0]
    site = make(tmp_path_factory.mktemp("site"), lab, host, builds, baseline_firewall_admins=FROM_HERE)
    site.operator.succeed("install", spse_app_build=builds["n"].build)
    site.seed(20, 20)
    with Load(site.url, rate=50) as load:
        site.operator.succeed("baseline")
    figures.append(f"baseline under load: {load.result.in_words()}")
    assert load.result.causes == {}
    assert load.result.kinds["success"] == len(load.result.requests)
