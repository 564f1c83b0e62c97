# SPDX-License-Identifier: Apache-2.0
"""What was seen, as it is gathered."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Seen:
    """Values, facts, and what could not be read."""

    measures: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    digest: dict[str, object] = field(default_factory=dict)
    """What happened yesterday, as the host has written it down."""

    def add(self, other: Seen) -> None:
        """Put what another check has seen beside it."""
        self.measures |= other.measures
        self.facts |= other.facts
        self.problems |= other.problems
        self.digest |= other.digest

    def answer(self, name: str, problem: str) -> None:
        """A question with yes or no: yes, if there is no problem."""
        self.measures[name] = 0 if problem else 1
        if problem:
            self.problems[name] = problem
