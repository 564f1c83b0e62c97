"""Looks over real SSH: who hangs, refuses, has another key or says nonsense is one of these, and holds nobody up."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from paramiko.hostkeys import HostKeys

from chatops.errors import WatchError
from chatops.watch import fleet
from chatops.watch.look import Look, State, Target
from tests.unit.conftest import SpseOps
from tests.unit.ssh_hosts import Neighbourhood, Process, document, neighbourhood

DEADLINE = 3.0


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Neighbourhood]:
    with neighbourhood(tmp_path) as made:
        yield made


def looked(*targets: Target, deadline: float = DEADLINE) -> dict[str, Look]:
    """Look at them, and find each again."""
    return {look.target.host: look for look in fleet.ask(targets, deadline=deadline, patience=0.3)}


def state(look: Look) -> tuple[State, str]:
    """What came of it."""
    return look.state, look.detail


def test_a_host_answers(hosts: Neighbourhood) -> None:
    hosts.say(1, document)
    look = looked(hosts.target(1))["host-1"]
    assert look.state is State.ANSWERED
    assert look.answer
    assert look.answer.facts == {"build:prod": "4.5.1"}
    assert look.measures["login:prod"] == 1
    assert look.measures["clock"] < 1


def test_everybody_who_does_not_has_a_state_of_his_own(hosts: Neighbourhood) -> None:
    async def no_end(process: Process) -> None:
        process.stdout.write(b"{")
        await asyncio.sleep(60)

    async def flood(process: Process) -> None:
        while True:
            process.stdout.write(b"x" * 65536)
            await process.stdout.drain()

    hosts.serve(1, no_end)
    hosts.serve(2, flood)
    hosts.listen(3)
    hosts.listen(4, b"220 mail.example ESMTP\r\n" * 200)
    hosts.listen(5, b".", every=0.05)
    hosts.serve(7, no_end, known=False)
    hosts.know(7, asyncssh.generate_private_key("ssh-ed25519"))
    hosts.serve(8, no_end, known=False)
    hosts.say(9, b"selamat datang\n")
    hosts.say(10, document)
    other = asyncssh.generate_private_key("ssh-ed25519")
    other.write_private_key(str(hosts.folder / "other"))
    targets = [hosts.target(number) for number in range(1, 10)]
    targets.append(hosts.target(10, key=hosts.folder / "other"))
    targets.append(Target("nowhere", "x", "host.invalid", key=hosts.key, known_hosts=(hosts.known_hosts,)))
    began = time.monotonic()
    found = looked(*targets)
    assert time.monotonic() - began < DEADLINE + 2
    states = {host: look.state for host, look in found.items()}
    assert states == {
        "host-1": State.HANGING,
        "host-2": State.GARBAGE,
        "host-3": State.HANGING,
        "host-4": State.GARBAGE,
        "host-5": State.HANGING,
        "host-6": State.REFUSED,
        "host-7": State.CHANGED_KEY,
        "host-8": State.UNKNOWN_KEY,
        "host-9": State.GARBAGE,
        "host-10": State.DENIED,
        "nowhere": State.UNREACHABLE,
    }
    assert found["host-7"].detail.startswith("ssh-ed25519 SHA256:")
    assert found["host-9"].detail == "bukan JSON: `selamat datang `"


def test_who_hangs_holds_nobody_up(hosts: Neighbourhood) -> None:
    for number in range(30):
        hosts.listen(number)
    for number in range(30, 40):
        hosts.say(number, document)
    # Those who hang come first, and are four times as many as are asked at once.
    targets = [hosts.target(number) for number in range(40)]
    arrived = [look.state for look in fleet.ask(targets, deadline=10, slots=8, patience=0.2)]
    assert arrived == [State.ANSWERED] * 10 + [State.HANGING] * 30


def test_a_port_that_has_to_be_reachable_is_tried_from_here(hosts: Neighbourhood) -> None:
    hosts.say(1, document)
    look = looked(hosts.target(1, inbound=(hosts.port, 9)))["host-1"]
    assert look.measures[f"inbound:{hosts.port}"] == 1
    assert look.measures["inbound:9"] == 0
    # Whoever does not answer may still be reachable by those who visit him.
    hosts.listen(2)
    assert looked(hosts.target(2, inbound=(hosts.port,)), deadline=1)["host-2"].inbound == {hosts.port: True}


def test_a_key_that_was_revoked_is_not_known(hosts: Neighbourhood) -> None:
    hosts.say(1, document)
    line = hosts.known_hosts.read_text()
    hosts.known_hosts.write_text(f"# ours\n\n{line}@revoked {line}")
    assert looked(hosts.target(1))["host-1"].state is State.UNKNOWN_KEY


def test_names_that_were_hashed_are_found(hosts: Neighbourhood) -> None:
    hosts.say(1, document)
    name, _, key = hosts.known_hosts.read_text().partition(" ")
    hosts.known_hosts.write_text(f"{HostKeys.hash_host(name)} {key}")
    assert looked(hosts.target(1))["host-1"].state is State.ANSWERED


def test_without_keys_nobody_is_looked_at(hosts: Neighbourhood, tmp_path: Path) -> None:
    with pytest.raises(WatchError, match=r"kunci pemantau .* tidak dapat dipakai: No such file"):
        looked(hosts.target(1, key=tmp_path / "none"))
    with pytest.raises(WatchError, match=r"berkas kunci server .* tidak ada"):
        looked(hosts.target(1, known_hosts=(tmp_path / "none",)))
    hosts.known_hosts.write_text("host ssh-ed25519 ====\n")
    with pytest.raises(WatchError, match="baris 1 bukan kunci server"):
        looked(hosts.target(1))


def inventory(hosts: Neighbourhood, *numbers: int) -> Path:
    """An inventory of some of them."""
    listed = {
        f"host-{number}": {"ansible_host": hosts.address(number), "spse_lpse": f"lpse-{number}"} for number in numbers
    }
    variables = {
        "ansible_port": hosts.port,
        "probe_key": str(hosts.key),
        "probe_known_hosts": [str(hosts.known_hosts)],
        "probe_inbound": [],
    }
    path = hosts.folder / "hosts.yml"
    path.write_text(json.dumps({"spse": {"hosts": listed, "vars": variables}}))
    return path


def test_the_command(hosts: Neighbourhood, spse_ops: SpseOps) -> None:
    hosts.say(1, document)
    hosts.say(2, lambda: document(memory=0.07))
    path = str(inventory(hosts, 1, 2, 3))
    code, said, summed = spse_ops("probe", "lpse-1", "--inventory", path)
    assert code == 0
    assert "host-1: baik, 4.5.1" in said
    assert summed.startswith("1 server, 1 menjawab, 0 kritis, 0 perlu perhatian")
    code, said, summed = spse_ops("probe", "--inventory", path, "--wrong", "--lang", "en", "--deadline", "5")
    assert code == 1
    lines = [line.partition(", since")[0].partition(" — since")[0] for line in said.splitlines()]
    assert lines == ["host-2: warning, 4.5.1", "  ! memory left  7 %", "host-3: REFUSED the connection"]
    code, said, _ = spse_ops("probe", "--inventory", path, "--json")
    assert {host: each["level"] for host, each in json.loads(said).items()} == {
        "host-1": "well",
        "host-2": "warning",
        "host-3": "critical",
    }


def test_a_second_look_knows_of_the_first(hosts: Neighbourhood, spse_ops: SpseOps) -> None:
    path = str(inventory(hosts, 1))
    hosts.say(1, document)
    assert spse_ops("probe", "--inventory", path)[0] == 0
    hosts.stop(1)
    hosts.known_hosts.write_text("")
    # A page that is not there once is no finding yet; twice it is.
    hosts.say(1, lambda: document(login__prod=0))
    assert spse_ops("probe", "--inventory", path)[0] == 0
    assert spse_ops("probe", "--inventory", path)[0] == 1


def test_who_cannot_keep_what_he_sees_still_sees_it(
    hosts: Neighbourhood, spse_ops: SpseOps, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(inventory(hosts, 1))
    hosts.say(1, document)
    monkeypatch.setenv("SPSE_OPS_LEDGER", "sqlite:////proc/nowhere/ledger.db")
    code, said, warned = spse_ops("probe", "--inventory", path)
    assert (code, said.splitlines()[0]) == (0, "host-1: baik, 4.5.1")
    assert "tidak dapat dipakai" in warned


def test_an_inventory_without_a_key_says_what_is_missing(hosts: Neighbourhood, spse_ops: SpseOps) -> None:
    path = inventory(hosts, 1)
    path.write_text(path.read_text().replace("probe_key", "other"))
    code, _, said = spse_ops("probe", "--inventory", str(path))
    assert code == 1
    assert "inventaris tidak menyebut probe_key untuk host-1" in said
