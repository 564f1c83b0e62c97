#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: updates of the operating system on a host with SPSE."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_updates
short_description: Show which updates a host waits for, install them, or finish what was cut
description:
  - Installs exactly the versions that were shown. Removes nothing, keeps configuration files as they are, and leaves
    packages alone that the host's administrator holds.
  - apt works in a unit of its own, so that a connection which breaks does not leave dpkg half done.
version_added: "0.1.0"
author:
  - spse-ops
options:
  state:
    description:
      - V(planned) says what would be installed, in which of two parts.
      - V(installed) installs O(packages).
      - V(finished) finishes what dpkg has begun before a power cut.
      - V(looked) only looks what runs on with old libraries, as each of them does at its end.
    type: str
    choices: [planned, installed, finished, looked]
    default: planned
  lists:
    description:
      - Where V(planned) has the lists of packages from. V(apart) fetches them into a folder that is thrown away,
        V(host) fetches the host's own.
    type: str
    choices: [apart, host]
    default: apart
  scope:
    description: Only security updates of Debian, or all updates.
    type: str
    choices: [security, all]
    default: security
  careful:
    description: Regular expressions of packages that are a part of their own, because they restart what visitors use.
    type: list
    elements: str
    default: []
  packages:
    description: What V(installed) installs, each as C(name=version).
    type: list
    elements: str
    default: []
  log:
    description: File to which apt's own words are added.
    type: path
attributes:
  check_mode:
    description: V(planned) only looks anyway; nothing is fetched into the host's own lists, and nothing is installed.
    support: full
  diff_mode:
    description: There is nothing to show but what V(planned) returns.
    support: none
"""

EXAMPLES = r"""
- name: Ask what waits
  spse_updates:
    careful: ["postgresql", "openjdk"]
  register: __plan

- name: Install it
  spse_updates:
    state: installed
    packages: "{{ __plan.now.packages }}"
    log: /var/log/spse-patch.log
"""

RETURN = r"""
now:
  description: What can be installed without restarting what visitors use; C(packages) is for O(packages).
  returned: when planned
  type: dict
  sample:
    packages: [libssl3=3.0.17-1]
    changes:
      - {name: libssl3, old: 3.0.15-1, new: 3.0.17-1, security: true, old_available: true, source: openssl}
later:
  description: The part with the packages of O(careful), and with what cannot be installed without them.
  returned: when planned
  type: dict
  sample: {packages: [], changes: []}
held:
  description: What the host's administrator holds, or has pinned, although there is something newer.
  returned: when planned
  type: list
  elements: dict
  sample:
    - {name: tzdata, old: 2025a-0, new: 2025b-0}
blocked:
  description: What apt cannot install without removing something, and why.
  returned: when planned
  type: list
  elements: dict
  sample: []
half_done:
  description: Packages that dpkg has not finished.
  returned: success
  type: list
  elements: str
  sample: []
running:
  description:
    - Services that run on with what was replaced below them, whether another kernel waits for a boot, whether a package
      asks for one, and the hour by the host's clock. Services are C(known) only where needrestart is installed.
  returned: success
  type: dict
  sample: {known: true, services: [cron.service], kernel: false, asks_for_boot: false, hour: 21}
kernel:
  description: Whether a kernel is among the updates.
  returned: when planned
  type: bool
busy:
  description: Who else works on the packages; empty for nobody.
  returned: when planned
  type: str
disk:
  description: Free and needed bytes, by folder.
  returned: when planned
  type: dict
  sample:
    /usr: {free: 53687091200, needed: 1048576}
