#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: restore points of a host, on the host that keeps them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_backup_point
short_description: Take, list, prove and watch the restore points of a host with SPSE
description:
  - Thin over C(spse-backup), the command that the role C(backup) puts on the host and that its timers run, too.
  - A restore point is rows, documents, releases and configuration of one moment, kept on another host.
version_added: "0.1.0"
author:
  - spse-ops
options:
  state:
    description:
      - V(taken) takes one. With a O(name) that is there already, nothing is done.
      - V(listed) lists all of them.
      - V(proven) brings O(name) back into a cluster that is thrown away again, and fails when it is not what it was.
      - V(healthy) fails when the newest is too old, or the last one that was to be proven was not.
    type: str
    choices: [taken, listed, proven, healthy]
    default: taken
  name:
    description: Its id. Empty for one made from the time when it is taken, and for the newest when it is proven.
    type: str
    default: ""
  kind:
    description: Which physical backup of the database comes before it; C(none) is the quickest.
    type: str
    choices: [auto, full, diff, incr, none]
    default: auto
  reason:
    description: Why it is taken; kept with it.
    type: str
    default: ""
  whole:
    description: Whether all documents and all data are read when it is proven, and not only some of them.
    type: bool
    default: false
attributes:
  check_mode:
    description: Says whether one would be taken; proves nothing; lists and watches all the same.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Take a restore point before something that may go wrong
  spse_backup_point:
    name: sebelum-CHG-1
    reason: CHG-1

- name: Prove the newest one
  spse_backup_point:
    state: proven
"""

RETURN = r"""
point:
  description: The record of what was taken, of how proving it went, or of how they are.
  returned: when one was taken, proven, or watched
  type: dict
  sample:
    id: tp-20261120T010000Z
    seconds: 41.2
points:
  description: Every restore point, the oldest first.
  returned: when they were listed
  type: list
  elements: dict
  sample:
    - id: tp-20261120T010000Z
      at: "2026-11-20T01:00:00+00:00"
"""

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

COMMAND = "/usr/local/sbin/spse-backup"


def words(wanted: dict[str, Any]) -> list[str]:
    """The command for it."""
    match wanted["state"]:
        case "taken":
            name = [f"--name={wanted['name']}"] if wanted["name"] else []
            return [COMMAND, "take", f"--kind={wanted['kind']}", f"--reason={wanted['reason']}", *name]
        case "proven":
            return [COMMAND, "drill", *(["--whole"] if wanted["whole"] else []), "--", wanted["name"] or "latest"]
        case "healthy":
            return [COMMAND, "status"]
    return [COMMAND, "list"]


def main() -> None:
    """Do it, or say whether it would be done."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["taken", "listed", "proven", "healthy"], "default": "taken"},
            "name": {"type": "str", "default": ""},
            "kind": {"type": "str", "choices": ["auto", "full", "diff", "incr", "none"], "default": "auto"},
            "reason": {"type": "str", "default": ""},
            "whole": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    if not Path(COMMAND).exists():
        module.fail_json(msg="Pencadangan di server ini belum disiapkan. Jalankan dahulu playbook backup_server.")
    if wanted["state"] == "listed":
        module.exit_json(changed=False, points=json.loads(ask(module, words(wanted))))
    if wanted["state"] == "proven":
        prove(module)
    if wanted["state"] == "healthy":
        point = json.loads(ask(module, words(wanted)))
        if not point["healthy"]:
            module.fail_json(msg=" ".join(point["wrong"]), point=point)
        module.exit_json(changed=False, point=point)
    known = [point["id"] for point in json.loads(ask(module, [COMMAND, "list"]))] if wanted["name"] else []
    changed = wanted["name"] not in known
    if module.check_mode:
        module.exit_json(changed=changed)
    module.exit_json(changed=changed, point=json.loads(ask(module, words(wanted))))


def prove(module: AnsibleModule) -> None:
    """What is thrown away again is no change."""
    if module.check_mode:
        module.exit_json(changed=False)
    point = json.loads(ask(module, words(module.params)))
    if not point["passed"]:
        module.fail_json(
            msg=f"Uji pemulihan gagal: {'; '.join(point['wrong'])} Jangan andalkan titik pulih itu; ambil yang baru "
            "dengan playbook backup, dan laporkan.",
            point=point,
        )
    module.exit_json(changed=False, point=point)


def ask(module: AnsibleModule, argv: list[str]) -> str:
    """Its answer. One that it had to give with a bad end is an answer, too; without one, what it said is why."""
    # What somebody has written is handed on as it is: `$HOME` is no folder of root's.
    code, answer, said = module.run_command(argv, expand_user_and_vars=False)
    if not answer.strip():
        module.fail_json(msg=f"Perintah `spse-backup {argv[1]}` berakhir dengan {code}: {said.strip()[-600:]}")
    return str(answer)


if __name__ == "__main__":
    main()
