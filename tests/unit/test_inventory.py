"""Naming an LPSE selects all of its hosts and nobody else's."""

from pathlib import Path

import pytest

from chatops import inventory
from chatops.errors import EmptyInventoryError, UnknownLpseError
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
