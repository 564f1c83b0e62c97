"""What services write down while they run: one line of JSON for each event, with its change and run, without secrets.

Whoever reads the journal of a machine may not know a token; so what is known to be secret is taken out by its value,
and what only looks like it by its name.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TextIO, override

from chatops.secrets import mask

HIDDEN = "********"
SHORTEST = 6
"""Characters of a secret that is looked for: what is shorter would take words out of sentences."""
ABOUT = re.compile(r"\b(?P<change>CHG-\d{4}-\d{6,})(?P<run>-\d+)?")
# Of our own facts, those that a line may have beside its words.
FACTS = ("event", "change", "run", "seq", "by", "kind", "worker", "seconds", "stage")


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, process: str, hidden: Iterable[str] = ()) -> None:
        super().__init__()
        self.process = process
        self._hidden = [each for each in hidden if len(each) >= SHORTEST]

    @override
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, object] = {"at": at, "level": record.levelname, "process": self.process}
        told["logger"], told["message"] = record.name, self._clean(record.getMessage())
        told |= _about(str(told["message"]))
        told |= {name: self._clean_fact(vars(record)[name]) for name in FACTS if name in vars(record)}
        if record.exc_info:
            told["exception"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)

    def _clean(self, text: str) -> str:
        for secret in self._hidden:
            text = text.replace(secret, HIDDEN)
        return mask(text)

    def _clean_fact(self, value: object) -> object:
        return self._clean(value) if isinstance(value, str) else value


def _about(message: str) -> Mapping[str, str]:
    """The change that is spoken of, and its run, where one is named and no other."""
    found = {each["change"]: each for each in ABOUT.finditer(message)}
    if len(found) != 1:
        return {}
    ((change, match),) = found.items()
    return {"change": change} | ({"run": match[0]} if match["run"] else {})


def begin(process: str, hidden: Iterable[str] = (), stream: TextIO = sys.stderr) -> None:
    """Write everything down like that, whichever library says it."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(process, hidden))
    # Whatever was set up before would say it a second time, and as it stands.
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
