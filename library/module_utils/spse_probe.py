# SPDX-License-Identifier: Apache-2.0
"""Whether an SPSE instance is well: what it answers over HTTP, and what it writes into its log."""

from __future__ import annotations

import http.client
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVEL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} +(?P<level>[A-Z]+) +~ (?P<message>.*)")


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; status 0 is none at all, and the body then says why."""

    status: int
    body: str


@dataclass(frozen=True)
class Probe:
    """One question, and what was wrong with the answer; nothing, if it was right."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class Instance:
    """Where an instance answers."""

    host: str
    port: int
    path: str
    timeout: float

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            if form is None:
                connection.request("GET", self.path + path)
            else:
                headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
                connection.request("POST", self.path + path, urlencode(form), headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(errors="replace"))
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, f"{type(error).__name__}: {error}")
        finally:
            connection.close()


def check_page(name: str, answer: Answer, wanted: str = "") -> Probe:
    """A page that must be there, and must say something."""
    if answer.status == 0:
        return Probe(name, f"tidak menjawab ({answer.body})")
    if answer.status != http.HTTPStatus.OK:
        return Probe(name, f"menjawab {answer.status}")
    if not re.search(wanted, answer.body):
        return Probe(name, f"tidak memuat `{wanted}`")
    return Probe(name)


def check_version(answer: Answer, build: str) -> Probe:
    """The build that answers must be the one that was put there."""
    page = check_page("versi", answer)
    if page.problem:
        return page
    try:
        running = json.loads(answer.body)["build"]
    except (ValueError, KeyError, TypeError):
        return Probe("versi", "jawabannya tidak memuat nomor build")
    return Probe("versi", "" if build in {"", running} else f"yang menjawab build {running}, bukan {build}")


def check_write(answer: Answer) -> Probe:
    """Something must have been written: a page that is merely shown again is not enough."""
    if answer.status == 0:
        return Probe("tulis", f"tidak menjawab ({answer.body})")
    return Probe("tulis", "" if answer.status == http.HTTPStatus.CREATED else f"menjawab {answer.status}")


def check_log(lines: Iterable[str], limit: int) -> tuple[Probe, list[tuple[str, int]]]:
    """Not more errors than this; and the most frequent ones, with their numbers."""
    errors: Counter[str] = Counter()
    for line in lines:
        match = LEVEL.match(line)
        if match and match["level"] in {"ERROR", "FATAL"}:
            # Numbers differ from one to the next; what happened does not.
            errors[re.sub(r"\d+", "#", match["message"])] += 1
    count = errors.total()
    return Probe("log", "" if count <= limit else f"{count} galat, batasnya {limit}"), errors.most_common(5)
