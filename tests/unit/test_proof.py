"""What a proof tells of a host that could not be read."""

from pathlib import Path

import pytest
import testinfra

from tests.compliance.proof import Subject, UnreadableError


def test_the_last_words_of_a_command_come_without_secrets(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("koneksi ditolak untuk password=kenari-rahasia\n")
    with pytest.raises(UnreadableError, match=r"berakhir dengan 3: koneksi ditolak untuk password=\*{8}$"):
        Subject(testinfra.get_host("local://"), {}).ask("sh", "-c", f"cat {words} >&2; exit 3")
