"""The lock file holds what pyproject.toml asks for, each with a checksum."""

import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_package_is_pinned_with_checksums() -> None:
    lock = tomllib.loads((REPOSITORY / "uv.lock").read_text())
    packages = [package for package in lock["package"] if "registry" in package["source"]]
    assert packages
    for package in packages:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]
