"""A letter of one page: the same words as text for e-mail, as HTML, and as a PDF for paper."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from chatops import bahasa
from chatops.errors import FolderError
from chatops.reports import page

WIDTH = 78


@dataclass(frozen=True)
class Letter:
    """What stands in it, from top to bottom."""

    kicker: str
    title: str
    office: str
    at: datetime
    facts: Sequence[tuple[str, str]]
    paragraphs: Sequence[str]
    steps: Sequence[str] = ()
    notice: str = ""
    """What must not be overlooked."""
    shown: Sequence[str] = ()
    """What is to be typed from paper, a line each."""

    @property
    def program(self) -> str:
        """What wrote it."""
        return f"spse-ops {version('spse-ops')}"

    def as_page(self) -> str:
        """For the screen, and for what sets the PDF."""
        return page.html("surat.html.j2", letter=self)

    def as_text(self) -> str:
        """For an e-mail."""
        width = max(len(label) for label, _ in self.facts)
        facts = [f"{label:{width}} : {value}" for label, value in [*self.facts, ("Dibuat", bahasa.moment(self.at))]]
        blocks = [
            f"{self.title.upper()}\n{self.office}",
            "\n".join(facts),
            *([f"PENTING: {self.notice}"] if self.notice else []),
            *self.paragraphs,
            *(["\n".join(f"    {line}" for line in self.shown)] if self.shown else []),
            *([f"{number}. {step}" for number, step in enumerate(self.steps, start=1)]),
            f"-- {self.program}",
        ]
        return page.printable("\n\n".join(map(_wrapped, blocks)) + "\n")

    def files(self, name: str) -> dict[str, bytes]:
        """All three, by the names of the files."""
        text = self.as_page()
        return {f"{name}.txt": self.as_text().encode(), f"{name}.html": text.encode(), f"{name}.pdf": page.pdf(text)}

    def write(self, folder: Path, name: str) -> list[str]:
        """All three into a folder; where they are."""
        files = self.files(name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file, content in files.items():
                (folder / file).write_bytes(content)
        except OSError as error:
            raise FolderError(folder=folder, detail=error.strerror) from error
        return [str(folder / file) for file in files]


def _wrapped(block: str) -> str:
    """Lines that an e-mail program leaves alone; what is to be copied stays on its line."""
    if "\n" in block:
        return block
    return textwrap.fill(block, WIDTH, break_long_words=False, break_on_hyphens=False)
