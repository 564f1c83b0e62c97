"""Where passphrases come from: a file that the environment names, a credential of systemd, or the keyboard.

Never a command line, an environment or a log: those are read by others.
"""

import getpass
import os
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatops.errors import PassphraseError
from chatops.words import Said

FEWEST = 12
"""Characters of a new one."""
VARIABLE = "SPSE_OPS_ACCESS_PASSPHRASE"
CREDENTIAL = "spse-access"

type Asks = Callable[[str], str]


@dataclass(frozen=True)
class Secret:
    """Text that does not print."""

    revealed: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


def typed(prompt: str) -> str:
    """What somebody types, without showing it; a line of the input, where nobody sits."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{prompt}: ")
    return sys.stdin.readline().rstrip("\n")


def unattended(prompt: str) -> str:
    """Nobody types where nobody sits: what has no file has no passphrase."""
    del prompt
    return ""


@dataclass(frozen=True)
class Passphrases:
    """Passphrases and PINs by what the authority signs."""

    files: Mapping[str, Path]
    ask: Asks = typed

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, ask: Asks = typed) -> "Passphrases":
        """One for all, or one for each: who renews the list every night need not be able to let people in."""
        files = {}
        for purpose in ("user", "host", "krl"):
            named = environment.get(f"{VARIABLE}_{purpose.upper()}") or environment.get(VARIABLE)
            folder = environment.get("CREDENTIALS_DIRECTORY")
            credentials = [Path(folder) / f"{CREDENTIAL}-{purpose}", Path(folder) / CREDENTIAL] if folder else []
            found = Path(named) if named else next((path for path in credentials if path.exists()), None)
            if found:
                files[purpose] = found
        return cls(files, ask)

    def get(self, purpose: str) -> Secret:
        """That of an authority that is there."""
        if purpose in self.files:
            return self._read(purpose, self.files[purpose])
        given = self.ask(f"Kata sandi otoritas {purpose} / passphrase of the {purpose} authority")
        if not given:
            raise _wrong(
                purpose,
                f"tidak diisi; ketik, atau sebutkan berkasnya dengan {VARIABLE}",
                f"it is empty; type it, or name its file by {VARIABLE}",
            )
        return Secret(given)

    def new(self, purpose: str) -> Secret:
        """That of an authority that is being made; typed twice."""
        if purpose in self.files:
            chosen = self._read(purpose, self.files[purpose])
        else:
            words = f"Kata sandi BARU otoritas {purpose} / NEW passphrase of the {purpose} authority"
            chosen = Secret(self.ask(words))
            if self.ask(f"{words}, sekali lagi / again") != chosen.revealed:
                raise _wrong(purpose, "keduanya tidak sama; ulangi", "the two are not the same; try again")
        if len(chosen.revealed) < FEWEST:
            raise _wrong(
                purpose,
                f"terlalu pendek; paling sedikit {FEWEST} huruf",
                f"it is too short; at least {FEWEST} characters",
            )
        return chosen

    def _read(self, purpose: str, path: Path) -> Secret:
        try:
            with path.open(encoding="utf-8") as file:
                mode = os.fstat(file.fileno()).st_mode
                given = file.read(4096).strip("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise _wrong(purpose, f"berkas {path} tidak dapat dibaca", f"cannot read the file {path}") from error
        if not stat.S_ISREG(mode) or mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _wrong(
                purpose,
                f"berkas {path} dapat dibaca orang lain; jalankan `chmod 600 {path}`",
                f"others may read the file {path}; run `chmod 600 {path}`",
            )
        if not given or "\n" in given:
            raise _wrong(
                purpose, f"berkas {path} harus berisi tepat satu baris", f"the file {path} has to hold exactly one line"
            )
        return Secret(given)


def _wrong(purpose: str, indonesian: str, english: str) -> PassphraseError:
    return PassphraseError(purpose=purpose, detail=Said(indonesian, english))
