"""Which updates go together, from what apt says."""

from collections.abc import Iterable

import pytest

from library.module_utils import spse_packages
from library.module_utils.spse_packages import Simulation, Update

SAID = """\
NOTE: This is only a simulation!
Inst libssl3 [3.0.15-1] (3.0.17-1 Debian:12.13/oldstable, Debian-Security:12/oldstable-security [amd64])
Inst libnew (1.0 Debian-Security:12/oldstable-security [amd64]) []
Inst libc6:i386 [2.36-9] (2.36-10 Debian-Security:12/oldstable-security [i386])
Conf libssl3 (3.0.17-1 Debian-Security:12/oldstable-security [amd64])
"""
# As apt 3 words it; the line that begins with E: is the same in both.
REFUSED = """\
The following packages have unmet dependencies:
 a : Depends: b (= 2) but 1 is to be installed
E: Unable to correct problems, you have held broken packages.
"""

A, B, C = Update("a", "2", "a"), Update("b", "2", "b"), Update("c", "2", "c")


def test_operations_are_read_from_a_simulation() -> None:
    assert spse_packages.read(SAID, 0) == Simulation(
        "", {"libssl3": ("3.0.15-1", "3.0.17-1"), "libnew": ("", "1.0"), "libc6:i386": ("2.36-9", "2.36-10")}
    )


def test_a_refusal_is_told_in_the_words_of_apt() -> None:
    assert spse_packages.read(REFUSED, 100).refusal == (
        "a : Depends: b (= 2) but 1 is to be installed; Unable to correct problems, you have held broken packages"
    )
    assert spse_packages.read("", 100).refusal == "apt-get berakhir dengan 100"


def simulate(updates: Iterable[Update]) -> Simulation:
    """An apt for which `c` is in the way of everything, and `b` pulls in the database."""
    names = [update.name for update in updates]
    pulled = {"postgresql": ("1", "2")} if "b" in names else {}
    return Simulation("c removes b" if "c" in names else "", pulled | dict.fromkeys(names, ("1", "2")))


def test_what_does_not_fit_is_left_out_with_its_reason() -> None:
    chosen = spse_packages.choose([A, B, C], simulate)
    assert (chosen.updates, chosen.refused) == ((A, B), {C: "c removes b"})


def test_what_would_pull_in_what_visitors_use_comes_later() -> None:
    now = spse_packages.choose([A, B, C], simulate, without=lambda name: name.startswith("postgresql"))
    assert now.updates == (A,)
    assert now.refused[B] == "perlu memperbarui postgresql juga"
    later = spse_packages.choose([B, C], simulate, behind=now.updates)
    assert (later.updates, set(later.refused)) == ((B,), {C})
    assert later.simulation.installs.keys() == {"a", "b", "postgresql"}


def test_what_fits_only_alone_is_refused() -> None:
    def alone(updates: Iterable[Update]) -> Simulation:
        return Simulation("too many" if len(list(updates)) > 1 else "")

    with pytest.raises(spse_packages.PackagesError, match="tidak dapat memasang pembaruan bersama-sama: too many"):
        spse_packages.choose([A, B], alone)


def test_what_dpkg_has_not_finished() -> None:
    statuses = "a installed ok\nb half-configured ok\nc installed reinstreq\nd config-files ok\ne unpacked ok\n"
    assert spse_packages.half_done(statuses) == ["b", "c", "e"]
