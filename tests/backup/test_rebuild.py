"""The server is gone. What is left is the inventory, the host that keeps restore points, and an envelope."""

import json
import time
from dataclasses import replace

import pytest
import yaml

from tests.backup.ground import SETTINGS, Ground
from tests.backup.pages import blocks, follow, type_in
from tests.conftest import HostFactory
from tests.hosts.lab import Lab

pytestmark = pytest.mark.hosts


def test_with_nothing_but_the_envelope(here: Ground) -> None:
    """The commands of the page, as they stand there, by somebody who has no vault."""
    here.take("--kind", "full")
    (block,) = blocks("disaster", "console", "Tanpa vault")
    type_in(here.keeper, block, str(SETTINGS["backup_passphrase"]))
    documents = here.keeper.run("find /srv/pulih/home/file/file_prod -type f | wc -l").stdout
    assert int(documents) == 20
    passphrase = here.keeper.run("grep cipher-pass /srv/pulih/etc/pgbackrest.conf").stdout
    assert str(SETTINGS["backup_local_passphrase"]) in passphrase
    here.keeper.run("rm -r /srv/pulih")


def test_a_bare_host_becomes_what_was_lost(here: Ground, lab: Lab, make_hosts: HostFactory, figures: list[str]) -> None:
    here.site.seed(40, 40)
    before = here.site.snapshot()
    point = here.take("--kind", "full")["id"]
    lab.down(["mamuju"])
    host = make_hosts("mamuju", image="debian12", memory="3g", disk="6G")[0]
    # The page, step by step.
    (written,) = blocks("disaster", "yaml", "1. ")
    ((_, about),) = yaml.safe_load(written).items()
    inventory = here.site.operator.read()
    inventory["spse"]["hosts"]["mamuju"] |= about | {"ansible_host": host.address}
    here.site.operator.write(inventory)
    there = Ground(replace(here.site, host=host), here.keeper)
    said = there.site.operator.fail("rebuild")
    assert "ulangi dengan backup_confirm mamuju" in said
    begun = time.monotonic()
    (rebuild,) = blocks("disaster", "sh", "2. ")
    follow(there.site.operator, rebuild)
    figures.append(f"rebuild: a bare host serves again after {time.monotonic() - begun:.0f} s")
    assert there.site.snapshot() == before
    host.run("apt-get -q update && apt-get -q install --yes curl")
    assert there.site.running == before.build
    there.site.seed(40, 40, "--verify")
    assert there.points()[0] != there.points()[-1]
    assert point in there.points()
    drill = there.drill()
    assert drill["passed"], drill["wrong"]
    (look,) = blocks("disaster", "sh", "3. ")
    assert "dapat dipulihkan" in follow(there.site.operator, look).stdout
    # It is not bare any more: a second time nothing is touched.
    assert "tidak kosong, jadi ini bukan server baru" in there.site.operator.fail("rebuild", backup_confirm="mamuju")
    assert there.site.snapshot() == before
    assert json.loads(there.keeper.run(f"spse-keeper {host.name}").stdout)["accounts"][0]["wrong"] == []
