"""Whatever comes in between, the restore point before it can be brought back, and the next one can be taken."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.backup.ground import Ground
from tests.hosts import faults
from tests.hosts.host import Host
from tests.whole import in_whole

pytestmark = [pytest.mark.hosts, in_whole]

PHASES = ("base", "point", "archive", "snapshot", "record")
UNIT = "uji"


@pytest.fixture(scope="module")
def before(here: Ground) -> str:
    """The restore point that has to outlive all of it."""
    return str(here.take("--kind", "full")["id"])


@contextmanager
def taking(here: Ground, phase: str) -> Iterator[Host]:
    """A restore point is being taken, and has come so far."""
    host = here.site.host
    host.run(f"journalctl --rotate && journalctl --vacuum-time=1s --unit {UNIT}", check=False)
    host.run(f"systemd-run --unit={UNIT} spse-backup take --kind full")
    host.run(f"until journalctl --unit {UNIT} --output cat | grep -q 'fase {phase}'; do sleep 0.05; done")
    yield host


def is_well(here: Ground, before: str) -> None:
    """The old point comes back, a new one can be taken and proven, and the keeper has nothing to complain of."""
    host = here.site.host
    host.run(f"systemctl reset-failed {UNIT}", check=False)
    drill = here.drill(before)
    assert drill["passed"], drill["wrong"]
    taken = here.take()
    drill = here.drill(str(taken["id"]))
    assert drill["passed"], drill["wrong"]
    here.site.application.wait()
    assert host.run("ls /var/lib/spse-backup").stdout.split() == ["drills.jsonl", "status.json", "sums.json"]


def ended(here: Ground) -> None:
    """Wait until what was being taken has come to its end, whichever."""
    here.site.host.run(
        f"while systemctl is-active --quiet {UNIT} || systemctl show --property=ActiveState {UNIT} "
        "| grep -q activating; do sleep 0.2; done"
    )


@pytest.mark.parametrize("phase", PHASES)
def test_it_is_killed(here: Ground, before: str, phase: str) -> None:
    with taking(here, phase) as host:
        host.run(f"systemctl kill --signal=KILL {UNIT}", check=False)
    ended(here)
    is_well(here, before)


@pytest.mark.parametrize("phase", ["base", "snapshot"])
def test_the_lpse_loses_its_power(here: Ground, before: str, phase: str) -> None:
    with taking(here, phase) as host:
        faults.power_cut(host)
    faults.heal(host)
    is_well(here, before)


def test_the_keeper_loses_its_power(here: Ground, before: str) -> None:
    with taking(here, "snapshot"):
        faults.power_cut(here.keeper)
    faults.heal(here.keeper)
    ended(here)
    is_well(here, before)
    here.keep()
    assert here.keep()["accounts"][0]["wrong"] == []


def test_the_line_is_cut(here: Ground, before: str) -> None:
    with taking(here, "snapshot"):
        faults.network_cut(here.keeper)
    ended(here)
    faults.heal(here.keeper)
    is_well(here, before)


def test_the_database_is_restarted_meanwhile(here: Ground, before: str) -> None:
    with taking(here, "base") as host:
        host.run("systemctl restart postgresql@15-main")
    ended(here)
    is_well(here, before)


def test_two_are_started_at_once(here: Ground, before: str) -> None:
    with taking(here, "base") as host:
        said = host.run("spse-backup take --patience 0", check=False)
    assert said.returncode == 1
    assert "Masih ada pekerjaan lain: pengambilan titik pulih" in said.stderr
    ended(here)
    is_well(here, before)


def test_the_keeper_has_another_host_key(here: Ground, before: str) -> None:
    keys = "/etc/ssh/ssh_host_ed25519_key"
    # We come by the same way: so it gets its old key back by itself.
    back = f"cp -a /root/key {keys}; cp -a /root/key.pub {keys}.pub; systemctl restart ssh"
    here.keeper.run(
        f"cp -a {keys} /root/key; cp -a {keys}.pub /root/key.pub; systemd-run --on-active=30 sh -c '{back}'; "
        f"rm {keys} {keys}.pub; ssh-keygen -q -t ed25519 -N '' -f {keys}; systemctl restart ssh"
    )
    said = here.site.host.run("spse-backup take --kind none", check=False)
    here.keeper.wait_until_up()
    assert said.returncode == 1
    assert "Host key verification failed" in said.stderr
    is_well(here, before)


@pytest.mark.parametrize("holds", ["data", "folders"])
def test_a_damaged_pack_is_found_and_the_next_point_is_whole(here: Ground, holds: str) -> None:
    """Bit rot on the keeper's disk: it is put aside, and what was in it is sent again."""
    taken = here.take("--kind", "full")
    # restic keeps the packs of folders in the cache of the host, where a drill must not take them from.
    cached = here.site.host.run("find /var/cache/spse-backup -path '*/data/*' -type f").stdout
    newest = here.keeper.run(f"ls -t {here.repository}/data/*/*").stdout.split()
    pack = next(each for each in newest if (f"/{Path(each).name}" in cached) == (holds == "folders"))
    here.keeper.run(f"printf 'rusak' | dd of={pack} bs=1 seek=100 conv=notrunc status=none")
    assert not here.drill(str(taken["id"]), "--whole")["passed"]
    kept = here.keep()
    assert len(kept["accounts"][0]["damaged"]) == 1
    fresh = here.take("--kind", "full")
    drill = here.drill(str(fresh["id"]), "--whole")
    assert drill["passed"], drill["wrong"]


