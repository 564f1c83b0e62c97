# SPDX-License-Identifier: Apache-2.0
"""Callback: every run of an operation's playbook becomes a change in the ledger, whoever has started it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: spse_record
type: notification
short_description: Record runs of operations
description:
  - Writes down when the playbook of an operation begins and how it ends, on the machine where ansible-playbook runs,
    into a folder of its own (the spool). From there C(spse-ops ledger deliver) gives it to the ledger, exactly once;
    after a playbook that changes hosts it is called at once.
  - Needs nothing but Python and PyYAML, so that a run is recorded also where the ledger cannot be reached.
  - A run that a worker has begun says by C(SPSE_OPS_CHANGE) and C(SPSE_OPS_RUN) what it is, and is delivered by it.
  - Of the variables only those are written down that the operation asks for by its catalogue entry, never a secret.
    Nothing is recorded in check mode. There it only counts, into the file that C(SPSE_OPS_UNTOLD) names, of how many
    tasks of each host nobody can tell what they would do.
version_added: "0.1.0"
author:
  - spse-ops
"""

import getpass
import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ansible import context
from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME = Path(__file__).resolve().parents[3]
# As chatops/settings.py has it.
OPERATIONS = Path(os.environ.get("SPSE_OPS_CATALOGUE") or HOME / "chatops" / "catalogue" / "operations")
PLAYBOOKS = Path(os.environ.get("SPSE_OPS_PLAYBOOKS") or HOME / "playbooks")
SECRETS = HOME / "library" / "module_utils" / "spse_log_secrets.py"
LONGEST = 300
PATIENCE = 60


def mask(text: str) -> str:
    """A text without the secrets that can be told by their names: a ledger never forgets."""
    found = importlib.util.spec_from_file_location(SECRETS.stem, SECRETS)
    if found is None or found.loader is None:
        return ""
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return str(module.mask(text))[:LONGEST]


def state(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the ledger and its spool are, unless somebody says otherwise; as chatops/settings.py has it."""
    home = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "/root")) / ".local" / "state"
    return Path(environment.get("SPSE_OPS_STATE") or Path(home) / "spse-ops").absolute()


def operation(playbook: Path) -> dict[str, Any] | None:
    """The catalogue entry that a playbook is of; none, if it is no operation's."""
    if playbook.resolve().parent != PLAYBOOKS.resolve():
        return None
    entries = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(OPERATIONS.glob("*.yml")))
    return next((entry for entry in entries if entry["playbook"] == playbook.name), None)


def asked(entry: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, str]:
    """What was given to an operation, by the names of its inputs."""
    names = {each["variable"]: each["name"] for each in entry["inputs"]}
    given = {names[name]: value for name, value in variables.items() if name in names}
    # Whatever is no plain value may hold what it was made of.
    return {name: mask(str(value)) for name, value in given.items() if isinstance(value, str | int | float | bool)}


def person(environment: Mapping[str, str] = os.environ) -> str:
    """Who sits at the keyboard, and where; as chatops/settings.py has it."""
    try:
        name = environment.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        name = f"uid-{os.getuid()}"
    return environment.get("SPSE_OPS_ACTOR") or f"{name}@{socket.gethostname()}"


