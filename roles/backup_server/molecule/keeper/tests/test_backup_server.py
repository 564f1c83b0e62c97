"""An LPSE's account can add to its repository, and nothing else."""

from testinfra.backend.base import CommandResult
from testinfra.host import Host

SSH = "ssh -o StrictHostKeyChecking=accept-new -o BatchMode=yes -i /root/mamuju spse-bk-mamuju@127.0.0.1"
RESTIC = (
    "env RESTIC_PASSWORD=kenari-rahasia-repositori RESTIC_CACHE_DIR=/root/cache "
    f"restic -o rclone.program='{SSH}' -r rclone:spse"
)
FOLDER = "/srv/spse-backup/accounts/mamuju"


# `|| exit 1`: an ssh that ends with 255 would look as if our own way to the host had broken.
def run(host: Host, command: str) -> CommandResult:
    """Run a command as root."""
    with host.sudo():
        return host.run(command)


def test_it_can_add_and_read(host: Host) -> None:
    run(host, f"{RESTIC} cat config || {RESTIC} init")
    assert run(host, f"{RESTIC} backup /etc/hostname").rc == 0
    assert "/etc/hostname" in run(host, f"{RESTIC} ls latest").stdout


def test_it_gets_no_shell_whatever_it_asks_for(host: Host) -> None:
    for asked in ("id", "sh -c id", "rclone delete /accounts/mamuju/repository", "internal-sftp", ""):
        # What answers is no text.
        done = run(host, f"timeout 5 {SSH} '{asked}' < /dev/null 2>&1 | tr -cd '[:print:]'")
        assert "uid=" not in done.stdout


def test_it_gets_no_tunnel(host: Host) -> None:
    done = run(host, f"timeout 5 {SSH} -o ExitOnForwardFailure=yes -W 127.0.0.1:22 < /dev/null || exit 1")
    assert "SSH-2.0" not in done.stdout


def test_it_cannot_see_out_of_its_folder(host: Host) -> None:
    with host.sudo():
        assert host.file("/srv/spse-backup").user == "root"
        assert host.file(FOLDER).user == "root"
        assert host.file(f"{FOLDER}/repository").mode == 0o700
        assert host.file(f"{FOLDER}/lock").user == "root"
        assert host.mount_point("/srv/spse-backup/usr").exists
        assert "ro" in host.mount_point("/srv/spse-backup/usr").options


def test_it_has_no_password(host: Host) -> None:
    with host.sudo():
        assert host.check_output("getent shadow spse-bk-mamuju").split(":")[1] == "*"


def test_the_keeper_finds_all_well_and_says_how_it_is(host: Host) -> None:
    run(host, f"{RESTIC} cat config || {RESTIC} init")
    done = run(host, "spse-keeper")
    assert done.rc == 0, done.stdout + done.stderr
    with host.sudo():
        assert (
            'spse_keeper_healthy{lpse="mamuju"} 1'
            in host.file("/var/lib/prometheus/node-exporter/spse_keeper.prom").content_string
        )
        assert host.check_output("systemctl is-enabled spse-keeper.timer") == "enabled"


def test_an_unknown_account_is_refused_by_its_name(host: Host) -> None:
    done = run(host, "spse-keeper lain")
    assert done.rc == 2
    assert "Akun tidak dikenal: lain. Yang ada: mamuju" in done.stderr
