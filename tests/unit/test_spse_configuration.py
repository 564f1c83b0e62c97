"""Reading and editing a vendor's application.conf: nothing but the wanted value changes, and no secret shows."""

import pytest

from library.module_utils import spse_configuration as configuration
from tests.hosts.paths import REPOSITORY

VENDORS = (REPOSITORY / "tests/spse_app/tree/webapp/conf/application.conf").read_text()

TEXT = """\
# Konfigurasi SPSE
http.path = /eproc4
http.port=9090
# http.port=8080
%prod.http.port=9191
%dev.http.port=9292
db.url : jdbc:postgresql://localhost:5432/epns_prod?x=y
panjang = satu, \\
          dua
jalur=C:\\\\data\\u0041
kosong=
! catatan lain \\
db.pass   lama"""


def test_what_is_in_force() -> None:
    assert configuration.parse(TEXT) == {
        "http.path": "/eproc4",
        "http.port": "9191",
        "db.url": "jdbc:postgresql://localhost:5432/epns_prod?x=y",
        "panjang": "satu, dua",
        "jalur": "C:\\dataA",
        "kosong": "",
        "db.pass": "lama",
    }


def test_the_last_of_two_lines_wins() -> None:
    assert configuration.parse("a=1\na=2\n") == {"a": "2"}
    assert configuration.edit("a=1\na=2\n", {"a": "3"}) == "a=1\na=3\n"


@pytest.mark.parametrize("text", [TEXT, VENDORS, "", "\n", "a", "# only", "a=1\r\nb=2\r\n"])
def test_nothing_wanted_changes_nothing(text: str) -> None:
    assert configuration.edit(text, {}) == text
    assert configuration.edit(text, configuration.parse(text)) == text


@pytest.mark.parametrize(
    ("key", "value", "before", "after"),
    [
        ("http.path", "/lain", "http.path = /eproc4\n", "http.path = /lain\n"),
        ("http.port", "9393", "%prod.http.port=9191\n", "%prod.http.port=9393\n"),
        ("panjang", "tiga", "panjang = satu, \\\n          dua\n", "panjang = tiga\n"),
        ("jalur", "D:\\x", "jalur=C:\\\\data\\u0041\n", "jalur=D:\\\\x\n"),
        ("kosong", " isi", "kosong=\n", "kosong=\\ isi\n"),
        ("db.pass", "baru", "db.pass   lama", "db.pass   baru"),
        ("baru", "1", "db.pass   lama", "db.pass   lama\nbaru=1\n"),
    ],
)
def test_only_the_wanted_value_changes(key: str, value: str, before: str, after: str) -> None:
    edited = configuration.edit(TEXT, {key: value})
    assert edited == TEXT.replace(before, after)
    assert edited != TEXT
    assert configuration.parse(edited)[key].strip() == value.strip()


@pytest.mark.parametrize("value", ["a=b:c", "#x", "dengan spasi", "C:\\n", "baris\nbaru", "é—ü", "\ttab"])
def test_what_is_written_is_read_back(value: str) -> None:
    assert configuration.parse(configuration.edit(TEXT, {"baru": value}))["baru"] == value


def test_no_secret_shows_but_that_it_changed() -> None:
    after = configuration.edit(TEXT, {"db.pass": "kenari-rahasia"})
    assert configuration.masked(TEXT) == TEXT.replace("lama", "********")
    shown = configuration.masked(after, compared_with=TEXT)
    assert "kenari-rahasia" not in shown
    assert shown.endswith("db.pass   ******** (berubah)")


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("db.pass", True),
        ("application.secret", True),
        ("%prod.db.pass", True),
        ("mail.smtp.password", True),
        ("api_token", True),
        ("http.path", False),
        ("db.pool.maxSize", False),
        ("attachments.path", False),
    ],
)
def test_which_keys_are_secrets(key: str, *, secret: bool) -> None:
    assert bool(configuration.SECRET.search(key)) is secret
