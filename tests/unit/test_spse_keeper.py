"""What may go by the policy, and what may not, however many snapshots somebody adds."""

from datetime import UTC, datetime, timedelta

from roles.backup_server.files.spse_keeper import Snapshot, expired, in_share

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEEP = {"all": 1, "daily": 7, "weekly": 2, "monthly": 3, "yearly": 2}


def point(name: str, arrived: datetime) -> list[Snapshot]:
    """The two snapshots of a restore point."""
    return [
        Snapshot(f"{name}-data", f"{name}-data", frozenset({"point", f"id={name}"}), arrived),
        Snapshot(f"{name}-record", f"{name}-record", frozenset({"record", f"snapshot={name}-data"}), arrived),
    ]


def days(count: int, *, at: int = 2) -> list[Snapshot]:
    """A restore point a day, the last one today."""
    found = []
    for number in range(count):
        moment = NOW.replace(hour=at) - timedelta(days=number)
        found += point(f"{moment:%Y-%m-%d}", moment)
    return found


def stay(snapshots: list[Snapshot]) -> list[str]:
    """The restore points that are kept, the newest first."""
    gone = expired(snapshots, KEEP, NOW)
    return sorted({one.id.removesuffix("-data") for one in snapshots if one not in gone and "point" in one.tags})[::-1]


def test_the_last_of_each_period_stays() -> None:
    kept = stay(days(800))
    assert kept[:7] == [f"2026-11-{day}" for day in (20, 19, 18, 17, 16, 15, 14)]
    # Of weeks, months and years the last one that there is.
    assert kept[7:] == ["2026-10-31", "2026-09-30", "2025-12-31"]


def test_both_snapshots_of_a_point_go_or_stay() -> None:
    gone = expired(days(800), KEEP, NOW)
    assert sum("record" in one.tags for one in gone) == sum("point" in one.tags for one in gone) == 790


def test_nothing_goes_of_what_is_young() -> None:
    assert expired(days(7), KEEP, NOW) == []


def test_all_of_today_stays() -> None:
    hours = [one for number in range(12) for one in point(f"hour-{number}", NOW - timedelta(hours=number))]
    assert expired(hours, KEEP, NOW) == []


def test_whoever_floods_today_does_not_push_yesterday_out() -> None:
    """What comes in today has today's place, whatever time it says of itself."""
    flood = [one for number in range(500) for one in point(f"flood-{number}", NOW - timedelta(seconds=number))]
    assert {f"2026-11-{day}" for day in range(14, 20)} <= set(stay(days(30) + flood))


def test_a_snapshot_without_a_record_goes_after_two_days() -> None:
    """One that was cut; a younger one may be on its way to be recorded."""
    cut = Snapshot("cut", "cut", frozenset({"point", "id=cut"}), NOW - timedelta(days=3))
    under_way = Snapshot("new", "new", frozenset({"point", "id=new"}), NOW - timedelta(hours=1))
    assert expired([*days(3), cut, under_way], KEEP, NOW) == [cut]


def test_a_record_without_its_snapshot_is_no_point() -> None:
    alone = Snapshot("alone", "alone", frozenset({"record", "snapshot=gone"}), NOW - timedelta(days=5))
    assert expired([alone, *days(1)], KEEP, NOW) == [alone]


def test_the_newest_stays_however_old() -> None:
    old = point("old", NOW - timedelta(days=4000))
    assert expired(old, KEEP, NOW) == []


def test_every_file_has_its_day() -> None:
    names = [f"{number * 2654435761 % 2**32:08x}" + "0" * 56 for number in range(900)]
    for name in names:
        assert sum(in_share(name, day, 30) for day in range(739000, 739030)) == 1
    for day in range(30):
        assert 15 < sum(in_share(name, day, 30) for name in names) < 60


def test_what_has_no_checksum_for_a_name_is_looked_at_every_day() -> None:
    assert in_share("sampah", 1, 30)
