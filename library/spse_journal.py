#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: the journal of changes of an SPSE instance."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_journal
short_description: Write down how far a change of an SPSE instance has come, or read it
description:
  - A change that was cut by a power failure or a lost connection is finished or undone by what stands in the journal.
  - Refuses to begin a change while another one is unfinished. The same one again goes on where it was.
version_added: "0.1.0"
author:
  - spse-ops
options:
  path:
    description: The journal of the instance. Its folder must be there.
    type: path
    required: true
  event:
    description: What to write. Without, nothing is written and the journal is returned.
    type: str
    choices: [begin, step, end]
  verb:
    description: What is begun, such as C(upgrade).
    type: str
    default: ""
  target:
    description: The build that it leads to.
    type: str
    default: ""
  change:
    description: Id of the change.
    type: str
    default: ""
  step:
    description: The step that was done.
    type: str
    default: ""
  outcome:
    description: How it ended.
    type: str
    choices: [succeeded, undone, failed]
  facts:
    description: What else there is to say of the event. Never a secret.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Refuses the same; writes nothing.
    support: full
  diff_mode:
    description: There is nothing to show but the line that is added.
    support: none
"""

EXAMPLES = r"""
- name: Begin an upgrade, or go on with it
  spse_journal:
    path: /var/lib/spse/journal/prod.jsonl
    event: begin
    verb: upgrade
    target: 4.5.20260202
    change: CHG-2026-000123
    facts:
      from: 4.5.20260105

- name: Write down that a step is done
  spse_journal:
    path: /var/lib/spse/journal/prod.jsonl
    event: step
    step: restore_point

- name: Ask what is unfinished
  spse_journal:
    path: /var/lib/spse/journal/prod.jsonl
  register: __journal
"""

RETURN = r"""
unfinished:
  description: The change that was begun and not ended, with the steps that are done; none if there is none.
  returned: success
  type: dict
  sample:
    verb: upgrade
    change: CHG-2026-000123
    from: 4.5.20260105
    to: 4.5.20260202
    steps:
      restore_point: {}
last:
  description: The change that was written last, ended or not.
  returned: success
  type: dict
changes:
  description: Every change, in their order.
  returned: success
  type: list
  elements: dict
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_changes
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_changes


def next_event(wanted: dict[str, Any], changes: list[spse_changes.Change]) -> dict[str, Any] | None:
    """The event to write; none if it is written already."""
    unfinished = spse_changes.unfinished(changes)
    facts = dict(wanted["facts"])
    if wanted["event"] == spse_changes.BEGIN:
        spse_changes.refuse_other(unfinished, wanted["verb"], wanted["target"])
        if unfinished is not None:
            return None
        named = {key: wanted[key] for key in ("verb", "change")}
        return facts | named | {"event": spse_changes.BEGIN, "to": wanted["target"]}
    if unfinished is None:
        if wanted["event"] == spse_changes.END:
            return None
        raise spse_changes.JournalError(
            f"Langkah {wanted['step']} tidak termasuk perubahan apa pun yang sedang berjalan."
        )
    if wanted["event"] == spse_changes.STEP:
        done = unfinished.steps.get(wanted["step"])
        if done is not None and facts.items() <= done.items():
            return None
        return facts | {"event": spse_changes.STEP, "step": wanted["step"]}
    return facts | {"event": spse_changes.END, "outcome": wanted["outcome"]}


def main() -> None:
    """Read, and add a line if one was asked for."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "event": {"type": "str", "choices": ["begin", "step", "end"]},
            "verb": {"type": "str", "default": ""},
            "target": {"type": "str", "default": ""},
            "change": {"type": "str", "default": ""},
            "step": {"type": "str", "default": ""},
            "outcome": {"type": "str", "choices": ["succeeded", "undone", "failed"]},
            "facts": {"type": "dict", "default": {}},
        },
        required_if=[
            ("event", "begin", ("verb", "change")),
            ("event", "step", ("step",)),
            ("event", "end", ("outcome",)),
        ],
        supports_check_mode=True,
    )
    path = Path(module.params["path"])
    changed = False
    try:
        changes = spse_changes.read(path)
        if module.params["event"]:
            event = next_event(module.params, changes)
            changed = event is not None
            if event is not None and not module.check_mode:
                spse_changes.add(path, event | {"at": datetime.now(UTC).isoformat(timespec="seconds")})
                changes = spse_changes.read(path)
    except spse_changes.JournalError as refusal:
        module.fail_json(msg=str(refusal))
    unfinished = spse_changes.unfinished(changes)
    module.exit_json(
        changed=changed,
        unfinished=unfinished.told() if unfinished else None,
        last=changes[-1].told() if changes else None,
        changes=[change.told() for change in changes],
    )


if __name__ == "__main__":
    main()