def test_a_damaged_log_is_found(here: Ground, before: str) -> None:
    """A segment of the log in the repository on the host that is not what it was."""
    host = here.site.host
    taken = here.take("--kind", "full")
    segment = host.run("ls -t /var/lib/pgbackrest/archive/spse/*/*/*.zst | head -1").stdout.strip()
    host.run(f"cp -a {segment} /root/segment")
    host.run(f"printf 'rusak' | dd of={segment} bs=1 seek=2000 conv=notrunc status=none")
    fresh = here.take("--kind", "none")
    drill = here.drill(str(fresh["id"]))
    assert not drill["passed"]
    host.run(f"cp -a /root/segment {segment}")
    assert here.drill(str(taken["id"]))["passed"]
    is_well(here, before)


def test_the_keepers_disk_is_full(here: Ground, before: str) -> None:
    faults.disk_full(here.keeper)
    said = here.site.host.run("head -c 20M /dev/urandom > /home/file/file_prod/besar; spse-backup take", check=False)
    kept = here.keep()
    faults.heal(here.keeper)
    here.site.host.run("rm /home/file/file_prod/besar")
    assert said.returncode == 1
    assert kept["free_percent"] == 0
    assert kept["accounts"][0]["wrong"] != []
    is_well(here, before)


def test_the_lpses_disk_is_full(here: Ground, before: str) -> None:
    faults.disk_full(here.site.host)
    said = here.site.host.run("spse-backup take --kind full", check=False)
    faults.heal(here.site.host)
    assert said.returncode == 1
    assert "Kosongkan atau perbesar disk" in said.stderr
    is_well(here, before)


def test_its_clock_is_wrong(here: Ground, before: str) -> None:
    """What comes in is filed under the keeper's time, whatever the LPSE's clock says."""
    host = here.site.host
    host.put(Path(faults.FAKETIME), "/usr/local/lib/lab-faketime.so")
    said = host.run(
        "FAKETIME=-30d LD_PRELOAD=/usr/local/lib/lab-faketime.so spse-backup take --kind none --name jam-salah"
    ).stdout
    assert json.loads(said)["id"] == "jam-salah"
    kept = here.keep()
    assert kept["accounts"][0]["expired"] == 0
    assert "jam-salah" in here.points()
    is_well(here, before)
