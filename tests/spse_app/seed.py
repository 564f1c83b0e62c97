#!/usr/bin/env python3
"""Fill a stand-in with packages and documents, or verify that rows and documents agree.

Runs on the host itself (Python 3.11, standard library, psql), as root or as the application's user:

    seed.py --conf /home/appserv/spse/webapp/conf/application.conf --packages 1000 --documents 500
    seed.py --conf /home/appserv/spse/webapp/conf/application.conf --verify

The same arguments give the same rows and the same bytes; what is there already is left alone, so a second run adds
nothing and a run with larger numbers adds the difference.
"""

# ruff: noqa: S311 - the same random data each time is the point
# ruff: noqa: S608 - psql has no parameters for COPY; every value comes from this script's own arguments

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UNITS = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
CHUNK = 1 << 20
STAGES = (
    "Pengumuman",
    "Pendaftaran",
    "Penjelasan",
    "Pemasukan Penawaran",
    "Pembukaan Penawaran",
    "Evaluasi Penawaran",
    "Evaluasi Kualifikasi",
    "Pembuktian",
    "Penetapan Pemenang",
    "Pengumuman Pemenang",
    "Masa Sanggah",
    "SPPBJ",
)
WORK = ("Pembangunan", "Rehabilitasi", "Pemeliharaan", "Pengadaan", "Pengawasan", "Perencanaan")
OBJECT = ("Gedung Sekolah", "Jalan Kabupaten", "Puskesmas", "Jaringan Irigasi", "Alat Kesehatan", "Sistem Informasi")
OFFICE = ("Dinas Pendidikan", "Dinas Pekerjaan Umum", "Dinas Kesehatan", "Dinas Pertanian", "Sekretariat Daerah")
# One row of filler: SHA-512 in hex, text that does not compress, so that a dump is as large as a real one's. Four rows
# of fifteen fill a page of 8 KiB; with sixteen, PostgreSQL would move them out of the table and need more room.
FILLER_HASHES = 15
FILLER_ROW_BYTES = 2048
FILLER_BATCH = 50_000


class SeedError(Exception):
    """Something the operator must mend; the message says what."""


@dataclass(frozen=True)
class Settings:
    """Where the instance keeps its data, from its application.conf."""

    host: str
    port: str
    database: str
    user: str
    password: str
    documents: Path


@dataclass(frozen=True)
class Wanted:
    """How much data to have in the end."""

    packages: int
    documents: int
    document_size: int
    database_size: int
    seed: int


def read_settings(conf: Path, play_id: str) -> Settings:
    """Read the keys needed, with Play's override by framework id."""
    values: dict[str, str] = {}
    own: dict[str, str] = {}
    for line in conf.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"\s*([^#!\s=:][^\s=:]*)\s*[=:]?\s*(.*?)\s*", line)
        if match is None:
            continue
        key, value = match[1], re.sub(r"\\(.)", r"\1", match[2])
        if key.startswith(f"%{play_id}."):
            own[key.removeprefix(f"%{play_id}.")] = value
        else:
            values[key] = value
    values |= own
    missing = [key for key in ("db.url", "db.user", "db.pass", "attachments.path") if not values.get(key)]
    if missing:
        raise SeedError(f"{conf} does not set {', '.join(missing)}")
    url = re.fullmatch(r"jdbc:postgresql://([^:/]+)(?::(\d+))?/([^?]+).*", values["db.url"])
    if url is None:
        raise SeedError(f"db.url in {conf} is not jdbc:postgresql://host:port/database")
    documents = Path(values["attachments.path"])
    if not documents.is_dir():
        raise SeedError(f"attachments.path {documents} is not a folder")
    return Settings(url[1], url[2] or "5432", url[3], values["db.user"], values["db.pass"], documents)


