"""Compiling the Java sources into framework/play.jar, once for the same sources and the same compiler."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from tests.spse_app import process
from tests.spse_app.errors import MissingToolError

SOURCES = Path(__file__).parent / "java"
JAVA_RELEASE = 17
JDK_PACKAGE = f"openjdk-{JAVA_RELEASE}-jdk-headless"
JDBC_JAR = Path("/usr/share/java/postgresql.jar")
JDBC_PACKAGE = "libpostgresql-jdbc-java"
# A fixed time for the jar's entries: the same sources must give the same bytes.
_ENTRY_TIME = "2026-01-01T00:00:00Z"


def play_jar(cache: Path) -> bytes:
    """The application's classes, compiled unless the cache has them."""
    javac = process.find("javac", JDK_PACKAGE)
    jar = process.find("jar", JDK_PACKAGE)
    sources = sorted(SOURCES.rglob("*.java"))
    cached = cache / f"play-{_fingerprint(javac, sources)}.jar"
    if not cached.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            fresh = _compile(javac, jar, sources, Path(scratch))
            fresh.rename(cached)
    return cached.read_bytes()


def jdbc_jar() -> bytes:
    """Debian's PostgreSQL driver; it carries its SCRAM classes itself."""
    if not JDBC_JAR.exists():
        raise MissingToolError(str(JDBC_JAR), JDBC_PACKAGE)
    return JDBC_JAR.read_bytes()


def _compile(javac: str, jar: str, sources: list[Path], scratch: Path) -> Path:
    classes = scratch / "classes"
    process.run(
        [javac, "--release", str(JAVA_RELEASE), "-encoding", "UTF-8", "-Xlint:all", "-Werror", "-d", str(classes)]
        + [str(source) for source in sources]
    )
    # Named one by one and in order: left to itself, jar takes the order of the directory on disk.
    entries = [str(path.relative_to(classes)) for path in sorted(classes.rglob("*.class"))]
    target = scratch / "play.jar"
    command = [jar, "--create", "--file", str(target), "--date", _ENTRY_TIME, "--main-class", "play.server.Server"]
    process.run(command + [part for entry in entries for part in ("-C", str(classes), entry)])
    return target


def _fingerprint(javac: str, sources: list[Path]) -> str:
    digest = hashlib.sha256(process.run([javac, "-version"]).encode())
    for source in sources:
        digest.update(f"\0{source.relative_to(SOURCES)}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
