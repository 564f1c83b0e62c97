"""What a proof is written with."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from chatops import controls
from library.module_utils.spse_log_secrets import mask

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Collection, Mapping

AREAS = controls.load()
MOST_NAMED = 5
GIVEN_UP = 3
"""Times in a row that a host has not answered, after which it is asked no more: each costs what ssh waits for it."""
LONGEST_SECONDS = 600
"""For one command; to look through millions of documents takes minutes, and of a dead network disk there is no end."""
KILLED_SECONDS = 10
"""After that, for a command that does not heed the first word."""
NOT_ENDED = {124, 137}
CONTROLS = controls.by_id(AREAS.values())

type Decorator = Callable[[Callable[..., None]], Callable[..., None]]


class UnreadableError(Exception):
    """The host did not answer what it was asked; so it is not known how it is."""


class Subject:
    """The host, as a proof looks at it: whatever is read of it becomes evidence."""

    def __init__(self, host: Any, cache: dict[str, str], silent: Counter[str]) -> None:  # noqa: ANN401 - testinfra has no types
        """Nothing was seen yet."""
        self._host = host
        self._name = str(host.backend.get_hostname())
        self._cache = cache
        self._silent = silent
        self.seen: list[str] = []

    def ask(self, *argv: str, fine: Collection[int] = (0,)) -> str:
        """What a command says; the same command is run once for all proofs.

        Some end with 1 where they have found nothing: `fine` are all ends that are an answer.
        """
        command = shlex.join(argv)
        if command not in self._cache:
            done = self._run(command)
            if done.rc not in fine:
                raise UnreadableError(f"`{command}` berakhir dengan {done.rc}: {_last(done.stderr)}")
            self._cache[command] = done.stdout
        return self._cache[command]

    def state_of(self, unit: str) -> str:
        """How systemd would treat a unit at a boot: enabled, disabled, masked; empty where there is none."""
        return self.ask("systemctl", "show", "--property=UnitFileState", "--value", unit).strip()

    @property
    def variables(self) -> Mapping[str, Any]:
        """What the inventory says of the host."""
        found: Mapping[str, Any] = self._host.backend.get_variables()
        return found

    def tries(self, *argv: str) -> bool:
        """Whether a command ends well."""
        return bool(self._run(shlex.join(argv)).rc == 0)

    def _run(self, command: str) -> Any:  # noqa: ANN401 - testinfra has no types
        if self._silent[self._name] >= GIVEN_UP:
            raise UnreadableError("server tidak menjawab lagi, dan tidak ditanyai lagi")
        try:
            done = self._host.run(f"timeout --kill-after={KILLED_SECONDS} {LONGEST_SECONDS} {command}")
        except RuntimeError as error:
            self._silent[self._name] += 1
            # What ssh itself could not do; testinfra gives the whole of it, for developers.
            said = getattr(error.args[0], "stderr", str(error)) if error.args else ""
            raise UnreadableError(f"server tidak menjawab: {_last(str(said))}") from error
        self._silent[self._name] = 0
        if done.rc in NOT_ENDED:
            raise UnreadableError(f"`{command}` tidak selesai dalam {LONGEST_SECONDS} detik")
        return done

    def note(self, *lines: str) -> None:
        """Keep as evidence."""
        self.seen.extend(lines)

    def expect(self, found: Mapping[str, str | None], wanted: Mapping[str, str]) -> None:
        """All of these have to be so; every one that is not is told."""
        self.note(*(f"{name} = {_shown(found.get(name))}" for name in wanted))
        wrong = [f"{name} {why}" for name, value in wanted.items() if (why := _deviation(found.get(name), value))]
        assert not wrong, "; ".join(wrong)

    def expect_none(self, what: str, found: list[str]) -> None:
        """There must be none of these."""
        self.note(f"{what}: {len(found)}")
        assert not found, f"{what}: {_some(found)}"


def _last(said: str) -> str:
    """How it ended; nobody has looked through it for secrets before."""
    return mask(said).strip()[-300:]


def _some(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f", dan {more} lainnya" if more > 0 else "")


def _deviation(found: str | None, wanted: str) -> str:
    """How it is not what it has to be; empty if it is. Of a list nothing more is allowed, but less."""
    if found and "," in wanted:
        more = sorted(set(found.split(",")) - set(wanted.split(",")))
        return f"memuat yang tidak diizinkan: {_some(more)}" if more else ""
    return "" if found == wanted else f"seharusnya {wanted}, ditemukan {_shown(found)}"


def _shown(value: str | None) -> str:
    return "tidak ada" if value is None else value or "(kosong)"


def proves(*ids: str) -> Decorator:
    """Make a function the proof of these controls; it is called once for each."""
    return pytest.mark.parametrize("control", [pytest.param(CONTROLS[each], id=each) for each in ids])


def settings_of(area: str) -> list[str]:
    """The controls of an area that are nothing but settings."""
    return [control.id for control in AREAS[area].controls if control.settings]


def does_not_apply(why: str) -> None:
    """End a proof where its control has no object on this host."""
    pytest.skip(why)