def write(folder: Path, told: Mapping[str, Any]) -> Path:
    """Put a record on disk: whole, or not at all. Its sum stands below it, so that half of one is known as such."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
    path = folder / f"{time.time_ns():020}-{told['run']}.json"
    partial = path.with_suffix(".partial")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


def now() -> str:
    """The moment, with its zone."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class CallbackModule(CallbackBase):
    """One run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "spse_record"

    def __init__(self) -> None:
        super().__init__()
        self.entry: dict[str, Any] | None = None
        self.partial = False
        self.told: dict[str, Any] = {}
        self.hosts: dict[str, None] = {}
        self.reasons: dict[str, str] = {}
        self.untold: dict[str, int] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:  # noqa: ANN401 - Ansible's own, without types
        """See which operation it is."""
        if not context.CLIARGS.get("check"):
            given = context.CLIARGS
            # Some of its tasks are not the operation: whoever only looks with `--tags` has not done what was asked.
            self.partial = tuple(given.get("tags") or ("all",)) != ("all",) or bool(
                given.get("skip_tags") or given.get("start_at_task")
            )
            self.entry = operation(Path(playbook._file_name))  # noqa: SLF001 - it has no other name

    def v2_playbook_on_play_start(self, play: Any) -> None:  # noqa: ANN401
        """Write down that it has begun, once it is known on which hosts."""
        if self.entry is None:
            return
        manager = play.get_variable_manager()
        variables = manager.get_vars(play=play)
        hosts = variables.get("ansible_play_hosts_all") or []
        self.hosts.update(dict.fromkeys(hosts))
        if self.told or not hosts:
            return
        begun, inputs = now(), asked(self.entry, manager.extra_vars)
        own = [variables["hostvars"].raw_get(host) for host in hosts]
        lpses = sorted({str(each["spse_lpse"]) for each in own if "spse_lpse" in each})
        zones = {str(each["spse_zone"]) for each in own if "spse_zone" in each}
        self.told = {
            "run": os.environ.get("SPSE_OPS_RUN") or uuid.uuid4().hex,
            # The worker goes on from here: verifies, and only then says that the change is done.
            "desk": "SPSE_OPS_RUN" in os.environ,
            "operation": self.entry["name"],
            "service": self.entry["service"],
            "lpse": lpses,
            # Several zones have none in common; the deadline is in the provider's, anyhow.
            "lpse_zone": zones.pop() if len(zones) == 1 else "WIB",
            "hosts": list(hosts),
            "by": person(),
            "began": begun,
            "change": os.environ.get("SPSE_OPS_CHANGE") or inputs.get("change", ""),
            "reason": inputs.get("reason", ""),
            "inputs": inputs,
        }
        self._spool({"kind": "run.started", "at": begun} | self.told)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ANN401, FBT001, FBT002
        """Keep why a host failed; Ansible has taken out what `no_log` hides."""
        if not ignore_errors:
            self._reason(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:  # noqa: ANN401
        """Keep why a host could not be reached."""
        self._reason(result)

    def v2_runner_on_skipped(self, result: Any) -> None:  # noqa: ANN401
        """Count what only check mode has left out; the others were left out because a condition said so."""
        told = result.result
        each = [item for item in told.get("results", [told]) if not {"skip_reason", "false_condition"} & item.keys()]
        if context.CLIARGS.get("check") and each:
            name = result.host.get_name()
            self.untold[name] = self.untold.get(name, 0) + 1

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ANN401
        """Write down how it ended, and have it delivered."""
        if "SPSE_OPS_UNTOLD" in os.environ:
            Path(os.environ["SPSE_OPS_UNTOLD"]).write_text(json.dumps(self.untold), encoding="utf-8")
        if self.entry is None or not self.told:
            return
        results = {}
        for host in sorted(stats.processed):
            summary = stats.summarize(host)
            failed = "failed" if summary["failures"] else "ok"
            results[host] = "unreachable" if summary["unreachable"] else failed
        well = bool(results) and set(results.values()) == {"ok"} and not self.partial
        reasons = {host: reason for host, reason in self.reasons.items() if results.get(host) != "ok"}
        ended = {"kind": "run.finished", "at": now(), "ok": well, "partial": self.partial, "results": results}
        # What only looks need not wait for the ledger: whoever opens it next takes this in.
        ended["reasons"] = reasons
        spooled = self._spool(self.told | ended | {"hosts": list(self.hosts)})
        if spooled and self.entry["changes_hosts"] and not self.told["desk"]:
            self._deliver()

    def _reason(self, result: Any) -> None:  # noqa: ANN401
        told = result.result
        said = told.get("censored") or told.get("msg") or ""
        self.reasons[result.host.get_name()] = mask(str(said))

    def _spool(self, told: Mapping[str, Any]) -> bool:
        folder = state() / "spool"
        try:
            write(folder, told)
        except OSError as error:
            # A full disk here must not keep a server from being mended; but it must not be forgotten, either.
            self._display.warning(
                f"Pelaksanaan ini BELUM TERCATAT: {folder} tidak dapat ditulis ({error}). Kosongkan disk, lalu catat "
                f"sendiri dengan `spse-ops change open`: {json.dumps(told, sort_keys=True)}"
            )
            return False
        return True

    def _deliver(self) -> None:
        command = [sys.executable, "-m", "chatops", "ledger", "deliver"]
        try:
            # A path that began where we are would lead elsewhere from there.
            own = os.environ | {"SPSE_OPS_STATE": str(state())}
            done = subprocess.run(
                command, capture_output=True, check=False, cwd=HOME, env=own, text=True, timeout=PATIENCE
            )
            failure = done.stderr.strip() if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            failure = str(error)
        if failure:
            self._display.warning(
                f"Pelaksanaan ini menunggu dalam antrean {state() / 'spool'}, karena buku catatan belum dapat dicapai: "
                f"{failure} Perintah `spse-ops` berikutnya memasukkannya, atau `spse-ops ledger deliver`."
            )
        else:
            self._display.display(f"Buku catatan: {done.stdout.strip()}")