"""

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

try:
    import apt
    import apt_pkg
except ImportError:
    # Where the controller reads this file.
    apt = apt_pkg = None

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from library.module_utils import spse_dpkg, spse_packages
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_dpkg, spse_packages

LISTS = Path("/var/lib/apt/lists")
DEBS = Path("/var/cache/apt/archives")
KERNEL = re.compile(r"linux-image-")
# Lists in a folder apart: nothing of the host is written, and no hook of anybody runs.
APART = """
Dir::State::lists "{folder}/lists/";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Debug::NoLocking "true";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def main() -> None:
    """Look, or do it."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["planned", "installed", "finished", "looked"], "default": "planned"},
            "lists": {"type": "str", "choices": ["apart", "host"], "default": "apart"},
            "scope": {"type": "str", "choices": ["security", "all"], "default": "security"},
            "careful": {"type": "list", "elements": "str", "default": []},
            "packages": {"type": "list", "elements": "str", "default": []},
            "log": {"type": "path"},
        },
        required_if=[("state", "installed", ("log",)), ("state", "finished", ("log",))],
        supports_check_mode=True,
    )
    wanted = module.params
    if apt is None:
        module.fail_json(msg="Python di server ini tidak mengenal apt. Pasang python3-apt, lalu ulangi.")
    found: dict[str, Any] = {}
    changed = False
    try:
        if wanted["state"] == "planned":
            found = {"busy": spse_dpkg.busy()} | plan(wanted, apart=wanted["lists"] == "apart" or module.check_mode)
        elif wanted["state"] != "looked":
            finishes = wanted["state"] == "finished"
            changed = bool(spse_dpkg.half_done() if finishes else wanted["packages"])
            log = Path(wanted["log"])
            if changed and not module.check_mode:
                spse_dpkg.finish(log) if finishes else spse_dpkg.install(wanted["packages"], log)
        module.exit_json(changed=changed, half_done=spse_dpkg.half_done(), running=spse_dpkg.running(), **found)
    except spse_packages.PackagesError as refusal:
        module.fail_json(msg=str(refusal), half_done=spse_dpkg.half_done())


def plan(wanted: dict[str, Any], *, apart: bool) -> dict[str, Any]:
    """What waits, in its two parts, as apt itself would do it."""
    with fetched(apart=apart) as options:
        cache = apt.Cache(None)
        waiting, held = look(cache, wanted["scope"])
        disturbs = re.compile("|".join(f"(?:{each})" for each in wanted["careful"]) or "(?!)").match
        try_out = partial(simulate, options)
        now = spse_packages.choose(
            [each for each in waiting if not disturbs(each.name)], try_out, without=lambda name: bool(disturbs(name))
        )
        rest = [each for each in waiting if each not in now.updates]
        later = spse_packages.choose(rest, try_out, behind=now.updates)
        security = {each.name for each in waiting if is_security(cache[each.name].versions[each.new])}
        first = [told(cache, name, security, *how) for name, how in now.simulation.installs.items()]
        second = [
            told(cache, name, security, *how)
            for name, how in later.simulation.installs.items()
            if name not in now.simulation.installs
        ]
        return {
            "now": {"packages": [each.wanted for each in now.updates], "changes": first},
            "later": {"packages": [each.wanted for each in later.updates], "changes": second},
            "held": held,
            "blocked": spse_packages.told(later.refused),
            "kernel": any(KERNEL.match(each["name"]) for each in [*first, *second]),
            "disk": disk([*first, *second]),
        }


@contextmanager
def fetched(*, apart: bool) -> Iterator[list[str]]:
    """Fresh lists of packages, and the options with which apt-get reads them."""
    with tempfile.TemporaryDirectory(prefix="spse-updates-", dir="/var/tmp") as folder:
        options = []
        if apart:
            # Whom apt fetches as has to get in.
            Path(folder).chmod(0o755)
            # What is there already is asked for only if it has changed.
            shutil.copytree(LISTS, f"{folder}/lists", ignore=shutil.ignore_patterns("partial", "lock"))
            Path(folder, "lists/partial").mkdir()
            settings = Path(folder, "apt.conf")
            settings.write_text(APART.format(folder=folder))
            options = [f"--config-file={settings}"]
        done = spse_dpkg.run(["apt-get", *options, "--quiet", "--error-on=any", "update"])
        if done.returncode != 0:
            raise spse_packages.PackagesError(
                f"Daftar paket tidak dapat diambil: {spse_dpkg.errors(done.stdout)}. Periksa jaringan, DNS, proksi, "
                "dan /etc/apt/sources.list.d di server itu; sumber yang sudah mati dihapus."
            )
        for option in options:
            apt_pkg.read_config_file(apt_pkg.config, option.partition("=")[2])
        yield options


def look(cache: Any, scope: str) -> tuple[list[spse_packages.Update], list[dict[str, str]]]:  # noqa: ANN401 - it has no types
    """What is newer than what is installed; and what of it somebody holds, by hold or by pin."""
    holds = set(spse_dpkg.run(["apt-mark", "showhold"]).stdout.split())
    waiting: list[spse_packages.Update] = []
    held: list[dict[str, str]] = []
    for package in cache:
        if package.installed is None:
            continue
        newer = [version for version in package.versions if version > package.installed]
        if scope == "security":
            newer = [version for version in newer if is_security(version)]
        free = [version for version in newer if package.candidate is not None and version <= package.candidate]
        if not newer:
            continue
        best = max(free or newer)
        if package.name in holds or not free:
            held.append({"name": package.name, "old": package.installed.version, "new": best.version})
        else:
            waiting.append(spse_packages.Update(package.name, best.version, best.source_name))
    return waiting, held


def is_security(version: Any) -> bool:  # noqa: ANN401 - it has no types
    """Whether it is a security update of the Debian that runs here, as unattended-upgrades sees it."""
    release = re.search(r"^VERSION_CODENAME=(\S+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    codename = release[1] if release else ""
    return any(
        origin.origin == "Debian"
        and origin.label == "Debian-Security"
        and origin.codename in {codename, f"{codename}-security"}
        for origin in version.origins
    )


def simulate(options: list[str], updates: Iterable[spse_packages.Update]) -> spse_packages.Simulation:
    """Ask apt-get what it would do."""
    wanted = [each.wanted for each in updates]
    if not wanted:
        return spse_packages.Simulation("")
    reads = ["-oDebug::NoLocking=true", "-oDir::Cache::pkgcache=", "-oDir::Cache::srcpkgcache="]
    done = spse_dpkg.run(["apt-get", *options, *reads, *spse_dpkg.OPTIONS, "--simulate", "install", *wanted])
    return spse_packages.read(done.stdout, done.returncode)


def told(cache: Any, name: str, security: set[str], old: str, new: str) -> dict[str, Any]:  # noqa: ANN401
    """One change, and whether there is a way back from it."""
    known = {version.version: version for version in cache[name].versions}
    wanted = known[new]
    return {
        "name": name,
        "old": old,
        "new": new,
        "security": name in security,
        "source": wanted.source_name,
        # dpkg's own list of what is installed cannot be installed from.
        "old_available": old in known and bool(known[old].downloadable),
        "download": wanted.size,
        "growth": wanted.installed_size - (known[old].installed_size if old in known else 0),
    }


def disk(changes: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """What the packages need where they are fetched to, and where they are unpacked."""
    # A package is unpacked beside what it takes the place of, and that goes afterwards.
    needed = {
        DEBS: sum(each["download"] for each in changes),
        Path("/usr"): sum(max(each["growth"], 0) + each["download"] for each in changes),
    }
    seen = {folder: os.statvfs(folder) for folder in needed}
    return {str(path): {"free": seen[path].f_bavail * seen[path].f_frsize, "needed": needed[path]} for path in needed}


if __name__ == "__main__":
    main()
