"""An archive is unpacked only when it is the publisher's, whole, and harmless; the stand-in builds both kinds."""

import hashlib
import io
import stat
import tarfile
from pathlib import Path

import pytest

from library.module_utils import spse_archive
from library.module_utils.spse_archive import Content, Publisher, RefusedError
from tests.conftest import Builds
from tests.spse_app.build import Built

LIMIT = 1 << 32


def publisher(built: Built, identity: str = "rilis@lkpp.example") -> Publisher:
    """The publisher whose key stands beside the builds."""
    key = next(folder for folder in built.file.parents if (folder / "release_key.pub").exists()) / "release_key.pub"
    return Publisher(identity, " ".join(key.read_text().split()[:2]), "spse-build")


def announced(built: Built) -> str:
    """The checksum that was published with a build."""
    return Path(f"{built.file}.sha256").read_text().split()[0]


def verify(built: Built, *, limit: int = LIMIT) -> Content:
    """All that is checked before anything is written."""
    with built.file.open("rb") as archive:
        spse_archive.check_checksum(archive, announced(built))
        spse_archive.check_signature(archive, Path(f"{built.file}.sig"), publisher(built))
        return spse_archive.check_content(archive, limit)


@pytest.mark.parametrize("name", ["n", "n1", "n2", "no-start", "migration-fails", "cannot-write", "leaks"])
def test_what_the_publisher_signed_is_taken_whatever_it_does_later(builds: Builds, name: str) -> None:
    content = verify(builds[name])
    assert content.manifest["build"] == builds[name].build
    assert content.files == content.manifest["files"] > 10


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unsigned", "tidak bertanda tangan"),
        ("wrong-signature", r"Tanda tangan arsip tidak sah untuk rilis@lkpp\.example"),
        ("corrupt", "Checksum arsip berbeda"),
        ("truncated", "Arsip terpotong"),
        ("escape-dotdot", r"`\.\./spse-escape-dotdot` keluar dari folder rilis"),
        ("escape-absolute", "`/opt/spse-escape-absolute` berjalur absolut"),
        ("escape-symlink", "`webapp/public` adalah tautan ke `/opt`"),
        ("escape-hardlink", "`webapp/public/hosts` adalah tautan ke `/etc/hosts`"),
        ("device", "bukan berkas biasa"),
        ("oversize", "Arsip terlalu besar"),
    ],
)
def test_what_is_wrong_is_refused_with_its_own_words(builds: Builds, name: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        verify(builds[name])


def test_a_limit_holds_against_the_manifest(builds: Builds) -> None:
    with pytest.raises(RefusedError, match=r"melebihi 1000 bita"):
        verify(builds["n"], limit=1000)


def test_a_signature_for_something_else_is_none(builds: Builds) -> None:
    built = builds["n"]
    other = Publisher("rilis@lkpp.example", publisher(built).public_key, "surat")
    with built.file.open("rb") as archive, pytest.raises(RefusedError, match="tidak sah"):
        spse_archive.check_signature(archive, Path(f"{built.file}.sig"), other)


def packed(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> io.BytesIO:
    """An archive of these members."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, len(content)
            tar.addfile(member, io.BytesIO(content))
    return file


GOOD = (
    b'{"format": 1, "application": "spse", "build": "1", "previous": [], "schema": 1, "migration": "none",'
    b' "unpacked_bytes": 1000, "files": 2}'
)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ((), "Arsip kosong"),
        ((("spse4", b"x"), ("manifest.json", GOOD)), "anggota pertamanya `spse4`"),
        ((("manifest.json", b"{"),), "tidak dapat dibaca"),
        ((("manifest.json", b"[]"),), "tidak dikenal"),
        ((("manifest.json", GOOD.replace(b'"files": 2', b'"files": "2"')),), "`files` tidak ada atau salah jenis"),
        ((("manifest.json", GOOD), ("a", b"x"), ("./a", b"y")), "ada dua kali"),
        ((("manifest.json", GOOD), ("a", b"x")), "berbeda dari manifesnya"),
        ((("manifest.json", GOOD), ("a", b"x" * 2000)), "terlalu besar"),
        ((("manifest.json", b" " * 70000),), "bukan build SPSE"),
    ],
)
def test_a_manifest_must_be_first_and_true(members: tuple[tuple[str, bytes], ...], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        spse_archive.check_content(packed(*members), LIMIT)


def test_unpacking_is_all_or_nothing_and_keeps_only_whether_a_file_runs(builds: Builds, tmp_path: Path) -> None:
    release = tmp_path / "releases" / "n"
    left_by_a_cut_run = tmp_path / "releases" / ".n.partial"
    left_by_a_cut_run.mkdir(parents=True)
    (left_by_a_cut_run / "rubbish").touch()
    with builds["n"].file.open("rb") as archive:
        content = spse_archive.check_content(archive, LIMIT)
        spse_archive.unpack(archive, release)
    files = [path for path in release.rglob("*") if path.is_file()]
    assert len(files) == content.files
    assert [path.name for path in release.parent.iterdir()] == ["n"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644, 0o755}
    assert (release / "spse4").stat().st_mode & 0o111
    for line in (release / "webapp/conf/integrity").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((release / name).read_bytes()).hexdigest() == digest


def test_a_release_that_was_damaged_is_noticed_and_set_aside(builds: Builds, tmp_path: Path) -> None:
    release = tmp_path / "releases" / "4.5.20260202"
    site = "webapp/conf/application.conf"
    with builds["n1"].file.open("rb") as archive:
        spse_archive.unpack(archive, release)
        assert spse_archive.damage(archive, release, []) is None
        # What is the site's may differ, and be a link.
        (release / site).unlink()
        (release / site).symlink_to("/elsewhere")
        assert spse_archive.damage(archive, release, [site]) is None
        assert spse_archive.damage(archive, release, []) == site
        with (release / "manifest.json").open("a") as file:
            file.write(" ")
        assert spse_archive.damage(archive, release, [site]) == "manifest.json"
    first = spse_archive.set_aside(release)
    release.mkdir()
    second = spse_archive.set_aside(release)
    assert (first.name, second.name) == (".4.5.20260202.damaged-1", ".4.5.20260202.damaged-2")
    assert not release.exists()
