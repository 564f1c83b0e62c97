#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: what has to be known of a host before it is changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_preflight
short_description: Read what decides whether a host may be changed now
description:
  - Disk, memory, clock, certificate, ports, database with its locks, and deadlines of tenders, in one look.
  - Only reads. What is too little or too near, the caller decides.
version_added: "0.1.0"
author:
  - spse-ops
options:
  folders:
    description: Where disk will be needed. What does not exist yet is looked up at the nearest folder above it.
    type: list
    elements: path
    default: []
  ports:
    description: Ports whose users are wanted.
    type: list
    elements: int
    default: []
  certificate:
    description: Certificate whose days are counted. Empty, or not there, for none.
    type: path
  database:
    description: Database to look into, as PostgreSQL's administrator. Empty for none.
    type: str
    default: ""
  busy_minutes:
    description: A transaction that is open for longer than this is reported.
    type: int
    default: 10
  deadlines_query:
    description: SQL that gives a name and a time for each deadline of a tender.
    type: str
    default: ""
  deadlines_file:
    description: File with one deadline per line, time and name parted by a semicolon; C(#) begins a comment.
    type: path
  window_minutes:
    description: Deadlines between now and so many minutes from now are reported.
    type: int
    default: 0
  not_before:
    description: The controller's clock when it asked, in seconds since 1970. 0 for not to compare.
    type: float
    default: 0
attributes:
  check_mode:
    description: Runs the same in check mode, because it only reads.
    support: full
  diff_mode:
    description: There is nothing to show, because nothing changes.
    support: none
"""

EXAMPLES = r"""
- name: Look before an upgrade
  spse_preflight:
    folders: [/home/appserv/spse, /var/backups/spse]
    ports: [9090, 9091]
    certificate: /etc/ssl/spse/server.crt
    database: epns_prod
    window_minutes: 120
    not_before: "{{ now().timestamp() }}"
  register: __state
"""

RETURN = r"""
disk:
  description: Free bytes by folder, and which file system it is on.
  returned: success
  type: dict
  sample:
    /var/backups/spse: {free: 53687091200, device: 2049}
memory_available:
  description: Bytes of memory that a new process may have.
  returned: success
  type: int
  sample: 4294967296
clock:
  description: What the clock was compared with, its offset in seconds, and the host's time when it looked.
  returned: success
  type: dict
  sample: {source: chrony, offset: 0.0002, now: 1795161600.0}
certificate_days:
  description: Days until the certificate ends; none where there is none.
  returned: success
  type: int
  sample: 320
listeners:
  description: Processes that listen, by port.
  returned: success
  type: dict
  sample: {"9090": [{pid: 4242, command: java}]}
database:
  description: Whether it answers, its size, and what stands in the way.
  returned: success
  type: dict
  sample: {error: "", bytes: 1048576, folder: /var/lib/postgresql/15/main, busy: [], prepared: 0, read_only: false}
deadlines:
  description: Deadlines within the window.
  returned: success
  type: list
  elements: dict
  sample: [{name: "10001 Pemasukan Penawaran", at: "2026-11-20T09:00:00+07:00"}]
"""

import json
import os
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_clock
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_clock

ABOUT_DATABASE = """
SELECT json_build_object(
    'bytes', pg_database_size(current_database()),
    'folder', current_setting('data_directory'),
    'read_only', pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool,
    'prepared', (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()),
    'busy', (SELECT coalesce(json_agg(json_build_object(
                 'pid', pid, 'user', usename, 'minutes', (extract(epoch FROM now() - xact_start) / 60)::int)), '[]')
             FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
             AND xact_start < now() - interval '%d minutes'))
"""


class Refused(Exception):  # noqa: N818 - it is the answer, not an error of this program
    """What was given cannot be read; the text says why."""


def disk(folder: Path) -> dict[str, int]:
    """Free bytes where a folder is or will be."""
    while not folder.exists():
        folder = folder.parent
    seen = os.statvfs(folder)
    return {"free": seen.f_bavail * seen.f_frsize, "device": folder.stat().st_dev}


def memory_available() -> int:
    """What the kernel thinks it can give without swapping."""
    match = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def clock(not_before: float) -> dict[str, Any]:
    """The host's clock beside chrony's where that runs, and else beside the controller's."""
    now = time.time()
    try:
        tracking = subprocess.run(["chronyc", "-c", "tracking"], capture_output=True, check=False, text=True)
    except FileNotFoundError:
        tracking = None
    if tracking is not None and tracking.returncode == 0:
        reading = spse_clock.from_chrony(tracking.stdout)
    else:
        # The caller looks at its own clock again when this is back: only then is it known how late it may have been.
        reading = spse_clock.from_bracket(now, not_before or now, now)
    return {"source": reading.source, "offset": reading.offset, "now": now}


def certificate_days(path: Path | None) -> int | None:
    """Days that a certificate still lasts."""
    if path is None or not path.exists():
        return None
    done = subprocess.run(
        ["openssl", "x509", "-noout", "-enddate", "-in", str(path)], capture_output=True, check=False, text=True
    )
    if done.returncode != 0:
        raise Refused(f"Sertifikat {path} tidak dapat dibaca: {done.stderr.strip()}")
    # openssl writes the time as UTC, and says so.
    ends = datetime.strptime(done.stdout.strip().partition("=")[2], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    return (ends - datetime.now(UTC)).days


def listeners(ports: list[int]) -> dict[str, list[dict[str, Any]]]:
    """Who listens on these ports."""
    shown = subprocess.run(["ss", "-Hlntp"], capture_output=True, check=True, text=True).stdout
    found: dict[str, list[dict[str, Any]]] = {str(port): [] for port in ports}
    for line in shown.splitlines():
        port = line.split()[3].rpartition(":")[2]
        if port in found:
            users = re.findall(r'\("([^"]+)",pid=(\d+)', line)
            found[port] += [{"command": command, "pid": int(pid)} for command, pid in users]
    return found


def ask(database: str, query: str) -> str:
    """One query as PostgreSQL's administrator; a refusal is raised with its words."""
    psql = ["psql", "-XqAt", "--set=ON_ERROR_STOP=1", f"--dbname={database}", "--file=-"]
    try:
        done = subprocess.run(
            ["runuser", "-u", "postgres", "--", *psql],
            capture_output=True,
            check=False,
            cwd="/",
            env=os.environ | {"PGCONNECT_TIMEOUT": "10", "PGOPTIONS": "-c statement_timeout=30s"},
            input=query,
            text=True,
        )
    except FileNotFoundError as error:
        raise Refused(f"{error.filename} tidak ada") from error
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    return done.stdout.strip()


def look_into(database: str, busy_minutes: int) -> dict[str, Any]:
    """What a database says of itself; an error is an answer, too."""
    try:
        about: dict[str, Any] = json.loads(ask(database, ABOUT_DATABASE % busy_minutes))
    except Refused as refusal:
        return {"error": str(refusal), "bytes": 0, "folder": "/", "read_only": False, "prepared": 0, "busy": []}
    return about | {"error": ""}


def deadlines(wanted: dict[str, Any], database: str) -> list[dict[str, str]]:
    """What ends within the window, by the database and by the file."""
    until = datetime.now().astimezone() + timedelta(minutes=wanted["window_minutes"])
    found: list[tuple[str, datetime]] = []
    if wanted["deadlines_query"] and database:
        query = (
            "SELECT coalesce(json_agg(json_build_array(name, at)), '[]') FROM "  # noqa: S608 - the query is the operator's
            f"({wanted['deadlines_query'].rstrip().rstrip(';')}) AS deadlines (name, at) WHERE at IS NOT NULL"
        )
        found += [(str(name), datetime.fromisoformat(at)) for name, at in json.loads(ask(database, query))]
    if wanted["deadlines_file"] and Path(wanted["deadlines_file"]).exists():
        found += from_file(Path(wanted["deadlines_file"]))
    now = datetime.now().astimezone()
    near = [(name, at if at.tzinfo else at.astimezone()) for name, at in found]
    return [
        {"name": name, "at": at.isoformat(timespec="minutes")}
        for name, at in sorted(near, key=lambda one: one[1])
        if now <= at <= until
    ]


def from_file(path: Path) -> list[tuple[str, datetime]]:
    """Deadlines as somebody keeps them by hand; one that cannot be read may be the one that counts."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        at, semicolon, name = text.partition(";")
        try:
            moment = datetime.fromisoformat(at.strip())
        except ValueError as error:
            raise Refused(
                f"{path} baris {number}: `{at.strip()}` bukan waktu; tulis seperti 2026-11-20T09:00+07:00; nama tender"
            ) from error
        found.append((name.strip() if semicolon else "tanpa nama", moment))
    return found


def main() -> None:
    """Look, and say what was seen."""
    module = AnsibleModule(
        argument_spec={
            "folders": {"type": "list", "elements": "path", "default": []},
            "ports": {"type": "list", "elements": "int", "default": []},
            "certificate": {"type": "path"},
            "database": {"type": "str", "default": ""},
            "busy_minutes": {"type": "int", "default": 10},
            "deadlines_query": {"type": "str", "default": ""},
            "deadlines_file": {"type": "path"},
            "window_minutes": {"type": "int", "default": 0},
            "not_before": {"type": "float", "default": 0},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    seen_at = clock(wanted["not_before"])
    database = wanted["database"]
    about = look_into(database, wanted["busy_minutes"]) if database else None
    try:
        certificate = Path(wanted["certificate"]) if wanted["certificate"] else None
        module.exit_json(
            changed=False,
            clock=seen_at,
            disk={folder: disk(Path(folder)) for folder in wanted["folders"]},
            memory_available=memory_available(),
            certificate_days=certificate_days(certificate),
            listeners=listeners(wanted["ports"]),
            database=about,
            deadlines=deadlines(wanted, "" if about is None or about["error"] else database),
        )
    except Refused as refusal:
        module.fail_json(msg=f"Keadaan server tidak dapat dipastikan: {refusal}.")


if __name__ == "__main__":
    main()
