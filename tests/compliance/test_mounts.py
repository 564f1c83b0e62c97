"""Mounts: what may be done in folders that everybody writes, now and after the next boot."""

import json

from chatops.controls import Control
from tests.compliance.proof import Subject, does_not_apply, proves

NEXT_BOOT = "saat boot"
SEEN = ("--json", "--list", "--output", "TARGET,OPTIONS")


@proves("MNT-01", "MNT-02", "MNT-03", "MNT-04", "MNT-05")
def test_options_are_set(subject: Subject, control: Control) -> None:
    now = _options(subject.ask("findmnt", "--kernel", *SEEN))
    # It ends with 1 where nothing is written down.
    later = _options(subject.ask("findmnt", "--fstab", *SEEN, fine=(0, 1)))
    wanted = {path: set(options.split(",")) for path, options in control.settings.items()}
    lost = []
    for path in wanted.keys() & now.keys():
        subject.note(f"{path}: {','.join(sorted(now[path]))}")
        lost += [f"{path} tanpa {option}" for option in sorted(wanted[path] - now[path])]
        if path in later:
            lost += [f"{path} tanpa {option} ({NEXT_BOOT})" for option in sorted(wanted[path] - later[path])]
    subject.expect_none("sistem berkas yang terlalu longgar", sorted(lost))
    if not wanted.keys() & now.keys():
        does_not_apply(f"bukan sistem berkas tersendiri: {', '.join(wanted)}")


def _options(said: str) -> dict[str, set[str]]:
    """Of every mount point; of several upon each other the last one counts."""
    if not said.strip():
        return {}
    return {one["target"]: set(one["options"].split(",")) for one in json.loads(said)["filesystems"]}
