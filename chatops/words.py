"""What is said in two languages at once, so that whoever shows it can choose."""

from typing import NamedTuple, override

LANGUAGES = ("id", "en")


class Said(NamedTuple):
    """One text, in Indonesian and in English."""

    indonesian: str
    english: str

    @override
    def __str__(self) -> str:
        return self.indonesian

    @override
    def __format__(self, specification: str) -> str:
        return format(self.indonesian, specification)

    def to(self, language: str) -> str:
        """The text for a reader of this language."""
        return self.english if language == "en" else self.indonesian