class Database:
    """The instance's database, through psql; the password goes by the environment and never by the command line."""

    def __init__(self, settings: Settings) -> None:
        self._environment = os.environ | {
            "PGHOST": settings.host,
            "PGPORT": settings.port,
            "PGDATABASE": settings.database,
            "PGUSER": settings.user,
            "PGPASSWORD": settings.password,
        }

    def query(self, sql: str) -> list[list[str]]:
        """Run statements and return the rows of the last, as text."""
        output = self._psql(sql)
        return [line.split("\t") for line in output.splitlines()]

    def number(self, sql: str) -> int:
        """Run a statement that answers with one number."""
        return int(self.query(sql)[0][0])

    def copy(self, table: str, columns: str, rows: Iterable[tuple[object, ...]], then: str) -> None:
        """Load rows into a temporary table like the target, then run a statement that moves them over."""
        lines = "\n".join("\t".join(map(str, row)) for row in rows)
        create = f"create temporary table muatan as select {columns} from {table} limit 0;\n"
        self._psql(f"begin;\n{create}copy muatan ({columns}) from stdin;\n{lines}\n\\.\n{then};\ncommit;\n")

    def _psql(self, script: str) -> str:
        command = ["psql", "--no-psqlrc", "-qAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        done = subprocess.run(command, input=script, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SeedError(f"psql: {done.stderr.strip()}")
        return done.stdout


def seed_packages(database: Database, wanted: Wanted) -> None:
    """Add the packages that are missing, each with its twelve stages."""
    prefix = f"U{wanted.seed}-"
    present = database.number(f"select count(*) from paket where kode like '{prefix}%'")
    if present >= wanted.packages:
        return
    # Build n2 calls the column nilai_pagu.
    ceiling = database.query(
        "select column_name from information_schema.columns "
        "where table_name = 'paket' and column_name in ('pagu', 'nilai_pagu')"
    )[0][0]
    columns = f"kode, nama, satuan_kerja, {ceiling}, tahapan, batas_penawaran"
    stages = ", ".join(f"({number}, '{name}')" for number, name in enumerate(STAGES, start=1))
    schedule = (
        f"with baru as (insert into paket ({columns}) select {columns} from muatan returning id, batas_penawaran) "
        "insert into jadwal (paket, tahapan, nama, mulai, selesai) "
        "select id, nomor, tahap, batas_penawaran + (nomor - 4) * interval '2 days' - interval '40 hours', "
        "batas_penawaran + (nomor - 4) * interval '2 days' "
        f"from baru cross join (values {stages}) as tahapan (nomor, tahap)"
    )
    rows = [package(prefix, number, wanted.seed) for number in range(present, wanted.packages)]
    database.copy("paket", columns, rows, schedule)


def package(prefix: str, number: int, seed: int) -> tuple[object, ...]:
    """One package, the same for the same seed and number."""
    pick = random.Random(f"paket-{seed}-{number}")
    name = f"{pick.choice(WORK)} {pick.choice(OBJECT)} {number}"
    day = f"2026-{pick.randint(1, 12):02}-{pick.randint(1, 28):02} 08:00+07"
    return (
        f"{prefix}{number:07}",
        name,
        pick.choice(OFFICE),
        pick.randint(200, 50_000) * 1_000_000,
        pick.randint(1, 12),
        day,
    )


def seed_documents(database: Database, root: Path, wanted: Wanted) -> None:
    """Write the documents that are missing, make them durable, and then add their rows."""
    packages = [row[0] for row in database.query("select id from paket order by id")]
    if wanted.documents and not packages:
        raise SeedError("there is no package to give documents to: ask for --packages too")
    known = {row[0] for row in database.query("select id from penawaran")}
    rows = []
    for number in range(wanted.documents):
        identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"spse-tiruan/{wanted.seed}/{number}/{wanted.document_size}"))
        if identity not in known:
            owner = packages[number % len(packages)]
            path = f"{owner}/{identity}.rhs"
            digest = write_document(root, path, random_bytes(identity, wanted.document_size))
            rows.append((identity, owner, f"penawaran-{number}.rhs", path, digest, wanted.document_size))
    if rows:
        # The application's own order: the document is safe on disk before a row refers to it.
        os.sync()
        columns = "id, paket, nama_berkas, jalur, sha256, ukuran"
        database.copy("penawaran", columns, rows, f"insert into penawaran ({columns}) select {columns} from muatan")


def random_bytes(seed: str, size: int) -> Iterator[bytes]:
    """Incompressible bytes, as encrypted bids are."""
    source = random.Random(seed)
    for start in range(0, size, CHUNK):
        yield source.randbytes(min(CHUNK, size - start))


def write_document(root: Path, path: str, content: Iterable[bytes]) -> str:
    """Write one document as the application's user would, and return its SHA-256."""
    owner = root.stat()
    target = root / path
    if not target.parent.exists():
        target.parent.mkdir()
        os.chown(target.parent, owner.st_uid, owner.st_gid)
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for chunk in content:
            digest.update(chunk)
            file.write(chunk)
    os.chown(target, owner.st_uid, owner.st_gid)
    return digest.hexdigest()


