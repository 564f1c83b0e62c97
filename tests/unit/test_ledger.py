"""Nobody rewrites the ledger quietly: the database refuses, and what is done behind its back shows."""

# ruff: noqa: S608 - what somebody might do to a database is put together from this file's own words

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from chatops.errors import LedgerBrokenError, LedgerUnusableError
from chatops.ledger import store
from chatops.ledger.chain import Entry, Event, follow
from chatops.ledger.schema import METADATA
from chatops.ledger.store import Ledger


def write(ledger: Ledger, count: int, actor: str = "a") -> list[int]:
    """Add so many events, each by itself."""
    seqs = []
    for number in range(count):
        with ledger.writing() as writer:
            event = writer.append(
                Entry("note", "uji", actor, {"number": number, "words": "naskah 'kutip' \u00e9\U0001f600"})
            )
        assert event
        seqs.append(event.seq)
    return seqs


def behind_its_back(ledger: Ledger, *statements: str) -> None:
    """What somebody does who may do anything: take the guards away first."""
    with ledger.engine.begin() as connection:
        if ledger.file:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in ("events", "head"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            connection.exec_driver_sql(statement)


def broken_at(ledger: Ledger) -> int:
    """The sequence number that verifying names."""
    with pytest.raises(LedgerBrokenError) as found:
        ledger.verify()
    seq = found.value.facts["seq"]
    assert isinstance(seq, int)
    return seq


def test_a_chain_that_holds(ledger: Ledger) -> None:
    seqs = write(ledger, 10)
    assert seqs == list(range(seqs[0], seqs[0] + 10))
    assert ledger.verify().events == seqs[-1]


COPY = "SELECT {seq}, at, kind, subject, 'z', {key}, body, {previous}, 'x' FROM events WHERE seq = 5"


def test_a_sum_can_be_made_with_other_tools() -> None:
    event = follow(7, "0" * 64, Entry("note", 'uji "kutip"', "é\n", {"b": [1], "a": None}), datetime.now(UTC))
    parts = [event.seq, event.at, event.kind, event.subject, event.actor, event.key, event.body]
    text = f"{event.previous}\n{json.dumps(parts, separators=(',', ':'))}"
    assert event.hash == hashlib.sha256(text.encode()).hexdigest()
    assert event.body == '{"a":null,"b":[1]}'


REFUSED = [
    "UPDATE events SET body = '{}' WHERE seq = 5",
    "DELETE FROM events WHERE seq = 5",
    "DELETE FROM events",
    "UPDATE head SET seq = 2",
    "DELETE FROM head",
    "INSERT INTO head VALUES (2, 0, '')",
    # Not the next number, and not behind the last sum.
    "INSERT INTO events " + COPY.format(seq=105, key="NULL", previous="hash"),
    "INSERT INTO events " + COPY.format(seq=9, key="NULL", previous="'y'"),
]
ONLY_SQLITE = [
    # To take a row's place is to delete it, of which no trigger is told.
    "INSERT OR REPLACE INTO events " + COPY.format(seq="seq", key="key", previous="previous"),
    "INSERT OR REPLACE INTO events " + COPY.format(seq=9, key="'k'", previous="(SELECT hash FROM head)"),
    "INSERT OR REPLACE INTO head VALUES (1, 3, 'x')",
    "UPDATE OR REPLACE events SET seq = 4 WHERE seq = 5",
]
ONLY_POSTGRESQL = ["TRUNCATE events", "TRUNCATE head", "TRUNCATE events CASCADE"]


def test_the_database_itself_refuses(ledger: Ledger) -> None:
    write(ledger, 4)
    with ledger.writing() as writer:
        writer.append(Entry("note", "uji", "a", {}, key="k"))
    before = ledger.verify()
    for statement in REFUSED + (ONLY_SQLITE if ledger.file else ONLY_POSTGRESQL):
        with pytest.raises(DBAPIError, match=r"ledger: "), ledger.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert ledger.verify() == before, statement


def moved(*pairs: tuple[int, int]) -> list[str]:
    """Statements that give events other numbers."""
    return [f"UPDATE events SET seq = {to} WHERE seq = {of}" for of, to in pairs]


@pytest.mark.parametrize(
    ("statements", "seq"),
    [
        (["UPDATE events SET body = replace(body, 'naskah', 'naskaj') WHERE seq = 7"], 7),
        (["UPDATE events SET actor = 'b' WHERE seq = 9"], 9),
        (["UPDATE events SET at = replace(at, '20', '21') WHERE seq = 4"], 4),
        (["UPDATE events SET hash = replace(hash, substr(hash, 1, 1), 'g') WHERE seq = 6"], 6),
        (["UPDATE events SET key = 'baru' WHERE seq = 8"], 8),
        (["DELETE FROM events WHERE seq = 5"], 5),
        (["DELETE FROM events WHERE seq = 1"], 1),
        # A removed row with the gap closed, and a pair the wrong way round.
        (["DELETE FROM events WHERE seq = 5", *moved(*((number + 1, number) for number in range(5, 13)))], 5),
        (moved((6, 99), (7, 6), (99, 7)), 6),
        # The tail; the database knows where it ended.
        (["DELETE FROM events WHERE seq > 10"], 11),
        (["DELETE FROM events WHERE seq > 12"], 13),
        (["UPDATE head SET hash = 'x'"], 13),
    ],
)
def test_the_first_bad_sequence_is_named(ledger: Ledger, statements: list[str], seq: int) -> None:
    write(ledger, 10)
    assert ledger.verify().events == 13
    behind_its_back(ledger, *statements)
    assert broken_at(ledger) == seq


def test_bytes_that_are_no_text_are_named_too(tmp_path: Path) -> None:
    for number, value in enumerate(("CAST(x'ff00' AS TEXT)", "x'7b7d'", "7")):
        ledger = Ledger.open(f"sqlite:///{tmp_path / str(number)}.db")
        write(ledger, 5)
        behind_its_back(ledger, f"UPDATE events SET body = {value} WHERE seq = 6")
        assert broken_at(ledger) == 6
        ledger.close()


def test_a_rewritten_chain_needs_a_checkpoint_to_show(ledger: Ledger) -> None:
    write(ledger, 5)
    kept = ledger.verify()
    with ledger.reading() as reader:
        last = list(reader.events())[-1]
    forged = follow(last.seq, last.previous, Entry(last.kind, last.subject, "orang lain", last.told), datetime.now(UTC))
    columns = ", ".join(f"{name} = :{name}" for name in Event._fields)
    behind_its_back(ledger, f"UPDATE head SET hash = '{forged.hash}'")
    with ledger.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE events SET {columns} WHERE seq = :seq"), forged._asdict())
    assert ledger.verify().events == kept.events
    with pytest.raises(LedgerBrokenError, match="berbeda dari titik periksa"):
        ledger.verify({kept.events: kept.hash})
    with pytest.raises(LedgerBrokenError, match=r"nomor urut 9: hilang sampai 20: ekornya terpotong"):
        ledger.verify({20: "x"})


def test_the_same_key_is_taken_once(ledger: Ledger) -> None:
    for expected in (True, False, False):
        with ledger.writing() as writer:
            assert bool(writer.append(Entry("note", "uji", "a", {}, key="satu"))) is expected
    assert ledger.verify().events == 4


def test_what_fails_half_way_leaves_nothing(ledger: Ledger) -> None:
    def begin_and_fail() -> None:
        with ledger.writing() as writer:
            writer.append(Entry("note", "uji", "a", {}))
            raise RuntimeError

    before = ledger.verify()
    with pytest.raises(RuntimeError):
        begin_and_fail()
    assert ledger.verify() == before


def test_many_writers_leave_no_gap_and_no_fork(url: str) -> None:
    Ledger.open(url).close()

    def work(number: int) -> list[int]:
        with closing(Ledger.open(url)) as own:
            return list(write(own, 25, f"penulis {number}"))

    with ThreadPoolExecutor(8) as pool:
        seqs = list(chain.from_iterable(pool.map(work, range(8))))
    ledger = Ledger.open(url)
    assert sorted(seqs) == list(range(4, 204))
    assert ledger.verify().events == 203
    ledger.close()


def test_two_that_make_it_at_once_make_one(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        for made in pool.map(Ledger.open, [url] * 6):
            made.close()
    ledger = Ledger.open(url)
    assert ledger.verify().events == 3
    ledger.close()


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    with ledger.reading() as reader:
        before = reader.head()
        write(ledger, 2)
        assert reader.head() == before


def test_the_migrations_make_what_the_code_reads(ledger: Ledger) -> None:
    folder = str(Path(store.__file__).with_name("migrations"))
    assert ScriptDirectory(folder).get_heads() == [store.REVISION]
    inspected = sa.inspect(ledger.engine)
    for table in METADATA.sorted_tables:
        made = {column["name"]: column["nullable"] for column in inspected.get_columns(table.name)}
        assert made == {column.name: column.nullable for column in table.columns}
        indexes = {index["name"] for index in inspected.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


def test_a_newer_ledger_is_left_alone(ledger: Ledger, url: str) -> None:
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerUnusableError, match="versi yang lebih baru"):
        Ledger.open(url)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("mysql://a:kenari-rahasia@b/c", "alamatnya bukan sqlite"),
        ("://kenari-rahasia", "alamatnya bukan sqlite"),
        ("sqlite:////proc/tidak/ada.db", r"(No such file|Read-only|tidak)"),
        ("postgresql://orang:kenari-rahasia@127.0.0.1:1/x", "Connection refused|connection failed"),
    ],
)
def test_an_address_that_cannot_be_used(wrong: str, words: str) -> None:
    with pytest.raises(LedgerUnusableError, match=words) as found:
        Ledger.open(wrong)
    assert "kenari-rahasia" not in str(found.value)


def test_what_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusableError, match="tidak ada buku catatan"):
        Ledger.existing(f"sqlite:///{tmp_path / 'tidak-ada.db'}")
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    Ledger.open(f"sqlite:///{tmp_path / 'baru' / 'ledger.db'}").close()
    assert (tmp_path / "baru").stat().st_mode & 0o077 == 0
    assert (tmp_path / "baru" / "ledger.db").stat().st_mode & 0o077 == 0
