"""What a proof tells of a host that could not be read."""

import os
import socket
from collections import Counter
from pathlib import Path

import pytest
import testinfra

from tests.compliance import proof
from tests.compliance.proof import GIVEN_UP, Subject, UnreadableError


def test_the_last_words_of_a_command_come_without_secrets(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("koneksi ditolak untuk password=kenari-rahasia\n")
    with pytest.raises(UnreadableError, match=r"berakhir dengan 3: koneksi ditolak untuk password=\*{8}$"):
        Subject(testinfra.get_host("local://"), {}, Counter()).ask("sh", "-c", f"cat {words} >&2; exit 3")


def test_a_host_that_is_gone_is_not_asked_for_ever() -> None:
    with socket.socket() as closed:
        # Nobody else gets it, and nobody listens.
        closed.bind(("127.0.0.1", 0))
        gone = testinfra.get_host(f"ssh://127.0.0.1:{closed.getsockname()[1]}", ssh_extra_args="-F /dev/null")
        silent: Counter[str] = Counter()
        for _ in range(GIVEN_UP):
            with pytest.raises(UnreadableError, match="Connection refused"):
                Subject(gone, {}, silent).ask("true")
        with pytest.raises(UnreadableError, match="tidak ditanyai lagi"):
            Subject(gone, {}, silent).tries("true")


def test_who_answers_again_is_asked_again() -> None:
    there = testinfra.get_host("local://")
    silent = Counter({there.backend.get_hostname(): GIVEN_UP - 1})
    assert Subject(there, {}, silent).tries("true")
    assert not Subject(there, {}, silent).tries("false")
    assert not silent.total()


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM; "])
def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stubborn: str) -> None:
    monkeypatch.setattr(proof, "LONGEST_SECONDS", 1)
    monkeypatch.setattr(proof, "KILLED_SECONDS", 1)
    there = Subject(testinfra.get_host("local://"), {}, Counter())
    # As `find` in front of a dead network disk.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableError, match="tidak selesai dalam 1 detik"):
        there.ask("sh", "-c", f"{stubborn}echo $$ >{tmp_path}/pid; cat {pipe}; cat {pipe}")
    # Gone, or dead and not yet cleared away.
    words = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/cmdline")
    assert not words.exists() or words.read_bytes() == b""
    assert there.ask("echo", "ada") == "ada\n"
