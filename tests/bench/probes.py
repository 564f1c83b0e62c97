"""One look at 600 hosts over real SSH, beside a bare asyncssh loop and ansible ad-hoc, all in one run.

Each way runs in a process of its own, which says how long it took and how much memory it had at most. Everything is on
one machine, so that its processors also do the hosts' half of the work.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh

from chatops.settings import PROGRAMS
from chatops.watch import fleet
from chatops.watch.look import State, Target
from tests.bench.row import Measured, Row
from tests.bench.sshd import Servers, serving
from tests.hosts.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOSTS = 600
# Of each kind.
BAD = HOSTS // 20
TOGETHER = 32
FORKS = 20
DEADLINE = 20


def address(kind: int, number: int) -> str:
    """Each has its own."""
    return f"127.{kind}.{number // 250}.{number % 250 + 1}"


def measure() -> Iterator[Measured]:
    """All well; then some that hang, refuse, or have another key."""
    with serving([address(78, number) for number in range(HOSTS)]) as servers:
        well = [_host(servers, each) for each in servers.addresses]
        _run("fabric", well[:20], servers)
        ours = _run("fabric", well, servers)
        bare = _run("asyncssh", well, servers)
        yield _row(f"probe {HOSTS} hosts", ours, f"asyncssh, {TOGETHER} at once", bare, "seconds")
        yield _row(f"probe {HOSTS} hosts, memory", ours, f"asyncssh, {TOGETHER} at once", bare, "mebibytes")
        ansible = _ansible(servers)
        yield _row(f"probe {HOSTS} hosts", ours, f"ansible -m raw, {FORKS} forks", ansible, "seconds")
        with _bad(servers) as bad:
            good = well[3 * BAD :]
            alone = _run("fabric", good, servers)
            mixed = _run("fabric", _shuffled(good, bad), servers)
            expected = {"answered": len(good), "hanging": BAD, "refused": BAD, "changed-key": BAD}
            if mixed["states"] != expected:
                raise RuntimeError(f"not as expected: {mixed['states']}")
            what = f"{len(good)} answer, {3 * BAD} do not"
            yield _row(what, mixed, f"{len(good)} hosts, all of which answer", alone, "last")


def _row(what: str, ours: dict[str, Any], beside: str, theirs: dict[str, Any], which: str) -> Measured:
    unit = "MiB" if which == "mebibytes" else "s"
    return Measured(Row(what, ours[which], beside, theirs[which], unit))


def _host(servers: Servers, where: str, key: str = "") -> dict[str, Any]:
    return {"address": where, "port": servers.port, "account": servers.account, "host_key": key or servers.host_key}


def _shuffled(good: Sequence[dict[str, Any]], bad: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bad ones evenly among the others."""
    step = len(good) // len(bad)
    listed: list[dict[str, Any]] = []
    for number, each in enumerate(bad):
        listed += [each, *good[number * step : (number + 1) * step]]
    return listed + list(good[len(bad) * step :])


@contextmanager
def _bad(servers: Servers) -> Iterator[list[dict[str, Any]]]:
    """Some that take a connection and say nothing, some that refuse, some whose key is not the known one."""
    other = (servers.folder / "probe.pub").read_text().strip()
    hanging, refusing = ([address(kind, number) for number in range(BAD)] for kind in (79, 80))
    with ExitStack() as stack:
        for each in hanging:
            stack.enter_context(socket.create_server((each, servers.port)))
        changed = [_host(servers, each, other) for each in servers.addresses[:BAD]]
        quiet = [_host(servers, each) for each in (*hanging, *refusing)]
        # One of each kind after the other.
        yield [each for three in zip(quiet[:BAD], quiet[BAD:], changed, strict=True) for each in three]


def _run(way: str, hosts: Sequence[dict[str, Any]], servers: Servers) -> dict[str, Any]:
    """One way, in a process of its own."""
    order = servers.folder / "order.json"
    order.write_text(json.dumps({"way": way, "hosts": hosts, "key": str(servers.key)}))
    argv = [sys.executable, "-m", "tests.bench.probes", str(order)]
    done = subprocess.run(argv, capture_output=True, check=True, cwd=REPOSITORY, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _ansible(servers: Servers) -> dict[str, Any]:
    """As people do it by hand: with connections of its own, like the others."""
    known = servers.folder / "known_hosts"
    known.write_text("".join(f"[{each}]:{servers.port} {servers.host_key}\n" for each in servers.addresses))
    inventory = servers.folder / "hosts.json"
    variables = {
        "ansible_port": servers.port,
        "ansible_user": servers.account,
        "ansible_ssh_private_key_file": str(servers.key),
        "ansible_ssh_common_args": f"-F none -o IdentitiesOnly=yes -o UserKnownHostsFile={known}",
        "ansible_ssh_args": "-o ControlMaster=no",
        "ansible_ssh_use_tty": False,
    }
    inventory.write_text(json.dumps({"all": {"hosts": {each: {} for each in servers.addresses}, "vars": variables}}))
    argv = [str(PROGRAMS / "ansible"), "all", "--inventory", str(inventory), "--forks", str(FORKS), "-m", "raw"]
    began = time.monotonic()
    # In a folder without settings of ours.
    done = subprocess.run([*argv, "-a", "look"], capture_output=True, check=False, cwd=servers.folder, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return {"seconds": time.monotonic() - began}


def _fabric(order: dict[str, Any], known: Path) -> tuple[dict[str, int], float]:
    """Ours; how they took it, and when the last of those arrived that answer."""
    targets = [
        Target(
            each["address"],
            each["address"],
            each["address"],
            each["port"],
            account=each["account"],
            key=Path(order["key"]),
            known_hosts=(known,),
        )
        for each in order["hosts"]
    ]
    states: dict[str, int] = {}
    last, began = 0.0, time.monotonic()
    for look in fleet.ask(targets, deadline=DEADLINE, slots=TOGETHER):
        states[look.state.value] = states.get(look.state.value, 0) + 1
        if look.state is State.ANSWERED:
            last = time.monotonic() - began
    return states, last


async def _asyncssh(order: dict[str, Any], known: Path) -> tuple[dict[str, int], float]:
    """The least that one can write with it."""
    slots = asyncio.Semaphore(TOGETHER)
    keys = [asyncssh.read_private_key(order["key"])]
    trusted = asyncssh.read_known_hosts(str(known))
    began = time.monotonic()

    async def one(host: dict[str, Any]) -> None:
        async with (
            slots,
            asyncssh.connect(
                host["address"],
                host["port"],
                username=host["account"],
                client_keys=keys,
                known_hosts=trusted,
                config=None,
                agent_path=None,
            ) as connection,
        ):
            done = await connection.run("look", check=True)
            json.loads(str(done.stdout))

    await asyncio.gather(*map(one, order["hosts"]))
    return {"answered": len(order["hosts"])}, time.monotonic() - began


def main() -> None:
    """What the process of one way does."""
    order = json.loads(Path(sys.argv[1]).read_text())
    known = Path(sys.argv[1]).with_name(f"known_hosts.{os.getpid()}")
    lines = [f"[{each['address']}]:{each['port']} {each['host_key']}\n" for each in order["hosts"]]
    known.write_text("".join(lines))
    began = time.monotonic()
    states, last = _fabric(order, known) if order["way"] == "fabric" else asyncio.run(_asyncssh(order, known))
    told = {"states": states, "last": last, "seconds": time.monotonic() - began}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(told | {"mebibytes": peak}))
    sys.stdout.flush()
    # Who was given up may still be waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
