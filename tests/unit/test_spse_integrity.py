"""What Debian's packages answer for, of what AIDE has found, and what somebody has to look at."""

from pathlib import Path

import pytest

from roles.baseline.files import spse_integrity
from roles.baseline.files.spse_integrity import Entry, entries, is_below, is_explained, merged

REPORT = """\
Added entries:
---------------------------------------------------

f+++++++++++++++++: /usr/local/sbin/pintu
d+++++++++++++++++: /usr/share/doc/baru

Removed entries:
---------------------------------------------------

f-----------------: /usr/bin/arch

Changed entries:
---------------------------------------------------

f   ...    .H     : /usr/bin/id
f   p..    ..     : /usr/bin/true

File: /usr/bin/id
Directory: /usr/bin
"""
OWNED = {"/usr/bin/id", "/usr/bin/true", "/usr/share/doc/baru", "/usr/sbin/sshd"}
NEW = "+" * 17
GONE = "-" * 17
CHANGED = "   ...    .H     "


def test_every_line_that_names_a_file_is_read() -> None:
    assert [str(entry) for entry in entries(REPORT)] == [
        "baru: /usr/local/sbin/pintu",
        "baru: /usr/share/doc/baru",
        "hilang: /usr/bin/arch",
        "berubah: /usr/bin/id",
        "berubah: /usr/bin/true",
    ]


@pytest.mark.parametrize(
    ("entry", "explained"),
    [
        (Entry("f", CHANGED, "/usr/bin/id"), True),
        (Entry("d", NEW, "/usr/share/doc/baru"), True),
        (Entry("f", GONE, "/usr/lib/modules/6.1.0-1/lama.ko"), True),
        # It says that it is a package's, and has not the package's sum.
        (Entry("f", CHANGED, "/usr/sbin/sshd"), False),
        # No package's, in a place of theirs or not.
        (Entry("f", NEW, "/usr/bin/pintu"), False),
        (Entry("f", CHANGED, "/etc/passwd"), False),
        # As it was, but for whoever runs it.
        (Entry("f", "   p..    ..     ", "/usr/bin/true"), False),
        # A package still has it.
        (Entry("f", GONE, "/usr/bin/true"), False),
        (Entry("f", GONE, "/usr/local/bin/alat"), False),
        (Entry("f", GONE, "/etc/cron.allow"), False),
    ],
    ids=lambda value: value.path if isinstance(value, Entry) else "",
)
def test_packages_answer_for_what_is_theirs(entry: Entry, explained: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_explained(entry, OWNED, {"/usr/sbin/sshd"}) is explained


def test_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.touch()
    link = tmp_path / "link"
    link.symlink_to(theirs)
    assert is_explained(Entry("l", NEW, str(link)), {str(theirs)}, set())
    assert not is_explained(Entry("l", NEW, str(link)), {str(link)}, set())


def test_packages_may_say_bin_where_it_is_usr_bin() -> None:
    assert merged("/bin/su") == "/usr/bin/su"
    assert merged("/lib64/ld.so") == "/usr/lib64/ld.so"
    assert merged("/etc/bin/x") == "/etc/bin/x"


@pytest.mark.parametrize(
    ("path", "folders", "below"),
    [
        ("/etc/passwd", [], True),
        ("/home/appserv/spse/releases/4.5/x", ["/home/appserv/spse", "/etc/spse"], True),
        ("/home/appserv/spse", ["/home/appserv/spse"], True),
        ("/home/appserv/spse-lain/x", ["/home/appserv/spse"], False),
        ("/etc/passwd", ["/home/appserv/spse", "/etc/spse"], False),
    ],
)
def test_whoever_answers_for_some_folders_does_not_for_others(path: str, folders: list[str], *, below: bool) -> None:
    assert is_below(path, folders) is below


def test_what_is_changed_while_it_compares_is_compared_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("BEGUN", "LAST", "FOUND", "ASKED", "TAKEN")
    files = {name: tmp_path / name for name in names}
    for name, path in files.items():
        monkeypatch.setattr(spse_integrity, name, path)
    monkeypatch.setattr("sys.argv", ["spse-integrity"])
    files["ASKED"].write_text("upgrade\n/home/appserv\n")
    seen: list[tuple[str, list[str]]] = []

    def compare(reason: str, folders: list[str]) -> list[Entry]:
        seen.append((reason, folders))
        if len(seen) == 1:
            files["ASKED"].write_text("rollback\n/etc/spse\n")
        return []

    monkeypatch.setattr(spse_integrity, "compare", compare)
    assert spse_integrity.main() == 0
    assert seen == [("upgrade", ["/home/appserv"]), ("rollback", ["/etc/spse"])]
    assert {path.name for path in tmp_path.iterdir()} == {"BEGUN", "LAST", "FOUND"}
