"""An image of a test host as it stands: where many alike are wanted, one is set up and the others are its copies."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.hosts.host import Host
from tests.hosts.image import IMAGES, Image
from tests.hosts.podman import podman

# At a boot without these, lab-init and systemd make what must differ from host to host: keys, name, machine id.
HIDE = "cp /etc/machine-id /root/machine-id && : > /etc/machine-id && mv /var/lib/lab-booted /root/lab-booted && sync"
SHOW = "mv /root/machine-id /etc/machine-id && mv /root/lab-booted /var/lib/lab-booted"


@dataclass(frozen=True)
class Clone(Image):
    """An image that has no recipe, but a host that it was taken of."""

    @property
    def reference(self) -> str:
        """Its name alone: nothing says of what it consists."""
        return f"localhost/spse-lab-clone/{self.name}"


@contextmanager
def cloned(host: Host, name: str, services: Sequence[str]) -> Iterator[str]:
    """The name of an image of this host, for `Lab.up`. The services rest meanwhile; the host itself stays."""
    clone = Clone(name, "", (), f"a copy of {host.name}")
    names = shlex.join(services)
    host.run(f"systemctl stop {names} && {HIDE}")
    try:
        podman("commit", "--quiet", host.container, clone.reference)
    finally:
        host.run(f"{SHOW} && systemctl start {names}")
    IMAGES[name] = clone
    try:
        yield name
    finally:
        del IMAGES[name]
        # Refused while a host still stands on it.
        podman("rmi", "--ignore", clone.reference, check=False)
