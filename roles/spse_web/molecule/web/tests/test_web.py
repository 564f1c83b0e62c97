"""What a visitor meets: the instance, the way to TLS, the maintenance page of one instance and not of the other."""

import json
import shlex
from collections.abc import Iterator

import pytest
from testinfra.host import Host

FLAG = "/var/lib/spse/maintenance/prod"

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


@pytest.fixture
def maintenance(host: Host) -> Iterator[None]:
    """The production instance in maintenance."""
    with host.sudo():
        host.check_output(f"touch {FLAG}")
    yield
    with host.sudo():
        host.check_output(f"rm {FLAG}")


def test_an_instance_answers_over_tls(host: Host) -> None:
    status, headers, body = get(host, "https", "/eproc4/")
    assert (status, body) == (200, "halo dari balik Apache")
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


@pytest.mark.usefixtures("maintenance")
def test_maintenance_closes_one_instance_at_once(host: Host) -> None:
    for path in ("/eproc4", "/eproc4/", "/eproc4/login?x=y"):
        status, headers, body = get(host, "https", path)
        assert (status, headers["retry-after"]) == (503, "300"), path
        assert "Layanan sedang dalam pemeliharaan" in body


def test_after_maintenance_it_is_open_again(host: Host) -> None:
    assert get(host, "https", "/eproc4/")[0] == 200


def test_old_tls_is_refused(host: Host) -> None:
    for version, welcome in (("tls1_1", False), ("tls1_2", True), ("tls1_3", True)):
        hello = host.run(f"openssl s_client -connect 127.0.0.1:443 -{version} -brief </dev/null")
        assert (hello.rc == 0) is welcome, version


def test_the_key_is_roots_alone(host: Host) -> None:
    key = host.file("/etc/ssl/spse/server.key")
    assert (key.user, key.mode) == ("root", 0o600)
