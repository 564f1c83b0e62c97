#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: the state of a release."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_release
short_description: Bring a release of SPSE into a state, or say which there are
description:
  - A release goes from C(unpacked) to C(migrated) to C(active); the one that ran before becomes C(retired).
    Any may become C(failed).
  - What runs is what the link C(current) leads to; C(active) puts it there by one rename, so that a power cut leaves
    the old or the new release, and its record true.
  - Refuses every other step, and says which are possible.
version_added: "0.1.0"
author:
  - spse-ops
options:
  home:
    description: Home of the instance, with C(releases/) and C(current).
    type: path
    required: true
  build:
    description: The release. Without, nothing changes and all releases are returned.
    type: str
  state:
    description: The state it shall be in. V(absent) deletes its tree and its record.
    type: str
    choices: [unpacked, migrated, active, failed, absent]
  by:
    description: Who asked for it, for the record.
    type: str
    default: ""
  change:
    description: The change that it belongs to, for the record.
    type: str
    default: ""
  restore_point:
    description: What was backed up before, for the record.
    type: str
    default: ""
  reason:
    description: Why, for the record; of a failure above all.
    type: str
    default: ""
  account:
    description:
      - The system's user that runs it. With it, V(unpacked) puts configuration, logs and temporary files beside the
        release, in C(site/), links to them, and takes the configuration of the running release over.
    type: str
    default: ""
  keep:
    description: How many releases stay beside the running one, for the list of those that may go.
    type: int
    default: 3
attributes:
  check_mode:
    description: Refuses the same; writes nothing.
    support: full
  diff_mode:
    description: Shows the states of all releases before and after.
    support: full
"""

EXAMPLES = r"""
- name: Put a release in force
  spse_release:
    home: /home/appserv/spse
    build: 4.5.20260202
    state: active
    by: operator
    change: CHG-2026-000123

- name: Ask which release a rollback leads to
  spse_release:
    home: /home/appserv/spse
  register: __releases
"""

RETURN = r"""
current:
  description: The release that the link leads to.
  returned: success
  type: str
  sample: 4.5.20260202
previous:
  description: The release that ran before it and did not fail.
  returned: success
  type: str
  sample: 4.5.20260105
releases:
  description: The state of every release.
  returned: success
  type: dict
  sample:
    4.5.20260105: retired
    4.5.20260202: active
prunable:
  description: Releases that may go, the oldest first.
  returned: success
  type: list
  elements: str
  sample: []
"""

import pwd
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_releases
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_releases


def main() -> None:
    """Say what is, and take one step if one was asked for."""
    module = AnsibleModule(
        argument_spec={
            "home": {"type": "path", "required": True},
            "build": {"type": "str"},
            "state": {"type": "str", "choices": ["unpacked", "migrated", "active", "failed", "absent"]},
            "by": {"type": "str", "default": ""},
            "change": {"type": "str", "default": ""},
            "restore_point": {"type": "str", "default": ""},
            "reason": {"type": "str", "default": ""},
            "account": {"type": "str", "default": ""},
            "keep": {"type": "int", "default": 3},
        },
        required_together=[("build", "state")],
        supports_check_mode=True,
    )
    wanted = module.params
    build, state = wanted["build"], wanted["state"]
    instance = spse_releases.Instance(Path(wanted["home"]))
    facts = {key: wanted[key] for key in ("by", "change", "restore_point", "reason") if wanted[key]}
    facts["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        before = instance.releases()
        changed = build is not None and spse_releases.needs_step(before, build, state)
        if state == spse_releases.UNPACKED and wanted["account"] and not module.check_mode:
            changed = settle_in(instance, build, wanted["account"], anew=changed) or changed
        states = spse_releases.predicted(before, build, state) if changed else states_of(before)
        if changed and not module.check_mode:
            spse_releases.take_step(instance, build, state, facts)
            states = states_of(instance.releases())
        after = before if module.check_mode else instance.releases()
    except spse_releases.ReleaseError as refusal:
        module.fail_json(msg=str(refusal))
    module.exit_json(
        changed=changed,
        current=next((name for name, one in states.items() if one == spse_releases.ACTIVE), None),
        previous=spse_releases.previous(after),
        releases=states,
        prunable=spse_releases.prunable(after, wanted["keep"]),
        diff={"before": listed(states_of(before)), "after": listed(states)},
    )


def settle_in(instance: spse_releases.Instance, build: str, account: str, *, anew: bool) -> bool:
    """Give a release the site's configuration, logs and temporary files; whether it had them not."""
    if instance.is_attached(build) and not anew:
        return False
    user = pwd.getpwnam(account)
    owner = (user.pw_uid, user.pw_gid)
    instance.attach(build, owner)
    current = instance.current()
    # What failed once and is tried again begins with what the site has now.
    if current is not None and current != build and instance.site(current).exists():
        instance.inherit(build, current, owner)
    return True


def states_of(releases: dict[str, spse_releases.Release]) -> dict[str, str]:
    """The state of every release."""
    return {release.build: release.state for release in releases.values()}


def listed(states: dict[str, str]) -> str:
    """States as lines, for a diff."""
    return "".join(f"{build}: {state}\n" for build, state in sorted(states.items()))


if __name__ == "__main__":
    main()
