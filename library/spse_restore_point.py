#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: the database as it was, to go back to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_restore_point
short_description: Dump a database, make a copy of the dump, or put it back
description:
  - A restore point has its name only when its dump is whole and readable.
  - Putting it back makes a second database and exchanges the names in one transaction, so that a power cut leaves the
    one or the other, never half of one. The database that was there is deleted after that, or kept as O(keep).
  - Runs as the system's user C(postgres). Two runs for one instance wait for each other.
version_added: "0.1.0"
author:
  - spse-ops
options:
  path:
    description: Folder of the restore point. The folder above it must be there, and be C(postgres)'s.
    type: path
    required: true
  database:
    description: The database.
    type: str
    required: true
  copy:
    description: The database to make of the dump, for V(copied) and V(forgotten).
    type: str
    default: ""
  keep:
    description: The name under which V(restored) keeps what was there, and from which V(returned) puts it back.
    type: str
    default: ""
  state:
    description:
      - V(present) dumps, V(copied) makes the database O(copy) of the dump, V(forgotten) deletes that, V(restored) puts
        the dump in the place of O(database), V(returned) puts back what was kept, V(absent) deletes the dump.
    type: str
    choices: [present, copied, forgotten, restored, returned, absent]
    default: present
attributes:
  check_mode:
    description: Says whether there would be anything to do.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Dump before an upgrade
  spse_restore_point:
    path: /var/backups/spse/prod/20261120T080000Z-CHG-2026-000123
    database: epns_prod
  become: true
  become_user: postgres

- name: Put it back
  spse_restore_point:
    path: /var/backups/spse/prod/20261120T080000Z-CHG-2026-000123
    database: epns_prod
    state: restored
  become: true
  become_user: postgres
"""

RETURN = r"""
about:
  description: What the restore point is; none where there is none.
  returned: success
  type: dict
  sample:
    database: epns_prod
    at: "2026-11-20T08:00:00+00:00"
    bytes: 1048576
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_postgres
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_postgres


def needed(wanted: dict[str, Any], point: spse_postgres.RestorePoint) -> bool:
    """Whether there is anything to do."""
    state = wanted["state"]
    if state in {"copied", "restored"} and point.about is None:
        raise spse_postgres.DatabaseError(f"Titik pulih {point.path} tidak ada atau belum selesai dibuat.")
    match state:
        case "present":
            return point.about is None
        case "absent":
            return point.path.exists()
        case "forgotten":
            return spse_postgres.exists(wanted["copy"])
        case "returned":
            return spse_postgres.exists(wanted["keep"])
    # Always done: nobody knows what has happened to the last one since.
    return True


def act(wanted: dict[str, Any], point: spse_postgres.RestorePoint) -> None:
    """Do it."""
    match wanted["state"]:
        case "present":
            spse_postgres.take(point, wanted["database"])
        case "copied":
            spse_postgres.copy(point, wanted["copy"], wanted["database"])
        case "forgotten":
            spse_postgres.drop(wanted["copy"])
        case "restored":
            spse_postgres.restore(point, wanted["database"], wanted["keep"])
        case "returned":
            spse_postgres.give_back(wanted["database"], wanted["keep"])
        case "absent":
            shutil.rmtree(point.path)


def main() -> None:
    """Look, and do what is needed."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "database": {"type": "str", "required": True},
            "copy": {"type": "str", "default": ""},
            "keep": {"type": "str", "default": ""},
            "state": {
                "type": "str",
                "choices": ["present", "copied", "forgotten", "restored", "returned", "absent"],
                "default": "present",
            },
        },
        required_if=[
            ("state", "copied", ("copy",)),
            ("state", "forgotten", ("copy",)),
            ("state", "returned", ("keep",)),
        ],
        supports_check_mode=True,
    )
    point = spse_postgres.RestorePoint(Path(module.params["path"]))
    try:
        with spse_postgres.locked(point.path.parent):
            changed = needed(module.params, point)
            if changed and not module.check_mode:
                act(module.params, point)
    except spse_postgres.DatabaseError as error:
        module.fail_json(msg=str(error))
    except FileNotFoundError as error:
        module.fail_json(msg=f"{error.filename} tidak ada. Jalankan dahulu playbook install.")
    module.exit_json(changed=changed, about=point.about)


if __name__ == "__main__":
    main()
