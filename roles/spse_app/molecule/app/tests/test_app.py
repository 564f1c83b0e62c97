"""Two instances on a host, each by itself: unit, user, port, path, documents, database; both on the next build."""

import json

import pytest
from testinfra.host import Host

INSTANCES = {"prod": ("/home/appserv/spse", 9090, "/eproc4"), "latihan": ("/home/appserv/spselat", 9009, "/eproc4lat")}

every_instance = pytest.mark.parametrize("name", INSTANCES)


def fetch(host: Host, url: str) -> str:
    """What a visitor gets."""
    script = (
        "import ssl, sys, urllib.request as r; "
        "print(r.urlopen(sys.argv[1], context=ssl._create_unverified_context()).read().decode())"
    )
    shown: str = host.check_output("python3 -c %s %s", script, url)
    return shown


@every_instance
def test_it_answers_its_visitors_with_the_next_build(host: Host, name: str) -> None:
    path = INSTANCES[name][2]
    assert json.loads(fetch(host, f"https://127.0.0.1{path}/versi"))["build"] == "4.5.20260202"
    assert "password" in fetch(host, f"https://127.0.0.1{path}/login")


@every_instance
def test_it_runs_by_its_unit_as_its_user(host: Host, name: str) -> None:
    unit = host.service(f"spse-{name}")
    assert unit.is_running
    assert unit.is_enabled
    with host.sudo():
        main = host.check_output("systemctl show --property=MainPID --value %s", f"spse-{name}")
        assert host.check_output("ps -o user:20= -p %s", main).strip() == f"spse-{name}"


@every_instance
def test_what_is_the_builds_is_roots_and_the_settings_are_the_instances(host: Host, name: str) -> None:
    home = INSTANCES[name][0]
    with host.sudo():
        assert host.file(f"{home}/current").linked_to == f"{home}/releases/4.5.20260202"
        owned = host.check_output("find %s -not -user root -not -type l", f"{home}/releases")
        assert owned == ""
        settings = host.file(f"{home}/current/webapp/conf/application.conf")
        assert settings.linked_to == f"{home}/site/4.5.20260202/application.conf"
        kept = host.file(settings.linked_to)
        assert (kept.user, kept.group, kept.mode) == ("root", f"spse-{name}", 0o640)


@every_instance
def test_the_journal_tells_it_all(host: Host, name: str) -> None:
    with host.sudo():
        lines = host.file(f"/var/lib/spse/journal/{name}.jsonl").content_string.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["verb"] for event in events if event["event"] == "begin"] == ["install", "upgrade"]
    assert [event["outcome"] for event in events if event["event"] == "end"] == ["succeeded", "succeeded"]


def test_nothing_is_in_the_way(host: Host) -> None:
    with host.sudo():
        left = host.check_output("find /var/lib/spse/maintenance /var/lib/spse/hold /var/lib/spse/frozen -type f")
        second = host.run("systemctl is-active 'spse-*-candidate@*' 'spse-*-rehearsal@*'")
    assert (left, second.stdout) == ("", "")
