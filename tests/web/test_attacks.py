"""What somebody tries who is in, or wants to be: other offices, hostile words, paths, methods, other sites."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

from chatops.changes import Asked, Changes
from chatops.ledger.chain import Entry
from chatops.ledger.store import Ledger
from chatops.watch import standing
from chatops.watch.answer import Answer
from chatops.watch.look import Look, State, Target
from chatops.watch.series import Series
from tests.web.house import ADMIN, AUDITOR, House, house
from tests.year import fleet
from tests.year.make import UNTIL, Year

CANARY = "kenari-yang-rahasia-93"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e{{7*7}}"


class Parts(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take it down."""
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in {"href", "src", "action"} and value]


def test_an_admin_sees_his_office_and_no_other(served: House, year: Year) -> None:
    cookie, own = served.enter(ADMIN), year.offices[0].slug
    others = [office.slug for office in year.offices[1:]]
    assert served.ask(f"/lpse/{own}", cookie).status == 200
    for path in ("/", "/perubahan", "/perubahan?keadaan=ditutup", "/gangguan", "/laporan", f"/lpse/{own}"):
        body = served.ask(path, cookie).body
        assert [slug for slug in others if re.search(rf"\b{slug}\b", body)] == [], path
    assert served.ask("/lpse", cookie).headers["location"] == f"/lpse/{own}"
    assert served.ask(f"/lpse/{others[0]}", cookie).status == 404
    assert "CHG-" not in served.ask(f"/perubahan?lpse={others[0]}", cookie).body
    assert "GGN-" not in served.ask(f"/gangguan?lpse={others[0]}", cookie).body


def test_what_is_of_another_office_is_not_there_for_him(served: House, year: Year) -> None:
    admin, auditor, own = served.enter(ADMIN), served.enter(AUDITOR), year.offices[0].slug
    for kind, path in (("CHG", "/perubahan"), ("GGN", "/gangguan")):
        for number in range(1, 40):
            page = f"{path}/{kind}-2026-{number:06}"
            seen = served.ask(page, auditor)
            assert seen.status == 200
            mine = f'href="/lpse/{own}"' in seen.body or "nasional" in seen.body
            answer = served.ask(page, admin)
            assert answer.status == (200 if mine else 404), page
            # Whether there is one at all is not said, either.
            assert mine or answer.body == served.ask(f"{path}/{kind}-2026-999999", admin).body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/lpse", "/perubahan", "/gangguan", "/laporan", "/healthz", "/static/style.css"])
def test_nothing_is_done_by_another_method(served: House, method: str, path: str) -> None:
    assert served.ask(path, served.enter(AUDITOR), method=method).status == 405


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "", "localhost:80", "127.0.0.1:1@evil.example"])
def test_it_answers_to_its_own_name_only(served: House, host: str) -> None:
    assert served.ask("/masuk", Host=host).status == 421


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_lets_nobody_in_or_out(served: House, site: str) -> None:
    link = served.link(AUDITOR)
    assert served.ask(link, method="POST", Sec_Fetch_Site=site).status == 403
    assert served.ask("/keluar", method="POST", Sec_Fetch_Site=site).status == 403
    assert served.ask(link, method="POST", Sec_Fetch_Site="same-origin").status == 303


def test_every_answer_keeps_browsers_from_harm(served: House) -> None:
    cookie = served.enter(AUDITOR)
    for path in ("/", "/masuk", "/tidak-ada", "/static/style.css", "/healthz", "/lpse/aceh-01"):
        headers = served.ask(path, cookie).headers
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert "script" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
    assert served.ask("/", cookie).headers["cache-control"] == "no-store"


def test_pages_bring_no_script_no_style_and_nothing_of_others(served: House) -> None:
    cookie = served.enter(AUDITOR)
    for path in ("/", "/lpse", "/lpse/aceh-01", "/perubahan", "/perubahan/CHG-2026-000001", "/gangguan", "/laporan"):
        parts = Parts(served.ask(path, cookie).body)
        assert not parts.tags & {"script", "style", "iframe", "object", "embed", "img"}, path
        assert not [name for name in parts.names if name.startswith("on") or name == "style"], path
        assert not [link for link in parts.links if link.startswith(("http:", "https:", "//", "javascript:"))], path


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[House]:
    """An office whose host, requesters and names say whatever they like."""
    office = fleet.Office("jahat", EVIL, "WIT", (fleet.Host("spse.jahat.example", "127.0.0.1", ("prod",)),))
    fleet.write(tmp_path, [office])
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = Ledger.open(url)
    changes = Changes(ledger, EVIL)
    number = changes.open(Asked(EVIL.replace("\u202e", ""), ("jahat", 'a"><b'), "S0-17a", days=1, reason=EVIL)).id
    changes.pause(number, f"{EVIL} password={CANARY}")
    at = int(UNTIL.timestamp()) - 30
    told = Answer(at, {"disk:/<script>": 0.01, "login:prod": 0}, {"build:prod": EVIL}, {"login:prod": EVIL, EVIL: EVIL})
    look = Look(Target("spse.jahat.example", "jahat", "127.0.0.1"), State.ANSWERED, at, 0.1, told, EVIL)
    Series(ledger).add([(look, standing.after({}, look))])
    body = {"at": UNTIL.isoformat(), "host": EVIL, "lpse": "jahat", "instance": EVIL, "last_there": None}
    with ledger.writing() as writer:
        more = {"why": EVIL, "planned": False, "zone": "WIT"}
        writer.append(Entry("outage.began", "GGN-2026-000001", EVIL, body | more))
    ledger.close()
    with house(tmp_path, url, UNTIL) as made:
        yield made


