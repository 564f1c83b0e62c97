"""Install the stand-in on a test host as neglected hosts have it: by the vendor's habits, as root, from rc.local."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.hosts.host import Host

SCRIPT = Path(__file__).with_name("install-vendor.sh")
ROOTS = {"prod": "/home/appserv/spse", "latihan": "/home/appserv/spselat"}


def install(host: Host, archive: Path, instance: str = "prod") -> None:
    """Install one instance and wait until it answers."""
    for file in (SCRIPT, archive):
        host.put(file, f"/root/{file.name}")
    host.run(f"bash /root/{SCRIPT.name} /root/{archive.name} --instance {instance}", timeout=300)


def is_installed(host: Host, instance: str = "prod") -> bool:
    """Whether the instance is there, in whatever build and state."""
    return host.run(f"test -e {ROOTS[instance]}/manifest.json", check=False).returncode == 0
