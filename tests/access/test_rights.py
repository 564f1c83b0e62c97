"""Whoever has come in can do what is written, all of it is recorded, and there is no way to more."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.access.authority import Person
from tests.access.conftest import Ground

pytestmark = pytest.mark.hosts

PLACE = "/tmp/uji"  # noqa: S108 - a folder on the test host, where everybody may write
MARK = "/root/terobos"
# What a program would be led by that took the caller's surroundings.
SURROUNDINGS = {
    **dict.fromkeys(
        ("PAGER", "SYSTEMD_PAGER", "MANPAGER", "GIT_PAGER", "EDITOR", "VISUAL", "SUDO_EDITOR", "SYSTEMD_EDITOR"),
        f"{PLACE}/terobos",
    ),
    **dict.fromkeys(("BASH_ENV", "ENV", "SHELL", "SUDO_ASKPASS", "BROWSER"), f"{PLACE}/terobos"),
    "LESSOPEN": f"|{PLACE}/terobos %s",
    "SYSTEMD_LESS": "+!/tmp/uji/terobos",
    "SYSTEMD_PAGERSECURE": "0",
    "PYTHONPATH": PLACE,
    "PYTHONHOME": PLACE,
    "PERL5LIB": PLACE,
    "PATH": f"{PLACE}:/usr/bin:/bin",
    "HOME": PLACE,
    "XDG_CONFIG_HOME": PLACE,
    "LD_LIBRARY_PATH": PLACE,
    # The loader writes there for whoever it serves, if it is told so at all.
    "LD_DEBUG": "files",
    "LD_DEBUG_OUTPUT": f"{PLACE}/ld",
    "MALLOC_TRACE": f"{PLACE}/malloc",
    "GCONV_PATH": PLACE,
    "IFS": "/",
}
BREAK = f"""
mkdir -p {PLACE} && cd {PLACE}
printf '#!/bin/sh\\nid -u > {MARK}; cp /bin/sh {PLACE}/akar && chmod 4755 {PLACE}/akar\\n' > terobos
chmod 755 terobos
for name in systemctl journalctl nft sshd ss less more sh id spse-access python3; do cp terobos $name; done
printf 'import os; os.system("{PLACE}/terobos")\\n' > json.py; cp json.py argparse.py; cp json.py sitecustomize.py
"""
# By sudo itself.
BY_SUDO = (
    "sudo -n -i",
    "sudo -n -s",
    f"sudo -n {PLACE}/terobos",
    "sudo -n -u postgres id",
    "sudo -n -u '#-1' id",
    "sudo -n -u '#4294967295' id",
    "sudo -n -g root id",
    "sudo -n -u lkpp-darurat id",
    f"sudo -n -R {PLACE} id",
    "sudo -n -D /root id",
    "sudo -n -C 3 id",
    "sudo -n -E id",
    "sudo -n -e /etc/shadow",
    "sudoedit -n /etc/sudoers",
    "EDITOR='vi -- /etc/shadow' sudoedit -n /etc/hosts",
    "sudo -n --preserve-env=LD_PRELOAD id",
    "sudo -n spse-access enter lkpp-darurat a/AKS-2026-000001 x id",
    "sudo -n spse-access receive </tmp/uji",
    "su -c id",
    "pkexec id",
)
# Around it.
AROUND = (
    "systemd-run --wait /tmp/uji/terobos",
    "systemctl restart apache2",
    "systemctl --user start x",
    "loginctl enable-linger",
    "echo /tmp/uji/terobos | at now",
    "echo '* * * * * /tmp/uji/terobos' | crontab -",
    "cp /tmp/uji/terobos /etc/cron.hourly/",
    "cp /tmp/uji/terobos /usr/local/sbin/spse-access",
    "echo 'lkpp-operator-kerja ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/y",
    "echo test > ~/.bashrc",
    "mkdir ~/.ssh",
    "cat /etc/shadow",
    "ls /var/log/spse-access",
    "ls /run/spse-access/sesi",
    "cat /home/appserv/spse/current/webapp/conf/application.conf",
    "exec 3<>/dev/tcp/127.0.0.1/22",
    "exec 3<>/dev/tcp/127.0.0.1/5432",
    "mount -t tmpfs x /mnt",
    "unshare --map-root-user --mount sh -c 'mount --bind /tmp/uji /usr/local/sbin && id -u > /root/terobos'",
    "logger -p authpriv.alert --socket /run/systemd/private x",
)


@pytest.fixture(scope="module", params=["operator", "auditor"])
def person(here: Ground, request: pytest.FixtureRequest) -> tuple[Person, str]:
    """Somebody who may come in, and as what."""
    person = here.authority.person("nina")
    here.authority.grant(person, f"{request.param}@mamuju")
    return person, f"lkpp-{request.param}"


@pytest.fixture
def watched(here: Ground) -> Iterator[None]:
    """Nothing has got further than it may."""
    host = here.site.host
    host.run(f"rm -rf {MARK} {PLACE}")
    yield
    found = host.run(f"ls {MARK} /etc/sudoers.d/y; find {PLACE} -user root", check=False).stdout
    assert found == ""


def test_what_is_written_can_be_done(here: Ground, person: tuple[Person, str]) -> None:
    for command in granted(here, person):
        done = here.login(*person, f"sudo -n {command}")
        # `systemctl status` ends with 3 for what does not run.
        assert done.returncode in ({0, 3} if " status " in command else {0}), f"{command}: {done.stderr}"


def test_only_operators_restart(here: Ground, person: tuple[Person, str]) -> None:
    may = [command for command in granted(here, person) if re.search("restart|reload", command)]
    assert bool(may) == (person[1] == "lkpp-operator")


@pytest.mark.usefixtures("watched")
def test_no_command_leads_further(here: Ground, person: tuple[Person, str]) -> None:
    exports = "; ".join(f"export {name}='{value}'" for name, value in SURROUNDINGS.items())
    lines = [BREAK]
    for command in granted(here, person):
        program, _, rest = command.partition(" ")
        name = program.rpartition("/")[2]
        lines += [
            # As it is, led astray.
            f"({exports}; echo '!{PLACE}/terobos' | /usr/bin/sudo -n {command})",
            f"(cd {PLACE}; {exports}; /usr/bin/sudo -n {name} {rest})",
            # With a word more, or another.
            *(
                f"/usr/bin/sudo -n {command} {more} && echo LEBIH"
                for more in ("x", f"--root={PLACE}", "--no-pager", f"-f {PLACE}/x", f"'; {PLACE}/terobos'", "''")
            ),
            f"/usr/bin/sudo -n {program} && echo LEBIH",
            # By another way to the same program, or a program of the same name.
            f"ln -sf {PLACE}/terobos {PLACE}/lain; /usr/bin/sudo -n {PLACE}/{name} {rest} && echo LEBIH",
            f"/usr/bin/sudo -n LD_PRELOAD={PLACE}/x.so {command} && echo LEBIH",
            f"/usr/bin/sudo -n -E {command} && echo LEBIH",
        ]
    done = here.login(*person, f"({'\n'.join(lines)}) </dev/null 2>&1")
    assert "LEBIH" not in done.stdout, done.stdout


@pytest.mark.usefixtures("watched")
def test_there_is_no_way_around(here: Ground, person: tuple[Person, str]) -> None:
    here.login(*person, BREAK)
    for attempt in (*BY_SUDO, *AROUND):
        done = here.login(*person, f"cd {PLACE}; {attempt}")
        assert done.returncode != 0, f"{attempt}: {done.stdout}{done.stderr}"


@pytest.mark.usefixtures("watched")
def test_pagers_that_open_on_a_terminal_lead_nowhere(here: Ground, person: tuple[Person, str]) -> None:
    exports = "; ".join(f"export {name}='{value}'" for name, value in SURROUNDINGS.items() if name != "IFS")
    for command in granted(here, person):
        words = here.words(*person, f"{BREAK}\n{exports}; /usr/bin/sudo -n {command}")
        words.insert(1, "-tt")
        typed = f"!{PLACE}/terobos\n:e {MARK}\nq\n"
        subprocess.run(words, input=typed, capture_output=True, check=False, text=True, timeout=60)


def test_what_was_typed_and_shown_is_recorded_under_a_name(here: Ground, person: tuple[Person, str]) -> None:
    words = here.words(*person, "")[:-1]
    words.insert(1, "-tt")
    typed = "echo lihat-$((6*7))\nkill -9 -1\nexit\n"
    subprocess.run(words, input=typed, capture_output=True, check=False, text=True, timeout=60)
    listed = here.site.host.run(f"sudoreplay -d /var/log/spse-access -l user {person[1]}").stdout
    last = listed.strip().splitlines()[-1]
    assert re.search(r"COMMAND=/usr/local/sbin/spse-access enter \S+ nina/AKS-2026-\d{6} ", last)
    number = re.search(r"TSID=(\S+)", last)
    assert number
    replay = f"sudoreplay -d /var/log/spse-access -n -f ttyin,stdin,ttyout,stdout -s 1000 {number[1]}"
    shown = here.site.host.run(f"script -qec '{replay}' /dev/null").stdout
    assert "lihat-42" in shown


def test_the_journal_says_who_came_in(here: Ground, person: tuple[Person, str]) -> None:
    here.login(*person)
    used = here.site.operator.succeed("access_uses").stdout
    assert "nina/AKS-2026-" in used
    said = here.site.host.run("journalctl --no-pager --identifier=spse-access").stdout
    assert re.search(rf"nina \(AKS-2026-\d+, sertifikat \d+\) masuk sebagai {person[1].removeprefix('lkpp-')}", said)


def granted(here: Ground, person: tuple[Person, str]) -> list[str]:
    """What sudo says that may be done."""
    said = here.login(*person, "sudo -nl").stdout
    listed = said.partition("may run the following commands")[2].partition("NOPASSWD:")[2]
    commands = [re.sub(r"\\(.)", r"\1", " ".join(one.split())) for one in listed.split(", ")]
    assert len(commands) > 5
    return commands
