"""On either Debian, sshd asks our program, and the host knows what was revoked."""

import json

from testinfra.host import Host


def test_sshd_asks_who_may_come_in(host: Host) -> None:
    with host.sudo():
        said = host.check_output("/usr/sbin/sshd -T -C user=lkpp-operator,host=-,addr=203.0.113.7")
    assert "authorizedprincipalscommand /usr/local/sbin/spse-access principals %u" in said
    assert "denyusers" not in said


def test_from_elsewhere_nobody_comes_in(host: Host) -> None:
    with host.sudo():
        said = host.check_output("/usr/sbin/sshd -T -C user=lkpp-operator,host=-,addr=192.0.2.1")
    assert "denyusers *" in said


def test_the_host_knows_what_was_revoked(host: Host) -> None:
    with host.sudo():
        told = json.loads(host.check_output("/usr/local/sbin/spse-access status"))
    assert told["shut"] == ""
