#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of an action plugin: refuse variables that nobody reads. The plugin is in library/plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_variables
short_description: Refuse variables that no role knows, and old names of those that were renamed
description:
  - Looks at the names of all variables in scope of the host, wherever they were set. One that begins with C(spse_) or
    with the name of a role must be an option of a role's C(meta/argument_specs.yml).
  - Ansible itself takes a misspelt variable in silence, and the role goes on with its default.
  - Reads names only, never a value. Runs on the controller, without a connection to the host.
version_added: "0.1.0"
author:
  - spse-ops
options:
  also:
    description: Further names that are right, such as those that a playbook asks for itself.
    type: list
    elements: str
    default: []
  renamed:
    description: Old names, each with its new one. Without, those of C(roles/renamed.yml).
    type: dict
attributes:
  check_mode:
    description: Runs the same in check mode, because it only looks.
    support: full
  diff_mode:
    description: There is nothing to show, because nothing changes.
    support: none
"""

EXAMPLES = r"""
- name: Refuse variables that no role knows
  spse_variables:

- name: Refuse them in a playbook with a variable of its own
  spse_variables:
    also:
      - spse_reason
"""

RETURN = r"""
unknown:
  description: Names that no role knows, each with the known one that is nearest, or nothing.
  returned: always
  type: dict
  sample:
    spse_web_redirct: spse_web_redirect
renamed:
  description: Old names that are set, each with its new one.
  returned: always
  type: dict
  sample: {}
"""
