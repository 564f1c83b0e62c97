#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: settings of SPSE's application.conf."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_config
short_description: Read and edit the configuration of an SPSE instance
description:
  - Brings settings of a Play 1.x C(application.conf) in force, and leaves comments, order and every other line alone.
  - Where a line C(%prod.key) overrides C(key), that line is edited, because it is the one in force.
  - Values of secrets are shown in no output and no diff; that one changed is.
version_added: "0.1.0"
author:
  - spse-ops
options:
  path:
    description: The file. Where it is a link, the file that it leads to is edited.
    type: path
    required: true
  settings:
    description: Keys and values that are to be in force.
    type: dict
    default: {}
  secrets:
    description: The same for values that nobody may see.
    type: dict
    default: {}
  added_from:
    description: Another such file. Settings that it has and O(path) has not are added with its values.
    type: path
  framework_id:
    description: The id that Play runs with.
    type: str
    default: prod
extends_documentation_fragment:
  - ansible.builtin.files
attributes:
  check_mode:
    description: Says what would change.
    support: full
  diff_mode:
    description: Shows the file before and after, secrets masked.
    support: full
"""

EXAMPLES = r"""
- name: Set port and database of the training instance
  spse_config:
    path: /home/appserv/spselat/webapp/conf/application.conf
    settings:
      http.port: 9009
      http.path: /eproc4lat
    secrets:
      db.pass: "{{ vault_spse_database_password }}"
    mode: "0640"
"""

RETURN = r"""
changed_keys:
  description: The settings that were not in force, in their order.
  returned: success
  type: list
  elements: str
  sample: [http.port, db.pass]
settings:
  description: All settings in force afterwards, those of secrets masked.
  returned: success
  type: dict
  sample:
    http.port: "9009"
    db.pass: "********"
"""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_configuration
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_configuration


def write(module: AnsibleModule, path: Path, text: str) -> None:
    """Replace the file in one step, so that nobody ever reads half of it."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=module.tmpdir, delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    module.atomic_move(file.name, str(path))


def main() -> None:
    """Read, compare, write where something differs."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "settings": {"type": "dict", "default": {}},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "added_from": {"type": "path"},
            "framework_id": {"type": "str", "default": "prod"},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    path = Path(module.params["path"]).resolve()
    own_id: str = module.params["framework_id"]
    wanted = {key: str(value) for key, value in (module.params["settings"] | module.params["secrets"]).items()}
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        module.fail_json(msg=f"Berkas konfigurasi {path} tidak ada. Pasang dahulu build SPSE.")
    except UnicodeDecodeError as error:
        module.fail_json(msg=f"Berkas konfigurasi {path} bukan teks UTF-8 ({error.reason}, posisi {error.start}).")
    in_force = spse_configuration.parse(before, own_id)
    other = Path(module.params["added_from"] or os.devnull)
    # Where there is none, there is nothing new in it.
    offered = spse_configuration.parse(other.read_text(encoding="utf-8"), own_id) if other.exists() else {}
    wanted = {key: value for key, value in offered.items() if key not in in_force} | wanted
    after = spse_configuration.edit(before, wanted, own_id)
    if after != before and not module.check_mode:
        write(module, path, after)
    module.params["path"] = str(path)
    changed = module.set_fs_attributes_if_different(module.load_file_common_arguments(module.params), after != before)
    module.exit_json(
        changed=changed,
        changed_keys=[key for key, value in wanted.items() if in_force.get(key) != value],
        settings={
            key: spse_configuration.MASK if spse_configuration.SECRET.search(key) else value
            for key, value in spse_configuration.parse(after, own_id).items()
        },
        diff={
            "before": spse_configuration.masked(before),
            "after": spse_configuration.masked(after, compared_with=before),
        },
    )


if __name__ == "__main__":
    main()