def fill_database(database: Database, wanted: Wanted) -> None:
    """Add messages until the database is as large as wanted."""
    name = f"data-uji-{wanted.seed}"
    start = database.number(f"select count(*) from pesan where nama = '{name}'")
    size = database.number("select pg_database_size(current_database())")
    while size < wanted.database_size:
        count = min(FILLER_BATCH, (wanted.database_size - size) // FILLER_ROW_BYTES + 1)
        database.query(
            f"insert into pesan (nama, isi) select '{name}', (select string_agg("
            f"encode(sha512(convert_to('{wanted.seed}-' || baris || '-' || potongan, 'UTF8')), 'hex'), '' "
            f"order by potongan) from generate_series(1, {FILLER_HASHES}) as potongan) "
            f"from generate_series({start + 1}, {start + count}) as baris"
        )
        start += count
        size = database.number("select pg_database_size(current_database())")


def totals(database: Database) -> str:
    """One line on what the database holds now."""
    row = database.query(
        "select (select count(*) from paket), (select count(*) from jadwal), (select count(*) from pesan), "
        "(select count(*) from penawaran), (select coalesce(sum(ukuran), 0) from penawaran), "
        "pg_database_size(current_database())"
    )[0]
    return "packages {} stages {} messages {} documents {} ({} bytes) database {} bytes".format(*row)


def verify(database: Database, root: Path) -> int:
    """Compare every row with its document; return how many disagree.

    A document without a row is reported and no disagreement: the application stores the document first, so an
    interrupted upload, or a backup that copies documents after rows, leaves some.
    """
    rows = database.query("select jalur, sha256, ukuran from penawaran order by jalur")
    wrong = 0
    for path, digest, size in rows:
        fault = compare(root / path, digest, int(size))
        if fault:
            wrong += 1
            print(f"WRONG {path}: {fault}")
    referenced = {row[0] for row in rows}
    spare = [
        path
        for path in sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())
        if path not in referenced
    ]
    for path in spare:
        print(f"NO ROW {path}")
    print(f"verified {len(rows)} rows: {len(rows) - wrong} agree, {wrong} wrong; {len(spare)} documents without a row")
    return wrong


def compare(file: Path, digest: str, size: int) -> str:
    """What is wrong with a document; empty when nothing is."""
    if not file.is_file():
        return "the document is missing"
    if file.stat().st_size != size:
        return f"{file.stat().st_size} bytes instead of {size}"
    with file.open("rb") as content:
        actual = hashlib.file_digest(content, "sha256").hexdigest()
    return "" if actual == digest else f"sha256 {actual} instead of {digest}"


def byte_size(text: str) -> int:
    """A size such as 64KiB or 2GiB."""
    match = re.fullmatch(r"(\d+)([A-Za-z]*)", text)
    if match is None or match[2] not in UNITS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number with one of B, KiB, MiB, GiB")
    return int(match[1]) * UNITS[match[2]]


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conf", type=Path, required=True, help="the instance's application.conf")
    parser.add_argument("--play-id", default="prod", help="framework id whose overrides count (default: prod)")
    parser.add_argument("--verify", action="store_true", help="change nothing; exit 1 when a row's document is wrong")
    parser.add_argument("--packages", type=int, default=0)
    parser.add_argument("--documents", type=int, default=0, help="number of documents")
    parser.add_argument("--documents-size", type=byte_size, default=0, help="or as many as make this size together")
    parser.add_argument("--document-size", type=byte_size, default="64KiB", help="size of one (default: 64KiB)")
    parser.add_argument("--database-size", type=byte_size, default=0, help="fill the database up to this size")
    parser.add_argument("--random-seed", type=int, default=1)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Seed or verify."""
    options = parse(arguments)
    try:
        settings = read_settings(options.conf, options.play_id)
        database = Database(settings)
        if options.verify:
            return 1 if verify(database, settings.documents) else 0
        documents = max(options.documents, -(-options.documents_size // max(options.document_size, 1)))
        wanted = Wanted(options.packages, documents, options.document_size, options.database_size, options.random_seed)
        print(f"before: {totals(database)}")
        seed_packages(database, wanted)
        seed_documents(database, settings.documents, wanted)
        fill_database(database, wanted)
        print(f"after:  {totals(database)}")
    except SeedError as error:
        print(f"seed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
