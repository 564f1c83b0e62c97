#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: take over an SPSE that was put on the host by hand."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_adoption
short_description: Take over an SPSE that was installed by the vendor's habits
description:
  - Finds a tree that lies in O(home) as it was unpacked, and every process that runs out of it.
  - V(stopped) ends these processes. V(adopted) moves the tree to C(releases/) by renames, parts configuration and logs
    from it, puts it in force, and leaves links where people know the old paths.
  - May be cut at any moment; the next run goes on.
version_added: "0.1.0"
author:
  - spse-ops
options:
  home:
    description: Home of the instance.
    type: path
    required: true
  state:
    description: What is to be done. Without, nothing; what was found is returned.
    type: str
    choices: [stopped, adopted]
  build:
    description: The build, where the tree does not say it.
    type: str
    default: ""
  account:
    description: The system's user that will run it. Needed for V(adopted).
    type: str
    default: ""
  spared:
    description: Processes that are not to be ended, by their number.
    type: list
    elements: int
    default: []
  patience:
    description: Seconds to let a process finish what it does.
    type: int
    default: 60
  by:
    description: Who asked for it, for the record.
    type: str
    default: ""
  change:
    description: The change that it belongs to, for the record.
    type: str
    default: ""
attributes:
  check_mode:
    description: Says what it would do.
    support: full
  diff_mode:
    description: Shows what is moved.
    support: full
"""

EXAMPLES = r"""
- name: Look for an installation by hand
  spse_adoption:
    home: /home/appserv/spse
  register: __found

- name: Take it over
  spse_adoption:
    home: /home/appserv/spse
    state: adopted
    account: spse-prod
"""

RETURN = r"""
neglected:
  description: Whether there is, or was before this, an installation that nobody has taken over.
  returned: success
  type: bool
  sample: true
managed:
  description: Whether there is one in the order of releases.
  returned: success
  type: bool
  sample: false
build:
  description: Its build.
  returned: success
  type: str
  sample: 4.5.20260105
entries:
  description: What lies in the home and would be moved.
  returned: success
  type: list
  elements: str
  sample: [framework, manifest.json, spse4, webapp]
processes:
  description: Every process that runs out of the home, before this.
  returned: success
  type: list
  elements: int
  sample: [4242]
killed:
  description: Those that did not end by themselves.
  returned: success
  type: list
  elements: int
  sample: []
"""

import pwd
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_releases, spse_takeover
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_releases, spse_takeover


def main() -> None:
    """Look, and do what was asked for."""
    module = AnsibleModule(
        argument_spec={
            "home": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["stopped", "adopted"]},
            "build": {"type": "str", "default": ""},
            "account": {"type": "str", "default": ""},
            "spared": {"type": "list", "elements": "int", "default": []},
            "patience": {"type": "int", "default": 60},
            "by": {"type": "str", "default": ""},
            "change": {"type": "str", "default": ""},
        },
        required_if=[("state", "adopted", ("account",))],
        supports_check_mode=True,
    )
    wanted = module.params
    home = Path(wanted["home"])
    neglected = spse_takeover.is_neglected(home)
    build = spse_takeover.build_of(home) or wanted["build"] or None
    entries = spse_takeover.entries(home) if neglected else []
    processes = spse_takeover.processes(home)
    killed: list[int] = []
    changed = False
    if wanted["state"] == "stopped":
        condemned = [pid for pid in processes if pid not in wanted["spared"]]
        changed = bool(condemned)
        if changed and not module.check_mode:
            killed = spse_takeover.stop(condemned, wanted["patience"])
    elif wanted["state"] == "adopted":
        changed = neglected
        if neglected and not module.check_mode:
            adopt(module, home, build)
    module.exit_json(
        changed=changed,
        neglected=neglected,
        managed=(home / "current").is_symlink(),
        build=build,
        entries=entries,
        processes=processes,
        killed=killed,
        diff={
            "before": "".join(f"{home}/{name}\n" for name in entries),
            "after": "".join(f"{home}/releases/{build}/{name}\n" for name in entries),
        },
    )


def adopt(module: AnsibleModule, home: Path, build: str | None) -> None:
    """Move it, or say why not."""
    if build is None:
        module.fail_json(
            msg=f"Build di {home} tidak diketahui: manifest.json tidak ada. Sebutkan dengan spse_app_adopted_build."
        )
    if spse_takeover.processes(home):
        module.fail_json(msg=f"SPSE di {home} masih berjalan. Hentikan dahulu; folder yang dipakai tidak dipindahkan.")
    user = pwd.getpwnam(module.params["account"])
    facts = {key: module.params[key] for key in ("by", "change") if module.params[key]}
    facts["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        spse_takeover.take_over(spse_releases.Instance(home), str(build), (user.pw_uid, user.pw_gid), facts)
    except spse_releases.ReleaseError as refusal:
        module.fail_json(msg=str(refusal))


if __name__ == "__main__":
    main()
