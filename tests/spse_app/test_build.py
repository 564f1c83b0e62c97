"""What the build makes, as far as it can be seen without a host."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.spse_app import archive, compiler, faults
from tests.spse_app.__main__ import main
from tests.spse_app.build import ALLOWED_SIGNERS, INDEX, Built, Options, build
from tests.spse_app.catalogue import ARTEFACTS, BUILDS, N1, NAMES
from tests.spse_app.errors import CommandFailedError, MissingToolError, UnknownArtefactError
from tests.spse_app.signing import NAMESPACE, PRINCIPAL

if TYPE_CHECKING:
    from tests.conftest import Builds

HOSTILE = ("escape-dotdot", "escape-absolute", "escape-symlink", "escape-hardlink", "device", "oversize")
SCHEMAS = {"n": 3, "n1": 4, "n2": 5, "no-start": 4, "migration-fails": 5, "cannot-write": 4, "leaks": 4}


def members(built: Built) -> list[tarfile.TarInfo]:
    """The headers of an archive."""
    with tarfile.open(built.file) as opened:
        return opened.getmembers()


def contents(built: Built) -> dict[str, bytes]:
    """The regular files of an archive."""
    with tarfile.open(built.file) as opened:
        files = {member.name: opened.extractfile(member) for member in opened if member.isreg()}
        return {name: file.read() for name, file in files.items() if file is not None}


def signature_holds(built: Built, builds: Builds) -> bool:
    """Whether ssh-keygen accepts the signature as the publisher's."""
    allowed = builds["n"].file.parent / ALLOWED_SIGNERS
    verify = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        str(allowed),
        "-I",
        PRINCIPAL,
        "-n",
        NAMESPACE,
        "-s",
        f"{built.file}.sig",
    ]
    with built.file.open("rb") as content:
        return subprocess.run(verify, stdin=content, capture_output=True, check=False).returncode == 0


def hash_holds(built: Built) -> bool:
    """Whether sha256sum accepts the archive."""
    check = ["sha256sum", "--check", "--quiet", f"{built.file.name}.sha256"]
    return subprocess.run(check, cwd=built.file.parent, capture_output=True, check=False).returncode == 0


def test_same_sources_make_the_same_archives(builds: Builds, tmp_path: Path) -> None:
    again = build(tmp_path, ["n1", "device"], Options(boot_seconds=0))
    for name in ("n1", "device"):
        assert again[name].file.read_bytes() == builds[name].file.read_bytes()


@pytest.mark.parametrize("name", BUILDS)
def test_manifest_agrees_with_the_archive(builds: Builds, name: str) -> None:
    headers = members(builds[name])
    files = contents(builds[name])
    assert headers[0].name == "manifest.json"
    assert [header.name for header in headers[1:]] == sorted(header.name for header in headers[1:])
    assert {(header.uid, header.gid, header.mtime) for header in headers} == {(0, 0, headers[0].mtime)}
    manifest = json.loads(files["manifest.json"])
    assert manifest["build"] == BUILDS[name].number
    assert manifest["schema"] == SCHEMAS[name]
    assert manifest["files"] == len(files)
    assert manifest["unpacked_bytes"] == sum(map(len, files.values()))
    assert manifest["boot_seconds"] == 0


@pytest.mark.parametrize("name", BUILDS)
def test_integrity_list_covers_all_but_the_configuration(builds: Builds, name: str) -> None:
    files = contents(builds[name])
    guarded = sorted(set(files) - {archive.CONFIGURATION, archive.INTEGRITY})
    lines = [f"{hashlib.sha256(files[file]).hexdigest()}  {file}" for file in guarded]
    assert files[archive.INTEGRITY].decode().splitlines() == lines


def test_heap_reaches_the_configuration(tmp_path: Path) -> None:
    files = contents(build(tmp_path, ["n"], Options(heap="96m"))["n"])
    assert b"\njvm.memory=-Xmx96m " in files[archive.CONFIGURATION]


@pytest.mark.parametrize("name", [*BUILDS, *HOSTILE])
def test_release_is_hashed_and_signed(builds: Builds, name: str) -> None:
    assert hash_holds(builds[name])
    assert signature_holds(builds[name], builds)


def test_unsigned_has_no_signature(builds: Builds) -> None:
    assert hash_holds(builds["unsigned"])
    assert not Path(f"{builds['unsigned'].file}.sig").exists()


def test_wrong_signature_is_a_strangers(builds: Builds) -> None:
    assert hash_holds(builds["wrong-signature"])
    assert Path(f"{builds['wrong-signature'].file}.sig").exists()
    assert not signature_holds(builds["wrong-signature"], builds)


