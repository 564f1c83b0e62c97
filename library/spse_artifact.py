#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: prove that an archive is the publisher's build, and unpack it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_artifact
short_description: Verify the archive of an SPSE build, and unpack it
description:
  - Proves checksum, signature and content of an archive on the host, in this order, before anything is written.
  - Refuses links, devices, paths out of the tree, members twice, and more bytes than the manifest declares,
    even in an archive that is rightly signed.
  - Unpacks beside O(dest) and moves the whole there in one step. What is there already is compared with the archive;
    where a file differs, the whole is set aside as evidence and unpacked anew.
version_added: "0.1.0"
author:
  - spse-ops
options:
  path:
    description: The archive, on the host.
    type: path
    required: true
  signature:
    description: Its detached signature, as C(ssh-keygen -Y sign) makes it. Without, O(path) with C(.sig) behind it.
    type: path
  sha256:
    description: Its checksum, from whoever asked for this build.
    type: str
    required: true
  public_key:
    description: The publisher's public key, pinned, in the form of OpenSSH.
    type: str
    required: true
  identity:
    description: The name that the key stands for, for the message when it is not theirs.
    type: str
    default: rilis@lkpp
  namespace:
    description: What the signature was made for.
    type: str
    default: spse-build
  limit_bytes:
    description: Never unpack more than this, whatever the manifest says.
    type: int
    default: 4294967296
  dest:
    description: Folder of the release. Without it, the archive is verified only.
    type: path
  exempt:
    description: Files of the release that may differ from the archive, because they are the site's.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Verifies the same; does not unpack.
    support: full
  diff_mode:
    description: Shows the release that comes to be.
    support: full
"""

EXAMPLES = r"""
- name: Verify only
  spse_artifact:
    path: /var/cache/spse/spse-4.5.20260202.tar.gz
    sha256: 8d3b0c8f0a7d1c9e2b7b1f5d6a4e3c2b1a0f9e8d7c6b5a4938271605f4e3d2c1
    public_key: "{{ spse_app_publisher_key }}"
  register: __artifact

- name: Verify and unpack
  spse_artifact:
    path: /var/cache/spse/spse-4.5.20260202.tar.gz
    sha256: 8d3b0c8f0a7d1c9e2b7b1f5d6a4e3c2b1a0f9e8d7c6b5a4938271605f4e3d2c1
    public_key: "{{ spse_app_publisher_key }}"
    dest: /home/appserv/releases/4.5.20260202
"""

RETURN = r"""
damaged:
  description: A file of the release that was not as the archive has it, if there was one.
  returned: success
  type: str
  sample: webapp/app.txt
manifest:
  description: What the build says of itself.
  returned: success
  type: dict
  sample:
    build: 4.5.20260202
    previous: [4.5.20260105]
    schema: 4
    migration: compatible
files:
  description: Number of files in the release.
  returned: success
  type: int
  sample: 42
bytes:
  description: Their size.
  returned: success
  type: int
  sample: 1200000
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_archive
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_archive


def main() -> None:
    """Verify, then unpack where there is nothing yet."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "signature": {"type": "path"},
            "sha256": {"type": "str", "required": True},
            "public_key": {"type": "str", "required": True, "no_log": False},
            "identity": {"type": "str", "default": "rilis@lkpp"},
            "namespace": {"type": "str", "default": "spse-build"},
            "limit_bytes": {"type": "int", "default": 4 * 2**30},
            "dest": {"type": "path"},
            "exempt": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    path = Path(wanted["path"])
    signature = Path(wanted["signature"] or f"{path}.sig")
    publisher = spse_archive.Publisher(wanted["identity"], wanted["public_key"], wanted["namespace"])
    release = Path(wanted["dest"]) if wanted["dest"] else None
    try:
        with path.open("rb") as archive:
            spse_archive.check_checksum(archive, wanted["sha256"])
            spse_archive.check_signature(archive, signature, publisher)
            content = spse_archive.check_content(archive, wanted["limit_bytes"])
            damaged = None
            if release is not None and release.exists():
                damaged = spse_archive.damage(archive, release, wanted["exempt"])
            changed = release is not None and (damaged is not None or not release.exists())
            if release is not None and changed and not module.check_mode:
                if damaged is not None:
                    spse_archive.set_aside(release)
                spse_archive.unpack(archive, release)
    except FileNotFoundError:
        module.fail_json(msg=f"Arsip {path} tidak ada di host. Salin dahulu arsip dan tanda tangannya.")
    except spse_archive.RefusedError as refusal:
        module.fail_json(msg=str(refusal))
    listed = f"{release}: build {content.manifest['build']}, {content.files} berkas\n"
    module.exit_json(
        changed=changed,
        damaged=damaged,
        manifest=content.manifest,
        files=content.files,
        bytes=content.bytes,
        diff={"before": "" if changed else listed, "after": listed} if release is not None else {},
    )


if __name__ == "__main__":
    main()
