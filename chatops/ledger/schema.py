"""Tables of the ledger. What stands in `events` is the truth; the others are read from it and can be made again."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, MetaData, Table, Text, text
from sqlalchemy import UniqueConstraint as Unique

METADATA = MetaData()

# SQLite keeps rows in the order of a key that is called INTEGER, and no other.
NUMBER = BigInteger().with_variant(Integer, "sqlite")

EVENTS = Table(
    "events",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("key", Text, unique=True),
    Column("body", Text, nullable=False),
    Column("previous", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
    Index("events_of_subject", "subject", "seq"),
)

# Where the chain ends. The database moves it itself, with each event: a tail that is cut leaves it behind.
HEAD = Table(
    "head",
    METADATA,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

# One change may be for several offices, with commas between them; those are few.
SEVERAL = text("lpse LIKE '%,%'")

CHANGES = Table(
    "changes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("operation", Text, nullable=False),
    Column("lpse", Text, nullable=False),
    Column("service", Text),
    Column("class", Text),
    Column("state", Text, nullable=False),
    # Moments in UTC, as text that sorts.
    Column("received", Text, nullable=False),
    Column("due", Text),
    Column("provisional", Boolean, nullable=False),
    Column("closed", Text),
    Column("outcome", Text),
    Column("met", Boolean),
    Column("remind", Text),
    Unique("year", "number"),
    Index("changes_by_state", "state", "due"),
    Index("changes_to_remind", "remind"),
    Index("changes_by_receipt", "received"),
    Index("changes_of_office", "lpse", "year", "number"),
    Index("changes_of_several", "year", "number", sqlite_where=SEVERAL, postgresql_where=SEVERAL),
    Index("changes_by_close", "closed", "met"),
)

BUDGETS = Table(
    "budgets",
    METADATA,
    Column("service", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("lpse", Text, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("seconds", BigInteger, nullable=False),
)

OUTAGES = Table(
    "outages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("lpse", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("began", Text, nullable=False),
    Column("ended", Text),
    Column("seconds", BigInteger),
    Index("outages_by_office", "lpse", "began"),
    Index("outages_of_host", "host", "instance", "ended"),
    Index("outages_by_time", "began"),
)

# What the watcher proposes; opened as a change, or dismissed, by somebody.
PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("lpse", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("answered", Text),
    Column("change", Text),
    Index("proposals_by_state", "state", "lpse"),
    Index("proposals_of_host", "host", "rule", "about"),
)

# How far each change is that was asked for at the desk: what workers choose from.
WORK = Table(
    "work",
    METADATA,
    Column("change", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("planner", Text, nullable=False),
    Column("changes_hosts", Boolean, nullable=False),
    # A list in JSON.
    Column("hosts", Text, nullable=False),
    Column("run", Text),
    # The event that has put it in the queue: the order of the queue.
    Column("queued", NUMBER),
    Column("not_before", Text),
    Column("held", Boolean, nullable=False),
    Column("machine", Text),
    Column("worker", Text),
    Column("review", Boolean, nullable=False),
    Index("work_by_stage", "stage", "queued"),
    Index("work_held", "held"),
)

# Not read from events, and no loss: how far a run is just now, and up to where somebody has read.
PROGRESS = Table(
    "progress",
    METADATA,
    Column("run", Text, primary_key=True),
    Column("told", Text, nullable=False),
    Column("log", Text),
)
CURSORS = Table(
    "cursors", METADATA, Column("reader", Text, primary_key=True), Column("seq", BigInteger, nullable=False)
)

# What was seen of the fleet, thinned with age: a row for each host and look, then hour, then day, with all its values.
SAMPLES = Table(
    "samples",
    METADATA,
    Column("host", Text, primary_key=True),
    Column("grain", Integer, primary_key=True, autoincrement=False),
    # Seconds since 1970.
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Index("samples_to_thin", "grain", "at"),
)
# What charts are drawn of, each half hour, quarter of a day and two days as soon as it is over: a row for each point.
SUMS = Table(
    "sums",
    METADATA,
    Column("host", Text, primary_key=True),
    # How many seconds it is.
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Index("sums_by_time", "step", "at"),
)
# What each host has said of each of its days; the texts go with age, the figures stay.
DIGESTS = Table(
    "digests",
    METADATA,
    Column("host", Text, primary_key=True),
    # As 2026-11-21, where the host is.
    Column("day", Text, primary_key=True),
    Column("lpse", Text, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index("digests_by_day", "day", "whole"),
)
STANDINGS = Table(
    "standings",
    METADATA,
    Column("host", Text, primary_key=True),
    Column("lpse", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("level", Integer, nullable=False),
    Column("body", Text, nullable=False),
    # Who only wants to know how all of them stand need not read what each has said.
    Index("standings_shortly", "host", "at", "level"),
)

# By which somebody comes to the pages, once: of each link only its sum, so that whoever reads this can follow none.
LINKS = Table(
    "links",
    METADATA,
    Column("token", Text, primary_key=True),
    Column("edge", Text, nullable=False),
    Column("account", Text, nullable=False),
    # Seconds since 1970.
    Column("until", BigInteger, nullable=False),
    Column("used", Boolean, nullable=False),
)