def test_corrupt_differs_in_one_byte(builds: Builds) -> None:
    good, bad = (builds[name].file.read_bytes() for name in ("n1", "corrupt"))
    assert sum(one != other for one, other in zip(good, bad, strict=True)) == 1
    assert not hash_holds(builds["corrupt"])
    assert not signature_holds(builds["corrupt"], builds)


def test_truncated_cannot_be_unpacked(builds: Builds, tmp_path: Path) -> None:
    built = builds["truncated"]
    assert builds["n1"].file.read_bytes().startswith(built.file.read_bytes())
    assert not hash_holds(built)
    assert not signature_holds(built, builds)
    unpack = subprocess.run(["tar", "-xzf", built.file, "-C", tmp_path], capture_output=True, check=False)
    assert unpack.returncode != 0


@pytest.mark.parametrize(
    ("name", "escaping"),
    [
        ("escape-dotdot", "../spse-escape-dotdot"),
        ("escape-absolute", "/opt/spse-escape-absolute"),
        ("escape-symlink", "webapp/public/spse-escape-symlink"),
        ("escape-hardlink", "webapp/public/hosts"),
    ],
)
def test_escaping_member_comes_last(builds: Builds, name: str, escaping: str) -> None:
    headers = members(builds[name])
    assert headers[-1].name == escaping
    assert headers[-1].isreg()
    links = {header.name: header.linkname for header in headers if header.issym() or header.islnk()}
    expected = {"escape-symlink": {"webapp/public": "/opt"}, "escape-hardlink": {"webapp/public/hosts": "/etc/hosts"}}
    assert links == expected.get(name, {})


def test_device_has_a_device(builds: Builds) -> None:
    assert [header.name for header in members(builds["device"]) if header.ischr()] == ["webapp/public/null"]


def test_oversize_unpacks_to_far_more_than_declared(builds: Builds) -> None:
    built = builds["oversize"]
    assert built.file.stat().st_size < 4 << 20
    # GNU tar reads it to its end: the zeros are really there, not only a header that claims them.
    listing = subprocess.run(["tar", "-tvzf", built.file], capture_output=True, text=True, check=True).stdout
    unpacked = sum(int(line.split()[2]) for line in listing.splitlines())
    manifest = json.loads(contents(builds["n1"])["manifest.json"])
    assert unpacked == manifest["unpacked_bytes"] + faults.OVERSIZE_BYTES


@pytest.mark.parametrize("name", HOSTILE[:-1])
def test_hostile_archive_is_otherwise_the_good_release(builds: Builds, name: str) -> None:
    good = [header.name for header in members(builds["n1"])]
    assert [header.name for header in members(builds[name])][: len(good)] == good


def test_index_lists_what_was_built(builds: Builds) -> None:
    folder = builds["n"].file.parent
    index = json.loads((folder / INDEX).read_text())
    assert set(index) == set(NAMES)
    for name in ARTEFACTS:
        assert index[name]["build"] == N1.number
        assert (folder / index[name]["file"]).exists()


def test_compressed_member_tells_no_time() -> None:
    with gzip.GzipFile(fileobj=io.BytesIO(archive.compress(b"isi"))) as opened:
        assert opened.read() == b"isi"
        assert opened.mtime == 0


def test_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownArtefactError, match=r"'n3'.*n2"):
        build(tmp_path, ["n3"])


def test_missing_compiler_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(MissingToolError, match="apt-get install openjdk-17-jdk-headless"):
        compiler.play_jar(tmp_path)


def test_missing_driver_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "JDBC_JAR", tmp_path / "postgresql.jar")
    with pytest.raises(MissingToolError, match="apt-get install libpostgresql-jdbc-java"):
        compiler.jdbc_jar()


def test_source_that_does_not_compile_shows_the_compilers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Broken.java").write_text("class Broken {")
    monkeypatch.setattr(compiler, "SOURCES", tmp_path)
    with pytest.raises(CommandFailedError, match="reached end of file while parsing"):
        compiler.play_jar(tmp_path / "cache")


def test_command_line_builds_what_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path), "--boot-seconds", "0", "n"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "spse-4.5.20260105.tar.gz.sig").exists()
    refused = CliRunner().invoke(main, ["build", "--out", str(tmp_path), "n3"])
    assert refused.exit_code == 1
    assert "no artefact 'n3'" in refused.output
    refused = CliRunner().invoke(main, ["build", "--out", str(tmp_path), "--heap", "much", "n"])
    assert refused.exit_code == 2
