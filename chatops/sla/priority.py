"""How urgent a problem is: p = (f * r) / k, and the class of change that follows from it."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chatops.errors import PriorityError
from chatops.words import Said

STAGES = (
    "pengumuman",
    "pendaftaran",
    "penjelasan",
    "pemasukan penawaran",
    "pembukaan",
    "evaluasi penawaran",
    "evaluasi kualifikasi",
    "pembuktian",
    "penetapan pemenang",
    "pengumuman pemenang",
    "masa sanggah",
    "SPPBJ",
)
"""The stages of a tender, the first being number 1."""

WORST = 10
MINOR_BELOW, EMERGENCY_ABOVE = 10, 20

WORKING_DAYS = {"minor": 3, "mayor": 2, "emergency": 1}
"""The classes, spelt as in the agreement, and the working days within which they are resolved."""


@dataclass(frozen=True)
class Override:
    """A person's f in place of the stages', with who and why."""

    by: str
    reason: str


@dataclass(frozen=True)
class Priority:
    """What was judged, and what follows."""

    f: Fraction
    """Functional impact; unrounded, because three rows of the agreement fall into another class when it is rounded."""
    r: int
    """Impact on the reputation."""
    k: int
    """Recoverability: 1 the most frequent, 10 the first time."""
    stages: tuple[int, ...] = ()
    override: Override | None = None

    @property
    def p(self) -> Fraction:
        """The priority itself."""
        return self.f * self.r / self.k

    @property
    def name(self) -> str:
        """The class."""
        return "minor" if self.p < MINOR_BELOW else "mayor" if self.p <= EMERGENCY_ABOVE else "emergency"

    @property
    def working_days(self) -> int:
        """Within how many it has to be resolved."""
        return WORKING_DAYS[self.name]

    def told(self) -> dict[str, Any]:
        """For programs, and for the ledger."""
        return {
            "p": float(self.p),
            "class": self.name,
            "working_days": self.working_days,
            "f": float(self.f),
            "r": self.r,
            "k": self.k,
            "stages": list(self.stages),
            "override": {"by": self.override.by, "reason": self.override.reason} if self.override else None,
        }


def assess(
    stages: Collection[int], r: int, k: int, *, f: int | None = None, by: str = "", reason: str = ""
) -> Priority:
    """The priority of what touches these stages; with another f, who has set it and why."""
    _in_range("r", Said("dampak reputasi", "impact on the reputation"), r)
    _in_range("k", Said("tingkat pemulihan", "recoverability"), k)
    if unknown := sorted(set(stages) - set(range(1, len(STAGES) + 1))):
        raise PriorityError(
            detail=Said(
                f"tahapan {unknown[0]} tidak ada; tahapan tender bernomor 1 sampai {len(STAGES)}",
                f"there is no stage {unknown[0]}; the stages of a tender are 1 to {len(STAGES)}",
            )
        )
    touched = tuple(sorted(set(stages)))
    if f is None:
        if not touched:
            raise PriorityError(
                detail=Said("sebutkan tahapan tender yang terdampak, atau f", "say which stages are affected, or f")
            )
        return Priority(Fraction(len(touched) * WORST, len(STAGES)), r, k, touched)
    _in_range("f", Said("dampak fungsi", "functional impact"), f)
    if not by.strip() or not reason.strip():
        raise PriorityError(
            detail=Said(
                "f yang ditetapkan orang harus disertai siapa yang menetapkannya dan alasannya",
                "an f that a person sets has to come with who has set it and why",
            )
        )
    return Priority(Fraction(f), r, k, touched, Override(by.strip(), reason.strip()))


def restored(told: dict[str, Any]) -> Priority:
    """What a ledger has kept."""
    override = Override(**told["override"]) if told["override"] else None
    stages = tuple(told["stages"])
    f = Fraction(told["f"]) if override else Fraction(len(stages) * WORST, len(STAGES))
    return Priority(f, told["r"], told["k"], stages, override)


def _in_range(letter: str, what: Said, value: int) -> None:
    if not 1 <= value <= WORST:
        raise PriorityError(
            detail=Said(
                f"{letter} ({what.indonesian}) berisi {value}, harus 1 sampai {WORST}",
                f"{letter} ({what.english}) is {value}, has to be 1 to {WORST}",
            )
        )
