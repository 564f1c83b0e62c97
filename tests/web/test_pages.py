"""What the pages say is what the ledger has."""

import html
import re
from datetime import timedelta

from sqlalchemy import func, select

from chatops.ledger import outages, projection
from chatops.ledger.schema import CHANGES, OUTAGES, STANDINGS
from chatops.watch.presence import GAP
from tests.web.house import ADMIN, AUDITOR, House
from tests.year.make import UNTIL, Year

NOW = UNTIL.isoformat(timespec="seconds")


def figures(body: str) -> list[int]:
    """The numbers at the top of the front page."""
    return [int(each.replace(".", "")) for each in re.findall(r"<strong>([\d.]+)</strong>", body)]


def seen(body: str) -> str:
    """What somebody reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body)))


def test_the_front_page_counts_as_the_ledger_does(served: House) -> None:
    late, soon, away, critical, warning, well = figures(served.ask("/", served.enter(AUDITOR)).body)
    with served.site.ledger.reading() as reader:
        rows = reader.connection.execute(select(CHANGES.c.state, CHANGES.c.due)).all()
        gone = reader.connection.execute(select(func.count()).where(OUTAGES.c.ended.is_(None))).scalar()
    due = [row.due for row in rows if row.state == "open" and row.due]
    assert (late, soon, away) == (sum(each < NOW for each in due), sum(each >= NOW for each in due), gone)
    assert critical + warning + well + away == len(served.site.offices)


def test_an_admins_front_page_counts_his_own(served: House, year: Year) -> None:
    body = served.ask("/", served.enter(ADMIN)).body
    with served.site.ledger.reading() as reader:
        rows = reader.connection.execute(select(CHANGES.c.state, CHANGES.c.due, CHANGES.c.lpse)).all()
    own = [row.due for row in rows if row.state == "open" and row.due and row.lpse == year.offices[0].slug]
    assert figures(body)[:2] == [sum(each < NOW for each in own), sum(each >= NOW for each in own)]


def test_a_change_has_every_event_with_its_hash(served: House) -> None:
    cookie = served.enter(AUDITOR)
    with served.site.ledger.reading() as reader:
        changes = list(projection.changes(reader.connection, CHANGES.c.number.in_([1, 7, 30, 200])))
    assert len(changes) == 4
    for change in changes:
        body = served.ask(f"/perubahan/{change.id}", cookie).body
        for event in change.history:
            assert event.hash in body
            assert f'<th scope="row">{event.seq}</th>' in body
        assert change.course is None or change.course.hash in body


def test_deadlines_are_told_in_both_zones(served: House) -> None:
    cookie = served.enter(AUDITOR)
    with served.site.ledger.reading() as reader:
        eastern = next(
            each
            for each in projection.changes(reader.connection, CHANGES.c.service == "S0-17a")
            if each.opened["lpse_zone"] == "WIT" and each.closed and "T16:00:00" in each.closed["due"]
        )
    assert "16.00 WIB (18.00 WIT)" in seen(served.ask(f"/perubahan/{eastern.id}", cookie).body)
    assert "16.00 WIB (18.00 WIT)" in seen(served.ask(f"/lpse/{eastern.lpses[0]}", cookie).body)


def test_an_outage_has_its_bounds_and_evidence(served: House) -> None:
    with served.site.ledger.reading() as reader:
        found = next(each for each in outages.find(reader.connection) if each.ended and each.ended["returns"])
    body = served.ask(f"/gangguan/{found.id}", served.enter(AUDITOR)).body
    assert all(event.hash in body for event in found.events)
    assert f"{found.ended['returns'] if found.ended else 0} kali kembali sebentar" in seen(body)


def test_who_has_not_been_looked_at_is_not_said_to_be_well(served: House) -> None:
    cookie = served.enter(AUDITOR)
    assert 'class="tile well"' in served.ask("/lpse", cookie).body
    served.clock.now += timedelta(seconds=GAP + 60)
    body = served.ask("/lpse", cookie).body
    assert 'class="tile well"' not in body
    assert 'class="tile unseen"' in body
    assert "sudah lama, keadaannya sekarang tidak diketahui" in seen(served.ask("/lpse/aceh-01", cookie).body)


def test_the_map_can_be_narrowed(served: House) -> None:
    cookie = served.enter(AUDITOR)
    assert len(re.findall('class="tile ', served.ask("/lpse?cari=papua%20pegunungan", cookie).body)) == 2
    critical = served.ask("/lpse?keadaan=critical", cookie).body
    assert set(re.findall(r'class="tile (\w+)"', critical)) == {"critical"}
    assert "Tidak ada LPSE seperti itu" in served.ask("/lpse?cari=atlantis", cookie).body


def test_the_list_of_changes_goes_on_to_its_end(served: House) -> None:
    cookie, path, found = served.enter(AUDITOR), "/perubahan?keadaan=terlewat", list[str]()
    while path:
        body = served.ask(path, cookie).body
        found += re.findall(r'<th scope="row"><a href="/perubahan/(CHG-[\d-]+)"', body)
        following = re.search(r'rel="next" href="([^"]+)"', body)
        path = html.unescape(following[1]) if following else ""
    with served.site.ledger.reading() as reader:
        missed = select(CHANGES.c.id).where(CHANGES.c.state == "closed", CHANGES.c.met.is_(False))
        wanted = sorted(reader.connection.execute(missed).scalars(), reverse=True)
    assert found == wanted
    assert wanted


def test_a_page_says_what_no_inventory_says_any_more(served: House) -> None:
    cookie = served.enter(AUDITOR)
    with served.site.ledger.reading() as reader:
        hosts = reader.connection.execute(select(STANDINGS.c.host).where(STANDINGS.c.lpse == "bali-01")).scalars().all()
    known = served.site.offices
    try:
        served.site.offices = {slug: office for slug, office in known.items() if slug != "bali-01"}
        page = served.ask("/lpse/bali-01", cookie)
        assert page.status == 200
        assert all(host in page.body for host in hosts)
        assert served.ask("/lpse/tidak-pernah-ada", cookie).status == 404
    finally:
        served.site.offices = known


def test_a_broken_inventory_is_said_and_hides_nothing(served: House) -> None:
    cookie, inventory = served.enter(AUDITOR), served.site.settings.inventory
    before = inventory.read_text()
    try:
        inventory.write_text("spse: [")
        served.site.renew()
        body = served.ask("/lpse", cookie).body
        assert "Inventaris tidak dapat dibaca" in body
        assert 'href="/lpse/aceh-01"' in body
    finally:
        inventory.write_text(before)
        served.site.renew()
    assert "Inventaris tidak dapat dibaca" not in served.ask("/lpse", cookie).body
