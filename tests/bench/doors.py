"""How long it takes until somebody is in, and until he is out of fifty hosts, beside a playbook of authorized_keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatops.settings import PROGRAMS
from tests.access.authority import make_key
from tests.access.house import House, founded
from tests.baseline.proving import FROM_HERE
from tests.bench.ground import FOLDER, LAB
from tests.bench.row import Measured, Row, seconds
from tests.hosts.clone import cloned
from tests.hosts.lab import Wanted
from tests.hosts.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hosts.host import Host

HOSTS = 50
MODEL = "pintu"
MEMORY = "256m"
PLAIN = Path(__file__).with_name("authorized_keys.yml")


def measure() -> Iterator[Measured]:
    """One host that LKPP comes into, and fifty like it."""
    folder = FOLDER / "access"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = [f"p{number}" for number in range(HOSTS)]
    LAB.down([MODEL, *names])
    model = LAB.up([MODEL], Wanted("debian12", MEMORY))[0]
    house = founded(folder, model, inventory(folder))
    house.done("asih", "lkpp-access", MODEL)
    yield Measured(_let_in(house))
    with cloned(model, "access", ["systemd-tmpfiles-clean.timer"]) as image:
        try:
            LAB.up(names, Wanted(image, MEMORY))
            inventory(folder)
            yield Measured(_put_out(house, names))
        finally:
            LAB.down([MODEL, *names])


def inventory(folder: Path) -> Path:
    """All hosts that there are."""
    listed: dict[str, Any] = LAB.inventory()
    listed["spse"]["vars"] = {
        "lkpp_access_addresses": FROM_HERE,
        "lkpp_access_authority": str(folder / "state/access"),
    }
    path = folder / "hosts.yml"
    path.write_text(json.dumps(listed))
    return path


def _let_in(house: House) -> Row:
    """Ask, approve, come in; beside a key that is brought to the host."""

    def ours() -> None:
        _, key = house.grant("ana")
        assert house.login(key).returncode == 0

    def theirs() -> None:
        key = make_key(house.folder / "biasa")
        _plain(house, key, "present", MODEL)
        assert _enters(house.host, key)

    return Row("let somebody in, to the login", seconds(ours), "authorized_key: present, to the login", seconds(theirs))


def _put_out(house: House, names: list[str]) -> Row:
    """Revoke, and have it on every host; beside a key that is taken from each."""
    number, _ = house.grant("beni")
    # Copies have just booted, and are shut until they hear of the list for the first time.
    house.done("asih", "access-krl", "--semua")
    key = make_key(house.folder / "lain")
    _plain(house, key, "present", *names)

    def ours() -> None:
        house.done("asih", "access", "revoke", number, "--reason", "uji")
        house.done("asih", "access-krl", *names)

    def theirs() -> None:
        _plain(house, key, "absent", *names)

    return Row(f"put somebody out of {HOSTS} hosts", seconds(ours), "authorized_key: absent", seconds(theirs))


def _plain(house: House, key: Path, state: str, *hosts: str) -> None:
    told = json.dumps({"key": f"{key}.pub", "state": state})
    words = ["--inventory", str(house.inventory), "--limit", ",".join(hosts), "--extra-vars", told, str(PLAIN)]
    own = {"ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"), "SPSE_OPS_STATE": str(house.folder / "state")}
    subprocess.run([PROGRAMS / "ansible-playbook", *words], capture_output=True, check=True, env=os.environ | own)


def _enters(host: Host, key: Path) -> bool:
    words = ["ssh", "-F", "/dev/null", "-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
    words += ["-o", f"UserKnownHostsFile={host.keys / 'known_hosts'}", f"ansible@{host.address}", "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
