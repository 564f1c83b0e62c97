"""The server is gone. What is left is the inventory, the host that keeps restore points, and an envelope."""

import json
import re
from dataclasses import replace

import pytest

from tests.backup.ground import SETTINGS, Ground
from tests.conftest import HostFactory
from tests.hosts.lab import Lab
from tests.hosts.paths import REPOSITORY

pytestmark = pytest.mark.hosts

PAGE = (REPOSITORY / "docs/operations/disaster.md").read_text()


def test_with_nothing_but_the_envelope(here: Ground) -> None:
    """The commands of the page, as they stand there, by somebody who has no vault."""
    here.take("--kind", "full")
    block = PAGE.partition("## Tanpa vault")[2].partition("```console\n")[2].partition("```")[0]
    lines = [line.removeprefix("# ") for line in block.splitlines()]
    script = "\n".join(lines).replace("…", str(SETTINGS["backup_passphrase"])).replace("spse-mamuju-example", "mamuju")
    here.keeper.run(f"set -eu\n{script}")
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
    inventory = here.site.operator.read()
    inventory["spse"]["hosts"]["mamuju"]["ansible_host"] = host.address
    here.site.operator.write(inventory)
    there = Ground(replace(here.site, host=host), here.keeper)
    said = there.site.operator.fail("rebuild")
    assert "ulangi dengan backup_confirm mamuju" in said
    done = there.site.operator.succeed("rebuild", backup_confirm="mamuju")
    assert there.site.snapshot() == before
    host.run("apt-get -q update && apt-get -q install --yes curl")
    assert there.site.running == before.build
    there.site.seed(40, 40, "--verify")
    assert there.points()[0] != there.points()[-1]
    assert point in there.points()
    drill = there.drill()
    assert drill["passed"], drill["wrong"]
    spent = re.search(r"Playbook run took (.*)", done.stdout)
    assert spent is not None
    figures.append(f"rebuild: a bare host serves again after {spent[1]}")
    # It is not bare any more: a second time nothing is touched.
    assert "tidak kosong, jadi ini bukan server baru" in there.site.operator.fail("rebuild", backup_confirm="mamuju")
    assert there.site.snapshot() == before
    assert json.loads(there.keeper.run(f"spse-keeper {host.name}").stdout)["accounts"][0]["wrong"] == []
