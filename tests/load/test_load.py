"""The load on a real host: nobody fails while nothing is done, and a restart the vendor's way is seen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ARTIFACTS
from tests.load.generator import Load
from tests.load.mix import Mix
from tests.load.plot import save
from tests.spse_app import vendor
from tests.spse_app.deployment import Deployment

if TYPE_CHECKING:
    from tests.conftest import Builds
    from tests.hosts.host import Host

RATE = 50
RELOADS = 20


@pytest.fixture(scope="module")
def site(spse_host: Host, builds: Builds) -> Deployment:
    """Build n behind Apache, as the vendor leaves it, and with TLS, which he does not leave."""
    vendor.install(spse_host, builds["n"].file)
    # Where Apache's own TLS site looks for a certificate.
    spse_host.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=spse "
        "-keyout /etc/ssl/private/ssl-cert-snakeoil.key -out /etc/ssl/certs/ssl-cert-snakeoil.pem 2>/dev/null && "
        "a2enmod --quiet ssl && a2ensite --quiet default-ssl && systemctl restart apache2"
    )
    return Deployment(spse_host)


@pytest.fixture
def url(site: Deployment) -> str:
    """Where visitors find it."""
    return f"https://{site.host.address}{site.context}"


def test_nobody_fails_while_nothing_is_done(site: Deployment, url: str, figures: list[str]) -> None:
    with Load(url, rate=RATE) as load:
        time.sleep(10)
    result = load.result
    save(result, ARTIFACTS / "load" / "quiet")
    figures.append(f"load, quiet: {result.in_words()}")
    assert result.causes == {}
    assert result.kinds["success"] == len(result.requests) == pytest.approx(10 * RATE, rel=0.05)
    # Every message that was taken is there, once.
    written = result.statuses[201]
    assert written == pytest.approx(2 * RATE, rel=0.1)
    found = site.messages(load.label)
    assert len(found) == len(set(found)) == written


def test_nobody_fails_while_apache_is_reloaded(site: Deployment, url: str, figures: list[str]) -> None:
    with Load(url, rate=RATE, mix=Mix(writes=0.6)) as load:
        for _ in range(RELOADS):
            site.host.run("systemctl reload apache2")
            time.sleep(0.5)
    result = load.result
    figures.append(f"load, {RELOADS} reloads of Apache: {result.in_words()}   |   {result.retried} made again")
    assert result.causes == {}
    assert result.kinds["success"] == len(result.requests)
    found = site.messages(load.label)
    assert len(found) == len(set(found)) == result.statuses[201]


def test_a_restart_the_vendors_way_is_seen(site: Deployment, url: str, figures: list[str]) -> None:
    with Load(url, rate=RATE) as load:
        time.sleep(3)
        load.mark("spse4 stop")
        site.spse4("stop")
        load.mark("spse4 start")
        site.start()
        load.mark("answers")
        time.sleep(3)
    result = load.result
    save(result, ARTIFACTS / "load" / "restart")
    figures.append(f"load, spse4 stop; start: {result.in_words()}")
    # The vendor's Apache has no page for it.
    assert result.kinds["maintenance"] == 0
    assert result.kinds["failed"] > RATE / 2
    stopped = result.marks[0].at
    assert all(failure.end > stopped for failure in result.failures)
    assert result.longest_gap.start == pytest.approx(stopped, abs=1)
