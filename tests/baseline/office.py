"""An office's server with SPSE on it and somewhere to keep its restore points, not hardened yet."""

from pathlib import Path

from tests.backup.ground import KEEPER, Ground, ground
from tests.baseline.proving import hardening
from tests.conftest import Builds, HostFactory
from tests.hosts.lab import Lab


def office(folder: Path, lab: Lab, make_hosts: HostFactory, builds: Builds, image: str) -> Ground:
    """Build N runs, with rows and documents in it."""
    keeper = make_hosts(KEEPER, image="backup12", memory="1g")[0]
    host = make_hosts("mamuju", image=image, memory="3g")[0]
    here = ground(folder, lab, host, keeper, builds)
    inventory = here.site.operator.read()
    inventory["spse"]["vars"] |= hardening(folder)
    here.site.operator.write(inventory)
    # As if an authority had signed its certificate: only then browsers heed HSTS (WEB-03).
    host.run("cp /etc/ssl/spse/server.crt /usr/local/share/ca-certificates/uji.crt && update-ca-certificates")
    return here
