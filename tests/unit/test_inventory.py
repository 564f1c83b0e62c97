"""Naming an LPSE selects all of its hosts and nobody else's."""

from pathlib import Path

import pytest

from chatops import inventory
from chatops.errors import EmptyInventoryError, RunError, UnknownLpseError
from chatops.inventory import Inventory
from chatops.settings import CHECKOUT, Settings

KNOWN = {"mamuju": ["m1"], "bogor": ["b1", "b2"]}
INVENTORY = Path("hosts.yml")


@pytest.mark.parametrize(
    ("wanted", "hosts"),
    [(["bogor"], ["b1", "b2"]), (["bogor", "mamuju"], ["b1", "b2", "m1"]), ([], ["m1", "b1", "b2"])],
)
def test_select(wanted: list[str], hosts: list[str]) -> None:
    assert inventory.select(KNOWN, wanted, INVENTORY) == hosts


@pytest.mark.parametrize("pattern", ["all", "*", "mamuju:bogor", "!bogor", "bog*", "", "@/etc/passwd"])
def test_a_pattern_of_ansible_is_no_lpse(pattern: str) -> None:
    with pytest.raises(UnknownLpseError):
        inventory.select(KNOWN, [pattern], INVENTORY)


def test_a_slip_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownLpseError, match=r"Maksud Anda `mamuju`\?"):
        inventory.select(KNOWN, ["mamju"], INVENTORY)


def test_an_inventory_without_an_lpse_selects_nobody_rather_than_all() -> None:
    with pytest.raises(EmptyInventoryError, match="tidak memuat satu LPSE pun"):
        inventory.select({}, [], INVENTORY)


def test_the_example_is_read_as_it_is_explained() -> None:
    settings = Settings.from_environment({}, inventory=str(CHECKOUT / "inventory" / "example" / "hosts.yml"))
    assert inventory.hosts_by_lpse(settings) == {
        "mamuju": ["spse.mamuju.example"],
        "bogor": ["spse1.bogor.example", "spse2.bogor.example"],
    }


def test_addresses_are_those_that_somebody_can_type() -> None:
    known: dict[str, dict[str, object]] = {
        "m1": {"spse_lpse": "mamuju", "ansible_host": "203.0.113.5", "ansible_port": 2222},
        "m2": {"spse_lpse": "mamuju", "ansible_host": "{{ vpn }}", "ansible_port": "{{ port }}"},
        "b1": {"spse_lpse": "bogor"},
        "lain": {},
    }
    assert inventory.addresses(known, "mamuju") == [("203.0.113.5", "2222"), ("m2", "")]
    assert inventory.addresses(known, "majene") == []


def test_it_is_read_anew_when_one_of_its_files_is_another(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts.ini"
    hosts.write_text("[spse]\nm1 spse_lpse=mamuju\n")
    (tmp_path / "group_vars/spse").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "host_vars").symlink_to("elsewhere")
    kept = Inventory(Settings(CHECKOUT, hosts))
    first = kept.variables()
    assert kept.variables() is first
    assert kept.offices() == {"mamuju": ["m1"]}
    for path, text in (
        ("group_vars/spse/main.yml", "one: 1\n"),
        ("group_vars/spse/main.yml", "one: 2\n"),
        ("elsewhere/m1.yml", "two: 3\n"),
        ("hosts.ini", "[spse]\nm1 spse_lpse=mamuju\nm2 spse_lpse=mamuju\n"),
    ):
        before = kept.variables()
        (tmp_path / path).write_text(text)
        assert kept.variables() is not before
        assert kept.variables() == inventory.variables(kept.settings)
    assert kept.variables()["m1"]["two"] == 3
    assert kept.offices() == {"mamuju": ["m1", "m2"]}
    (tmp_path / "elsewhere/m1.yml").unlink()
    assert "two" not in kept.variables()["m1"]
    # What is wrong is no memory to go on with.
    (tmp_path / "elsewhere/m1.yml").write_text("two: [\n")
    for _ in range(2):
        with pytest.raises(RunError):
            kept.variables()


def test_what_asks_something_else_is_asked_each_time(tmp_path: Path) -> None:
    program = tmp_path / "hosts"
    program.write_text(f'#!/bin/sh\necho x >> {tmp_path}/asked\necho \'{{"_meta": {{"hostvars": {{}}}}}}\'\n')
    program.chmod(0o700)
    kept = Inventory(Settings(CHECKOUT, program))
    for _ in range(2):
        kept.variables()
    assert len((tmp_path / "asked").read_text().split()) == 2
    plugin = tmp_path / "hosts.yml"
    plugin.write_text("plugin: ansible.builtin.generator\nhosts: {name: h1}\nlayers: {}\n")
    kept = Inventory(Settings(CHECKOUT, plugin))
    assert kept.variables() is not kept.variables()
