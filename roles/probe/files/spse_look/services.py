# SPDX-License-Identifier: Apache-2.0
"""What runs on it: names, ways out, Apache, PostgreSQL, SPSE, and whether its login page is there."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .seen import Seen

if TYPE_CHECKING:
    from library.module_utils import spse_probe

    from .settings import Instance, Settings
else:
    # The role brings the project's own code along.
    import spse_probe

PATIENCE = 4
PRINTABLE = re.compile(r"[\w.+-]{1,40}")


def run(*argv: str, stdin: bytes = b"", patience: float = PATIENCE) -> str:
    """Run a program that only tells; where it fails, what it said is the reason."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=patience)
    except FileNotFoundError as error:
        raise OSError(f"{argv[0]} tidak terpasang") from error
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{argv[0]} tidak selesai dalam {patience:.0f} detik") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise OSError(said[-1] if said else f"{argv[0]} berakhir dengan {done.returncode}")
    return done.stdout.decode(errors="replace")


def names(wanted: tuple[str, ...]) -> Seen:
    """Whether names resolve. Another process, because a resolver that hangs cannot be called back."""
    seen = Seen()
    for name in wanted:
        try:
            run("getent", "ahosts", name)
        except OSError as error:
            seen.answer(f"dns:{name}", str(error))
        else:
            seen.answer(f"dns:{name}", "")
    return seen


def outbound(targets: tuple[str, ...]) -> Seen:
    """Whether other machines can be reached."""
    seen = Seen()
    for target in targets:
        host, _, port = target.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=PATIENCE).close()
        except OSError as error:
            seen.answer(f"outbound:{target}", error.strerror or str(error))
        else:
            seen.answer(f"outbound:{target}", "")
    return seen


def units(wanted: tuple[str, ...] = ("apache2", "postgresql")) -> Seen:
    """What systemd says of them; not there is an answer, too."""
    seen = Seen()
    shown = run("systemctl", "show", "--property=ActiveState", *(f"{unit}.service" for unit in wanted))
    for unit, state in zip(wanted, re.findall(r"^ActiveState=(.*)$", shown, re.MULTILINE), strict=True):
        seen.answer(unit, "" if state == "active" else state)
    return seen


def database() -> Seen:
    """Whether PostgreSQL takes connections: its unit is active before it does, and when it does not any more."""
    seen = Seen()
    try:
        run("pg_isready", "--quiet", f"--timeout={PATIENCE}")
    except OSError as error:
        seen.answer("database", f"tidak menerima sambungan ({error})")
    else:
        seen.answer("database", "")
    return seen


def processes(instances: tuple[Instance, ...], root: Path = Path("/")) -> Seen:
    """How many processes each instance has; two of one are as wrong as none."""
    found = dict.fromkeys((instance.name for instance in instances), 0)
    for folder in (root / "proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
        except OSError:
            # It ended while we were looking.
            continue
        for word in line.split(b"\0"):
            if word.startswith(b"-Dapplication.path="):
                path = os.fsdecode(word.partition(b"=")[2])
                for instance in instances:
                    if path.startswith(f"{instance.home}/"):
                        found[instance.name] += 1
    return Seen(measures={f"process:{name}": count for name, count in found.items()})


def marks(instances: tuple[Instance, ...], state: Path = Path("/var/lib/spse")) -> Seen:
    """Whether somebody has closed an instance on purpose."""
    seen = Seen()
    for instance in instances:
        found = [flag for flag in ("maintenance", "hold", "frozen") if (state / flag / instance.name).exists()]
        if found:
            seen.facts[f"mark:{instance.name}"] = ",".join(found)
    return seen


def login(instance: Instance, settings: Settings) -> Seen:
    """The login page as a visitor gets it: through Apache, with TLS."""
    name = f"login:{instance.name}"
    seen = Seen()
    began = time.monotonic()
    connection = http.client.HTTPSConnection("127.0.0.1", 443, timeout=PATIENCE, context=unproven())
    try:
        connection.request("GET", f"{instance.path}{settings.login_page}", headers={"Host": settings.server_name})
        answer = connection.getresponse()
        body = answer.read(1 << 20).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        seen.answer(name, f"tidak menjawab ({type(error).__name__}: {error})")
        return seen
    finally:
        connection.close()
    seen.answer(name, spse_probe.check_page("login", spse_probe.Answer(answer.status, body)).problem)
    seen.measures[f"login_seconds:{instance.name}"] = time.monotonic() - began
    return seen


def build(instance: Instance, settings: Settings) -> Seen:
    """The build that answers, asked of SPSE itself, without Apache."""
    answer = spse_probe.Instance("127.0.0.1", instance.port, instance.path, PATIENCE).ask(settings.version_page)
    seen = Seen()
    wrong = spse_probe.check_page("versi", answer).problem
    seen.answer(f"answers:{instance.name}", wrong)
    if not wrong:
        try:
            told = str(json.loads(answer.body)["build"])
        except (ValueError, KeyError, TypeError):
            told = ""
        if PRINTABLE.fullmatch(told):
            seen.facts[f"build:{instance.name}"] = told
        else:
            seen.problems[f"build:{instance.name}"] = "jawabannya tidak memuat nomor build"
    return seen


def unproven() -> ssl.SSLContext:
    """TLS with whoever answers here: whose certificate it is, is looked at, and not trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def certificate(server_name: str) -> Seen:
    """Days for which the certificate is still good that visitors are shown."""
    with (
        socket.create_connection(("127.0.0.1", 443), timeout=PATIENCE) as raw,
        unproven().wrap_socket(raw, server_hostname=server_name) as shown,
    ):
        encoded = shown.getpeercert(binary_form=True) or b""
    said = run("openssl", "x509", "-inform", "DER", "-noout", "-enddate", stdin=encoded)
    ends = ssl.cert_time_to_seconds(said.strip().partition("=")[2])
    return Seen(measures={"certificate": (ends - time.time()) / 86400})
