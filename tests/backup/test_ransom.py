"""Root on the LPSE's host has every key that is there, and still cannot take yesterday's restore point away."""

from pathlib import Path

import pytest

from tests.backup.ground import Ground
from tests.hosts.host import Host

pytestmark = pytest.mark.hosts

RELAY = Path(__file__).with_name("relay.py")
SOCKET = "/run/relay"
SSH = "ssh -F /etc/spse-backup/ssh_config spse-backup"
RESTIC = (
    "env RESTIC_PASSWORD_FILE=/etc/spse-backup/repository.key RESTIC_CACHE_DIR=/var/cache/spse-backup "
    f"timeout 20 restic --option=rclone.program='{SSH}' --repo=rclone:spse"
)
FORBIDDEN = ("403", "405")


@pytest.fixture(scope="module")
def point(here: Ground) -> str:
    """Yesterday's restore point."""
    return str(here.take("--kind", "full")["id"])


@pytest.fixture
def fingerprint(here: Ground) -> str:
    """All of the repository that has to stay as it is."""
    return fingerprint_of(here)


def fingerprint_of(here: Ground) -> str:
    """Name and content of every file but the locks."""
    return here.keeper.run(
        f"cd {here.repository} && find . -type f -not -path './locks/*' | sort | xargs sha256sum"
    ).stdout


def is_still_there(here: Ground, point: str, before: str) -> None:
    """Nothing that was there is gone or other, and it can be brought back."""
    now = set(fingerprint_of(here).splitlines())
    assert set(before.splitlines()) <= now
    assert point in here.points()
    drill = here.drill(point)
    assert drill["passed"], drill["wrong"]


def relay(host: Host) -> None:
    """Let curl speak to the server by a socket."""
    host.run(f"rm -f {SOCKET}; systemd-run --collect --unit=relay python3 /root/relay.py {SOCKET} {SSH}")
    host.run(f"until test -S {SOCKET}; do sleep 0.1; done")


ATTACKS = {
    "forget": "forget --keep-last 1 --prune latest",
    "forget all": "forget --prune --keep-tag none --unsafe-allow-remove-all",
    "prune": "prune --max-unused 0",
    "key": "key remove $(ls /nowhere 2> /dev/null; echo 0)",
    "init": "init",
    "rebuild": "rebuild-index --read-all-packs",
    "tag": "tag --set gone",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_by_restic_itself(here: Ground, point: str, fingerprint: str, attack: str) -> None:
    # Not one of them fails only because another one has left its lock.
    here.site.host.run(f"{RESTIC} unlock --remove-all")
    here.site.host.run(f"{RESTIC} {attack}", check=False)
    assert set(fingerprint.splitlines()) <= set(fingerprint_of(here).splitlines())
    assert point in here.points()


@pytest.mark.parametrize(
    "command",
    [
        f"{SSH} 'rm -rf /accounts'",
        f"{SSH} 'sh -c \"> /accounts/*/repository/config\"' < /dev/null",
        "printf 'rm config\\n' | sftp -F /etc/spse-backup/ssh_config -b - spse-backup",
        "scp -F /etc/spse-backup/ssh_config /etc/hostname spse-backup:/accounts/mamuju/repository/config",
        "rsync --delete -e 'ssh -F /etc/spse-backup/ssh_config' /var/empty/ spse-backup:/accounts/",
        f"{SSH} -s internal-sftp < /dev/null",
    ],
)
def test_by_the_account_it_has(here: Ground, point: str, fingerprint: str, command: str) -> None:
    here.site.host.run(f"timeout 10 sh -c {command!r}", check=False)
    assert fingerprint_of(here) == fingerprint
    assert point in here.points()


def test_by_speaking_to_the_server_itself(here: Ground, point: str, fingerprint: str) -> None:
    """Not through restic, which may be polite: delete, overwrite and truncate as the protocol has them."""
    host = here.site.host
    host.put(RELAY, "/root/relay.py")
    relay(host)

    def ask(method: str, path: str, *more: str) -> str:
        options = "--silent --output /dev/null --max-time 20 --http2-prior-knowledge --path-as-is"
        asked = f"curl {options} --unix-socket {SOCKET} -X {method} {' '.join(more)} 'http://localhost/{path}'"
        return host.run(f"{asked} --write-out '%{{http_code}}'").stdout

    names = [line.split()[1].removeprefix("./") for line in fingerprint.splitlines()]
    kinds = {name.split("/")[0]: name for name in names}
    try:
        for kind in ("config", "data", "index", "keys", "snapshots"):
            path = kind if kind == "config" else f"{kind}/{Path(kinds[kind]).name}"
            assert ask("GET", path) == "200"
            for method, data in (("DELETE", ""), ("POST", "--data-binary nol"), ("POST", "--data-binary ''")):
                assert ask(method, path, data) in FORBIDDEN, (method, path)
            for method in ("PUT", "PATCH", "MOVE"):
                assert ask(method, path, "--data-binary nol") in FORBIDDEN, (method, path)
            for way in (f"locks/../{path}", f"locks/..%2f{path}", f"locks/%2e%2e/{path}"):
                assert ask("DELETE", way) in (*FORBIDDEN, "404"), way
        ask("POST", "../../../etc/evil", "--data-binary nol")
        ask("POST", "?create=true")
    finally:
        host.run("systemctl stop relay")
    assert here.keeper.run("find / -xdev -name evil -not -path '/srv/spse-backup/accounts/mamuju/*'").stdout == ""
    is_still_there(here, point, fingerprint)


def test_by_filling_today_with_rubbish(here: Ground, point: str) -> None:
    """Garbage among the snapshots would make restic stumble: the keeper puts it aside, and goes on."""
    host = here.site.host
    host.put(RELAY, "/root/relay.py")
    relay(host)
    try:
        for kind in ("snapshots", "index", "keys"):
            host.run(
                f"for i in 1 2 3; do head -c 300 /dev/urandom > /root/rubbish; "
                f"curl --silent --http2-prior-knowledge --unix-socket {SOCKET} --data-binary @/root/rubbish "
                f"http://localhost/{kind}/$(sha256sum /root/rubbish | cut -d' ' -f1); "
                f"curl --silent --http2-prior-knowledge --unix-socket {SOCKET} --data-binary @/root/rubbish "
                f"http://localhost/{kind}/$(head -c 32 /dev/urandom | sha256sum | cut -d' ' -f1); done"
            )
    finally:
        host.run("systemctl stop relay")
    kept = here.keep()
    assert len(kept["accounts"][0]["damaged"]) == 18
    assert here.keep()["accounts"][0]["wrong"] == []
    assert point in here.points()
    drill = here.drill(point)
    assert drill["passed"], drill["wrong"]
    # And it can be added to again.
    assert here.take("--kind", "none")["id"] in here.points()
