"""Who comes in, how often, for how long; and everybody who should not."""

import base64
import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from chatops.errors import SettingsError
from chatops.ledger.schema import LINKS
from chatops.web import links, sessions
from chatops.web.settings import WebSettings
from tests.web.house import ADMIN, AUDITOR, NOBODY, STRANGER, House, house
from tests.year.make import Year

PAGES = ("/", "/lpse", "/lpse/aceh-01", "/perubahan", "/perubahan/CHG-2026-000001", "/gangguan", "/laporan")


def test_a_link_lets_one_in_once(served: House) -> None:
    link = served.link(AUDITOR)
    # Programs that look at links before people do use none up.
    looked = [served.ask(link) for _ in range(3)]
    assert [each.status for each in looked] == [200, 200, 200]
    assert all("set-cookie" not in each.headers for each in looked)
    first, second = served.ask(link, method="POST"), served.ask(link, method="POST")
    assert (first.status, first.headers["location"]) == (303, "/")
    assert (second.status, second.cookie) == (403, "")
    assert "sudah dipakai" in second.body
    assert "Tono Contoh" in served.ask("/", first.cookie).body


def test_of_many_at_once_one_gets_in(served: House) -> None:
    link = served.link(AUDITOR)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: served.ask(link, method="POST").status, range(24)))
    assert sorted(set(answers)) == [303, 403]
    assert answers.count(303) == 1


def test_a_link_ends_by_itself(served: House) -> None:
    link = served.link(AUDITOR)
    served.clock.now += links.LASTS + timedelta(seconds=1)
    assert served.ask(link, method="POST").status == 403


def test_who_reads_the_database_can_follow_no_link(served: House) -> None:
    token = served.link(AUDITOR).rpartition("/")[2]
    with served.site.ledger.reading() as reader:
        kept = str(reader.connection.execute(select(LINKS)).all())
    assert token not in kept
    assert re.search(r"[0-9a-f]{64}", kept)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_anything_without_a_cookie(served: House, path: str) -> None:
    answer = served.ask(path)
    assert answer.status == 401
    assert "spse-ops web login" in answer.body
    assert "CHG-" not in answer.body


def test_a_cookie_is_for_nobody_else(served: House) -> None:
    answer = served.ask(served.link(AUDITOR), method="POST")
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert "secure" not in told
    assert f"max-age={int(sessions.LASTS.total_seconds())}" in told


def test_a_cookie_ends(served: House) -> None:
    cookie = served.enter(AUDITOR)
    assert served.ask("/", cookie).status == 200
    served.clock.now += sessions.LASTS
    assert served.ask("/", cookie).status == 401


def forged(cookie: str) -> list[str]:
    """What somebody would try who has one."""
    name, _, value = cookie.partition("=")
    value = value.strip('"')
    body, _, signature = value.partition(".")
    edge, _, until = json.loads(base64.urlsafe_b64decode(body))
    another = base64.urlsafe_b64encode(json.dumps([edge, "rini", until]).encode()).decode()
    later = base64.urlsafe_b64encode(json.dumps([edge, "budi", until + 10**6]).encode()).decode()
    tried = [
        f"{another}.{signature}",
        f"{later}.{signature}",
        f"{body}.",
        body,
        f"{body}.{signature[:-1]}",
        f"{body}.{'0' * 64}",
        f"{body}.{signature}x",
        "",
        ".",
        "\u00e9.\u00e9".encode().decode("latin-1"),
        "A" * 5000,
    ]
    return [f'{name}="{each}"' for each in tried]


def test_a_forged_cookie_is_none(served: House) -> None:
    for cookie in forged(served.enter(ADMIN)):
        assert served.ask("/", cookie).status == 401, cookie


def test_the_key_is_for_one_account_and_made_once(served: House, tmp_path: Path) -> None:
    path = served.site.records.state / "web" / "cookie.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: sessions.key(tmp_path), range(16)))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "web").iterdir()] == ["cookie.key"]


def test_who_has_no_rights_sees_nothing(served: House) -> None:
    for who, status in ((NOBODY, 403), (STRANGER, 403)):
        cookie = served.enter(who)
        for path in PAGES:
            answer = served.ask(path, cookie)
            assert answer.status == status
            assert "CHG-" not in answer.body


def test_rights_are_asked_anew_each_time(served: House) -> None:
    cookie, rules = served.enter(AUDITOR), served.site.settings.rules
    before = rules.read_text()
    assert served.ask("/", cookie).status == 200
    try:
        rules.write_text(before.replace("tono:", "bukan-tono:").replace("[tono]", "[bukan]"))
        assert served.ask("/", cookie).status == 403
        rules.write_text("people: [")
        broken = served.ask("/", cookie)
        assert broken.status == 503
        assert str(rules) not in broken.body
    finally:
        rules.write_text(before)
    assert served.ask("/", cookie).status == 200


def test_who_leaves_has_left(served: House) -> None:
    answer = served.ask("/keluar", served.enter(AUDITOR), method="POST")
    assert (answer.status, answer.headers["location"]) == (303, "/masuk")
    assert "max-age=0" in answer.headers["set-cookie"].lower()


def test_behind_tls_the_cookie_is_for_tls_only(year: Year, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("hosts.yml", "rules.yml"):
        (folder / name).write_text((year.inventory.parent / name).read_text())
    with house(folder, year.url, year.until, public="https://spse-ops.lkpp.example") as one:
        answer = one.ask(one.link(AUDITOR), method="POST", Host="spse-ops.lkpp.example")
        assert answer.headers["set-cookie"].startswith("__Host-spse=")
        assert "secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"]
        page = one.ask("/", answer.cookie, Host="spse-ops.lkpp.example")
        assert page.status == 200


@pytest.mark.parametrize(
    "told",
    [
        {"SPSE_OPS_WEB_URL": "http://spse-ops.lkpp.example"},
        {"SPSE_OPS_WEB_URL": "ftp://127.0.0.1"},
        {"SPSE_OPS_WEB_URL": "https://spse-ops.lkpp.example/di/bawah"},
        {"SPSE_OPS_WEB_LISTEN": "di sini"},
        {"SPSE_OPS_WEB_LISTEN": "0.0.0.0:8091"},
    ],
)
def test_settings_that_would_give_cookies_away_are_refused(told: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        WebSettings.from_environment(tmp_path, told)
    allowed = WebSettings.from_environment(
        tmp_path, {"SPSE_OPS_WEB_LISTEN": "0.0.0.0:8091", "SPSE_OPS_WEB_URL": "https://a.example"}
    )
    assert allowed.hosts == {"a.example"}
