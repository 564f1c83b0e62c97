#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: whether an SPSE instance is well."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_health
short_description: Prove that an SPSE instance is well, or say what ails it
description:
  - Asks the instance on its own port for its front page, its login page and its version, lets it write something, and
    counts the errors in its log.
  - Keeps asking until all is well or O(wait) seconds are over, and fails with every answer that was wrong.
version_added: "0.1.0"
author:
  - spse-ops
options:
  host:
    description: Where the instance answers.
    type: str
    default: 127.0.0.1
  port:
    description: Its port.
    type: int
    required: true
  path:
    description: Its context path.
    type: str
    required: true
  build:
    description: The build that must answer. Empty for any.
    type: str
    default: ""
  login_page:
    description: The page with the login form, below O(path).
    type: str
    default: /login
  version_page:
    description: The page that tells the build, below O(path).
    type: str
    default: /versi
  write_page:
    description: A page below O(path) that takes O(write_form) and answers 201. Empty to write nothing.
    type: str
    default: ""
  write_form:
    description: What is sent there.
    type: dict
    default: {}
  log:
    description: The instance's log. Without, its errors are not counted.
    type: path
  log_from:
    description: Where in the log to begin, in bytes; RV(log_size) of an earlier call.
    type: int
    default: 0
  error_limit:
    description: How many errors in the log are still well.
    type: int
    default: 0
  wait:
    description: Seconds to keep asking.
    type: int
    default: 0
  steady:
    description:
      - Seconds that it must go on being well. One bad answer is asked again; two in a row fail.
    type: int
    default: 0
  pause:
    description: Seconds between two looks while it must go on being well.
    type: int
    default: 5
  timeout:
    description: Seconds to wait for one answer.
    type: int
    default: 10
attributes:
  check_mode:
    description: Asks the same, but lets nothing be written.
    support: partial
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Wait until the new build is well
  spse_health:
    port: 9090
    path: /eproc4
    build: 4.5.20260202
    write_page: /pesan
    write_form:
      nama: spse-ops
      isi: uji tulis
    log: /home/appserv/spse/site/4.5.20260202/logs/application.log
    wait: 120
"""

RETURN = r"""
probes:
  description: What was asked, and what was wrong with the answer; empty if nothing was.
  returned: always
  type: dict
  sample:
    versi: ""
    login: menjawab 500
errors:
  description: The most frequent errors of the log, with their numbers.
  returned: always
  type: list
  elements: list
  sample: [["Galat GET /paket/#", 12]]
log_size:
  description: Size of the log, to begin from at the next call.
  returned: always
  type: int
  sample: 20480
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_probe
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_probe

PAUSE = 0.5


def new_lines(path: Path | None, begin: int) -> tuple[list[str], int]:
    """What was written into a log since then; all of it, where it was rotated meanwhile."""
    if path is None or not path.exists():
        return [], 0
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(begin if begin <= size else 0)
        return file.read().decode(errors="replace").splitlines(), size


def examine(wanted: dict[str, Any], *, may_write: bool) -> dict[str, Any]:
    """Ask everything once."""
    instance = spse_probe.Instance(wanted["host"], wanted["port"], wanted["path"], wanted["timeout"])
    probes = [
        spse_probe.check_version(instance.ask(wanted["version_page"]), wanted["build"]),
        spse_probe.check_page("depan", instance.ask("/")),
        spse_probe.check_page("login", instance.ask(wanted["login_page"]), r"<input[^>]*password"),
    ]
    # Only a well one is written to: whoever waits for a start would leave a row at every try.
    if wanted["write_page"] and may_write and not any(probe.problem for probe in probes):
        probes.append(spse_probe.check_write(instance.ask(wanted["write_page"], wanted["write_form"])))
    lines, size = new_lines(Path(wanted["log"]) if wanted["log"] else None, wanted["log_from"])
    log, errors = spse_probe.check_log(lines, wanted["error_limit"])
    return {"probes": {probe.name: probe.problem for probe in (*probes, log)}, "errors": errors, "log_size": size}


def main() -> None:
    """Ask until all is well, and see that it stays so."""
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "default": "127.0.0.1"},
            "port": {"type": "int", "required": True},
            "path": {"type": "str", "required": True},
            "build": {"type": "str", "default": ""},
            "login_page": {"type": "str", "default": "/login"},
            "version_page": {"type": "str", "default": "/versi"},
            "write_page": {"type": "str", "default": ""},
            "write_form": {"type": "dict", "default": {}},
            "log": {"type": "path"},
            "log_from": {"type": "int", "default": 0},
            "error_limit": {"type": "int", "default": 0},
            "wait": {"type": "int", "default": 0},
            "steady": {"type": "int", "default": 0},
            "pause": {"type": "int", "default": 5},
            "timeout": {"type": "int", "default": 10},
        },
        supports_check_mode=True,
    )
    found = wait_until_well(module)
    steady_until = time.monotonic() + module.params["steady"]
    while time.monotonic() < steady_until:
        time.sleep(module.params["pause"])
        found = examine(module.params, may_write=False)
        if ailments(found):
            # A server under load may miss once.
            time.sleep(PAUSE)
            found = examine(module.params, may_write=False)
            refuse_ailing(module, found)
    module.exit_json(changed=False, **found)


def wait_until_well(module: AnsibleModule) -> dict[str, Any]:
    """Ask until all is well or the time is over."""
    deadline = time.monotonic() + module.params["wait"]
    while True:
        found = examine(module.params, may_write=not module.check_mode)
        if not ailments(found):
            return found
        if time.monotonic() >= deadline:
            refuse_ailing(module, found)
        time.sleep(PAUSE)


def ailments(found: dict[str, Any]) -> list[str]:
    """What is wrong."""
    return [f"{name}: {problem}" for name, problem in found["probes"].items() if problem]


def refuse_ailing(module: AnsibleModule, found: dict[str, Any]) -> None:
    """Fail with everything that is wrong, if anything is."""
    if wrong := ailments(found):
        where = f"{module.params['host']}:{module.params['port']}{module.params['path']}"
        module.fail_json(msg=f"SPSE di {where} tidak sehat — {'; '.join(wrong)}.", **found)


if __name__ == "__main__":
    main()