def test_hostile_words_are_words(hostile: House) -> None:
    cookie = hostile.enter(AUDITOR)
    (number,) = re.findall(r"CHG-\d{4}-000001", hostile.ask("/perubahan", cookie).body)[:1]
    for path in (
        *("/", "/lpse", "/lpse/jahat", "/perubahan", f"/perubahan/{number}", "/gangguan"),
        *("/gangguan/GGN-2026-000001", f"/lpse?cari={quote(EVIL)}", f"/perubahan?lpse={quote(EVIL)}"),
    ):
        answer = hostile.ask(path, cookie)
        assert answer.status == 200, path
        parts = Parts(answer.body)
        assert not parts.tags & {"script", "img", "b"}, path
        assert not [name for name in parts.names if name.startswith("on")], path
        assert "\u202e" not in answer.body, path
        assert CANARY not in answer.body, path
    assert "alert(1)" in hostile.ask("/lpse/jahat", cookie).body


@pytest.fixture
def reports(served: House) -> Path:
    """Reports of a month, with something beside them that is none."""
    folder = served.site.web.reports
    own, other = served.site.offices["aceh-01"].slug, "sumut-01"
    for office in (own, other, "nasional"):
        place = folder / "2026-06" / office
        place.mkdir(parents=True, exist_ok=True)
        (place / "monitoring.html").write_text("<script>alert(1)</script><p>laporan</p>")
        (place / "trend.pdf").write_bytes(b"%PDF-1.7")
        (place / "kunci.txt").write_text("rahasia")
    (folder.parent / "rahasia.pdf").write_text("rahasia")
    link = folder / "2026-06" / own / "luar.pdf"
    if not link.is_symlink():
        link.symlink_to(folder.parent / "rahasia.pdf")
    return folder


def test_reports_are_files_of_those_names_for_those_who_may(served: House, reports: Path) -> None:
    auditor, admin = served.enter(AUDITOR), served.enter(ADMIN)
    listed, his = served.ask("/laporan", auditor).body, served.ask("/laporan", admin).body
    assert "/laporan/2026-06/nasional/trend.pdf" in listed
    assert "/laporan/2026-06/aceh-01/trend.pdf" in his
    assert "sumut-01" not in his
    assert "nasional" not in his
    for office, status in (("aceh-01", 200), ("sumut-01", 404), ("nasional", 404)):
        assert served.ask(f"/laporan/2026-06/{office}/trend.pdf", admin).status == status
    page = served.ask("/laporan/2026-06/aceh-01/monitoring.html", admin)
    # Whatever it holds, it is shown as if it came from nowhere.
    assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert reports.is_dir()


@pytest.mark.parametrize(
    "path",
    [
        "/laporan/2026-06/aceh-01/../../../rahasia.pdf",
        "/laporan/2026-06/aceh-01/..%2f..%2f..%2frahasia.pdf",
        "/laporan/2026-06/aceh-01/%2e%2e%2f%2e%2e%2frahasia.pdf",
        "/laporan/..%2f../aceh-01/rahasia.pdf",
        "/laporan/2026-06/aceh-01/luar.pdf",
        "/laporan/2026-06/aceh-01/kunci.txt",
        "/laporan/2026-06/aceh-01/trend.pdf%00.html",
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/lpse/..%2f..%2fetc",
        "/perubahan/CHG-2026-000001%0d%0aX:1",
    ],
)
def test_no_path_leads_out(served: House, reports: Path, path: str) -> None:
    assert reports.is_dir()
    answer = served.ask(path, served.enter(AUDITOR))
    assert answer.status in {400, 404}
    assert "rahasia" not in answer.body


def test_what_fails_says_nothing_of_itself(served: House, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = served.enter(AUDITOR)

    def broken(*_: object) -> None:
        raise ValueError("kata sandi: hunter2")

    monkeypatch.setattr("chatops.web.front.facts", broken)
    answer = served.ask("/", cookie)
    assert answer.status == 500
    assert "hunter2" not in answer.body
    assert "Traceback" not in answer.body
    assert "sudah tercatat" in answer.body
