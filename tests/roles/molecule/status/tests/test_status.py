"""The playbook only reads: the host is as it was."""

from testinfra.host import Host


def test_it_installed_nothing(host: Host) -> None:
    assert not host.package("apache2").is_installed
    assert not host.file("/home/appserv").exists


def test_its_services_are_untouched(host: Host) -> None:
    assert host.service("ssh").is_running
    assert host.run("systemctl is-system-running").stdout == "running\n"
