"""What a visitor meets: the instance, the way to TLS, the maintenance page of one instance and not of the other."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from testinfra.host import Host

MAINTENANCE = "/var/lib/spse/maintenance/prod"
FROZEN = "/var/lib/spse/frozen/prod"
ROUTE = "/run/spse-prod-candidate/route"
NOTICE = "/var/www/spse/pembekuan-prod.html"

# Run on the host, which has no curl and needs none.
FETCH = """
import http.client, json, ssl, sys
kind, path = sys.argv[1:]
if kind == "https":
    connection = http.client.HTTPSConnection("127.0.0.1", context=ssl._create_unverified_context())
else:
    connection = http.client.HTTPConnection("127.0.0.1")
connection.request("GET", path, headers={"Host": "spse.uji.example"})
answer = connection.getresponse()
print(json.dumps([answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()]))
"""


def get(host: Host, kind: str, path: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer."""
    status, headers, body = json.loads(host.check_output(f"python3 -c {shlex.quote(FETCH)} {kind} {path}"))
    return status, headers, body


@contextmanager
def file(host: Host, path: str, text: str = "") -> Iterator[None]:
    """A file that is there for a while."""
    with host.sudo():
        host.check_output("mkdir -p $(dirname %s) && echo %s > %s", path, text, path)
    yield
    with host.sudo():
        host.check_output("rm %s", path)


def test_an_instance_answers_over_tls(host: Host) -> None:
    status, headers, body = get(host, "https", "/eproc4/")
    assert (status, body) == (200, "halo dari balik Apache, port 9090")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["server"] != "Apache/2"


def test_http_leads_to_https(host: Host) -> None:
    status, headers, _ = get(host, "http", "/eproc4/x?y=z")
    assert (status, headers["location"]) == (301, "https://spse.uji.example/eproc4/x?y=z")


def test_what_is_nobodys_is_not_found(host: Host) -> None:
    assert get(host, "https", "/eproc4x/")[0] == 404
    assert get(host, "https", "/eproc4/../../../etc/passwd")[0] in {400, 404}


def test_an_instance_that_is_down_shows_the_page_and_when_to_come_back(host: Host) -> None:
    status, headers, body = get(host, "https", "/eproc4lat/")
    assert status == 503
    assert headers["retry-after"] == "300"
    assert headers["cache-control"] == "no-store"
    assert "Layanan sedang dalam pemeliharaan" in body


def test_maintenance_closes_one_instance_at_once_and_opens_it_again(host: Host) -> None:
    with file(host, MAINTENANCE):
        for path in ("/eproc4", "/eproc4/", "/eproc4/login?x=y"):
            status, headers, body = get(host, "https", path)
            assert (status, headers["retry-after"]) == (503, "300"), path
            assert "Layanan sedang dalam pemeliharaan" in body
    assert get(host, "https", "/eproc4/")[0] == 200


def test_a_process_that_stands_in_gets_the_requests_at_once(host: Host) -> None:
    with file(host, ROUTE):
        for path in ("/eproc4/", "/eproc4/index.html?x=y", "/eproc4/a%20b%25c/"):
            assert get(host, "https", path)[::2] == (200, "halo dari balik Apache, port 9091"), path
    assert get(host, "https", "/eproc4/a%20b%25c/")[::2] == (200, "halo dari balik Apache, port 9090")


def test_a_frozen_instance_shows_the_notice_whatever_else_holds(host: Host) -> None:
    with file(host, NOTICE, "dibekukan"), file(host, FROZEN), file(host, MAINTENANCE), file(host, ROUTE):
        for path in ("/eproc4", "/eproc4/", "/eproc4/login"):
            status, headers, body = get(host, "https", path)
            assert (status, body) == (403, "dibekukan\n")
            # Nobody shall come back in five minutes to see whether it is over.
            assert "retry-after" not in headers
    assert get(host, "https", "/eproc4/")[0] == 200


def test_what_somebody_once_wrote_is_no_longer_in_force_and_not_lost(host: Host) -> None:
    assert not host.file("/etc/apache2/conf-enabled/spse-lama.conf").exists
    assert host.file("/etc/apache2/conf-available/spse-lama.conf").exists
    # Nobody else's.
    assert host.file("/etc/apache2/conf-enabled/other-vhosts-access-log.conf").exists


def test_old_tls_is_refused(host: Host) -> None:
    for version, welcome in (("tls1_1", False), ("tls1_2", True), ("tls1_3", True)):
        hello = host.run(f"openssl s_client -connect 127.0.0.1:443 -{version} -brief </dev/null")
        assert (hello.rc == 0) is welcome, version


def test_the_key_is_roots_alone(host: Host) -> None:
    key = host.file("/etc/ssl/spse/server.key")
    assert (key.user, key.mode) == ("root", 0o600)
