"""Apache, as proofs look at it: what it makes of all its files together, and what the running one answers."""

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compliance.proof import Subject, UnreadableError, does_not_apply

PROBE = Path(__file__).with_name("web_probe.py").read_text(encoding="utf-8")
# mod_info, which knows the whole configuration, is loaded into the one that asks and not into the one that serves.
# The rules of a firewall for the application are thousands of lines that say nothing here.
QUESTION = """
if ! command -v apache2ctl >/dev/null; then exit 0; fi
for dump in MODULES VHOSTS RUN_CFG; do echo "== $dump"; apache2ctl -t -D DUMP_$dump 2>/dev/null; done
echo "== CONFIG"
apache2ctl -t -D DUMP_CONFIG -C "LoadModule info_module /usr/lib/apache2/modules/mod_info.so" 2>/dev/null |
    grep -Ev '^ *(#|SecRule |SecAction |SecMarker )'
"""
SINGLE = re.compile(r"(\S+):(\d+)\s+(?!is a NameVirtualHost)(\S+) \(")
SEVERAL = re.compile(r"(\S+):(\d+)\s+is a NameVirtualHost")
NAMED = re.compile(r"\s+port \d+ namevhost (\S+) \(")
INDENT = 2
EVERYWHERE = {"*", "_default_", "0.0.0.0", "[::]"}  # noqa: S104 - what may stand there


@dataclass(frozen=True)
class Directive:
    """A line of the configuration, and the sections that it stands in."""

    sections: tuple[str, ...]
    name: str
    value: str

    @property
    def site(self) -> str:
        """The site it stands in; none for the server."""
        return next((each for each in self.sections if each.startswith("virtualhost")), "")


@dataclass(frozen=True)
class Apache:
    """All that one question brings."""

    modules: set[str]
    sites: list[dict[str, Any]]
    user: str
    directives: list[Directive]

    def values(self, name: str) -> list[str]:
        """What stands behind a name, wherever it stands."""
        return [each.value for each in self.directives if each.name == name.lower()]

    def last(self, name: str, *sections: str) -> str:
        """What holds for the server, or in a section; the last counts."""
        found = [each.value for each in self.directives if each.name == name.lower() and each.sections == sections]
        return found[-1] if found else ""

    def by_site(self, name: str) -> dict[str, str]:
        """What holds for each site that speaks TLS: its own, or the server's."""
        sites = [each.site for each in self.directives if each.name == "sslengine" and each.value.lower() == "on"]
        return {site: self.last(name, site) or self.last(name) for site in sites if site}


def apache(subject: Subject) -> Apache:
    """What Apache makes of its files."""
    said = subject.ask("bash", "-o", "pipefail", "-c", QUESTION)
    if not said:
        does_not_apply("Apache tidak terpasang")
    parts = {part.partition("\n")[0]: part.partition("\n")[2] for part in said.removeprefix("== ").split("\n== ")}
    directives = list(_directives(parts["CONFIG"].splitlines()))
    if not directives:
        raise UnreadableError("Apache tidak menerima konfigurasinya sendiri; lihat apache2ctl configtest")
    user = re.search(r'^User: name="([^"]*)"', parts["RUN_CFG"], re.MULTILINE)
    return Apache(
        set(re.findall(r"^ (\w+)_module ", parts["MODULES"], re.MULTILINE)),
        _sites(parts["VHOSTS"].splitlines()),
        user[1] if user else "",
        directives,
    )


def _directives(lines: Iterable[str]) -> Iterable[Directive]:
    sections: list[str] = []
    for number, line in enumerate(lines):
        text = line.strip()
        # By how far a line stands in: a section with nothing in it is never closed.
        del sections[(len(line) - len(line.lstrip())) // INDENT :]
        if text.startswith("<") and not text.startswith("</"):
            name, _, value = text[1:].rstrip(">").partition(" ")
            section = f"{name.lower()} {_bare(value)}"
            # Two sites may have the same address, and are two all the same.
            sections.append(f"{section} {number}" if name.lower() == "virtualhost" else section)
        elif text and not text.startswith("</"):
            name, _, value = text.partition(" ")
            yield Directive(tuple(sections), name.lower(), value.strip())


def _bare(value: str) -> str:
    value = value.strip().strip('"')
    return value.rstrip("/") or value


def _sites(lines: Iterable[str]) -> list[dict[str, Any]]:
    sites = []
    address, port = "", 0
    for line in lines:
        if match := SEVERAL.match(line):
            address, port = match[1], int(match[2])
        elif match := NAMED.match(line):
            sites.append((address, port, match[1]))
        elif match := SINGLE.match(line):
            sites.append((match[1], int(match[2]), match[3]))
    return [
        {"address": "127.0.0.1" if address in EVERYWHERE else address.strip("[]"), "port": port, "name": name}
        | {"is_local": address.strip("[]").startswith(("127.", "::1"))}
        for address, port, name in sites
    ]


def answers(subject: Subject) -> tuple[list[dict[str, Any]], list[str]]:
    """What the running Apache answers, site by site, and which of the visits it has written down."""
    known = apache(subject)
    proxied = {value.split()[0] for value in known.values("ProxyPass") if value.split()[-1] != "!"}
    logs = [shlex.split(value)[0] for name in ("CustomLog", "TransferLog") for value in known.values(name)]
    about = {
        "sites": known.sites or [{"address": "127.0.0.1", "port": 80, "name": "localhost", "is_local": False}],
        "paths": sorted(f"{path.rstrip('/')}/" for path in proxied if path.startswith("/")),
        "logs": sorted({log for log in logs if log.startswith("/")}),
    }
    said = json.loads(subject.ask("python3", "-W", "ignore", "-c", PROBE, json.dumps(about)))
    sites = [site for site in said["sites"] if site["is_open"]]
    if not sites:
        raise UnreadableError("Apache tidak menjawab")
    return sites, said["written"]


def speaking_tls(subject: Subject) -> list[dict[str, Any]]:
    """Those of them that speak TLS."""
    sites = [site for site in answers(subject)[0] if site["tls"]]
    if not sites:
        does_not_apply("tidak ada situs yang memakai TLS; lihat WEB-06")
    return sites


def every_answer(subject: Subject) -> Iterable[tuple[str, int, list[tuple[str, str]]]]:
    """Where, status and headers of everything that was answered, by the application and by Apache itself."""
    for site in answers(subject)[0]:
        for answer in (*site["answers"], site["broken"]):
            where = f"{site['site']}{answer['path'] if answer is not site['broken'] else ' permintaan rusak'}"
            if answer["status"]:
                yield where, answer["status"], [(name, value) for name, value in answer["headers"]]
