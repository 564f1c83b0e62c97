"""No secret in a log survives, in whatever form it was written, and the words around it do."""

import itertools
import random
import time

import pytest

from library.module_utils.spse_log_secrets import MASK, Masker, mask

CANARY = "kenari-R4hasia"

NAMES = (
    *("pass", "password", "kata_sandi", "katasandi", "sandi", "secret", "token", "key", "authorization", "cookie"),
    *(
        "PLAY_SESSION",
        "db.pass",
        "application.secret",
        "api_key",
        "apiKey",
        "userPassword",
        "PGPASSWORD",
        "X-Auth-Token",
    ),
    *("password2", "pass_lama", "csrf_token", "dbpass", "passBaru", "Password", "SANDI", "user[password]"),
)
PAIRS = (
    *("{name}={value}", "{name}: {value}", "{name} = {value}", "{name}:{value}", "{name} => {value}"),
    *('"{name}": "{value}"', '"{name}":"{value}"', "'{name}': '{value}'", '{{\\"{name}\\":\\"{value}\\"}}'),
    *('{name}="{value}"', "{name}='{value}'", '{name}="dua {value}"', '"{name}": "a\\"b {value}"'),
    *('"{name}": ["x", "{value}"]', '{{"{name}": "{value}", "nama": "budi"}}', '"{name}": {{"isi": "{value}"}}'),
    *("/login?nama=budi&{name}={value}&lain=1", "/login?{name}={value}", "{{nama=budi, {name}={value}, lain=1}}"),
    *("User({name}={value})", "Key ({name})=({value}) already exists.", "nama=budi;{name}={value};lain=1"),
    *("--{name} {value}", "--{name}={value}", "<{name}>{value}</{name}>", "{name} '{value}'"),
    *("?balik=%2Flogin%3Fnama%3Dbudi%26{name}%3D{value}%26lain%3D1",),
    *("{name}=a&{value}", "{name}={value}!@#$%^*", '{name}="it\'s {value}"', "{name}='it''s {value}'"),
)
FORMS = (
    *("jdbc:postgresql://epns:{value}@localhost:5432/epns_prod", "https://:{value}@lkpp.example/x"),
    *("ftp://a:x@{value}@host/", "ftp://a:{value}/x@host/", "http://epns:{value}@[::1]:9090/"),
    *(
        "ALTER ROLE epns PASSWORD '{value}'",
        "create role x login ENCRYPTED password E'{value}'",
        "PASSWORD $${value}$$",
    ),
    *(
        "PASSWORD $a$x $${value}$a$",
        "PASSWORD 'it''s {value}'",
    ),
    *("insert into pengguna (nama, sandi) values ('budi', '{value}')", "select 1 where sandi like '{value}'"),
    *("update pengguna set sandi = $1 DETAIL:  parameters: $1 = '{value}'",),
    *("DETAIL:  Failing row contains (1, budi, {value}, 3).", 'COPY pengguna, line 3: "1 budi {value}"'),
    *("Authorization: Bearer {value}", "Authorization: Basic {value}==", 'curl -H "Authorization: Bearer {value}" x'),
    *("Proxy-Authorization: {value}", 'Authorization: Digest username="x", response="{value}"', "Bearer {value}"),
    *("authorization=Bearer {value}", '"Authorization": "Basic {value}"', "?x=Bearer%20{value}", "basic {value}"),
    *("Cookie: a=b; PLAY_SESSION={value}; c=d", "Set-Cookie: x={value}; Path=/; HttpOnly", "cookie: {value}"),
    *("-H 'Cookie: id={value}' x", "PLAY_SESSION=1-%00nama%3A{value}%00&id=5", 'JSESSIONID={value}"'),
    *("-----BEGIN PRIVATE KEY-----\n{value}\n-----END PRIVATE KEY-----",),
    *("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n{value}", "-----BEGIN OPENSSH PRIVATE KEY-----\\n{value}\\n-----END"),
)

# Cut off by whoever wrote them; nothing comes after these.
CUT = ("PASSWORD '{value}", 'token="{value}', '{{"token": "{value}', "select sandi, '{value}")

every_form = [
    *(pair.replace("{name}", name) for name, pair in itertools.product(NAMES, PAIRS)),
    *FORMS,
]


def filled(form: str, value: str) -> str:
    return form.replace("{value}", value).replace("{{", "{").replace("}}", "}")


@pytest.mark.parametrize("form", every_form)
def test_the_canary_never_survives(form: str) -> None:
    for before, after in itertools.product(
        ("", "gagal: ", "\n  at a.b(C.java:5)\n"), ("", " lalu berhenti", "\n\tlalu")
    ):
        masked = mask(before + filled(form, CANARY) + after)
        assert CANARY not in masked
        assert MASK in masked
        assert masked.startswith(before)


@pytest.mark.parametrize("form", CUT)
def test_the_canary_does_not_survive_being_cut(form: str) -> None:
    assert CANARY not in mask(filled(form, CANARY))


def test_many_together_never_survive() -> None:
    chance = random.Random(2026)  # noqa: S311 - the same every time
    words = ["panitia", "GET /paket/5", "200", "ERROR ~", "\n", "at x.Y(Y.java:7)", '"', "can't", "a=b", ","]
    for _ in range(2000):
        value = CANARY + "".join(chance.choices("abcXYZ019", k=8))
        parts = [
            filled(chance.choice(every_form), value) if chance.random() < 0.4 else chance.choice(words)
            for _ in range(8)
        ]
        text = " ".join(parts)
        assert CANARY not in mask(text), text


@pytest.mark.parametrize("form", every_form)
def test_masking_again_changes_nothing(form: str) -> None:
    once = mask(filled(form, CANARY))
    assert CANARY not in mask(once)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("pengguna budi password=x dari 10.0.0.1", "pengguna budi password=******** dari 10.0.0.1"),
        ("/masuk?nama=budi&sandi=x&lain=1 200", "/masuk?nama=budi&sandi=********&lain=1 200"),
        ('{"nama": "budi", "token": "x", "umur": 3}', '{"nama": "budi", "token": ********, "umur": 3}'),
        ("postgresql://epns:x@localhost/epns", "postgresql://epns:********@localhost/epns"),
        ("ALTER ROLE epns PASSWORD 'x' LOGIN", "ALTER ROLE epns PASSWORD ******** LOGIN"),
        ("Authorization: Bearer x.y, status 401", "Authorization: Bearer ********, status 401"),
        (
            "can't: insert into pengguna (nama, sandi) values ('budi', E'x')",
            "can't: insert into pengguna (nama, sandi) values ('********', E'********')",
        ),
        ("{pass=x, nama=budi}", "{pass=********, nama=budi}"),
    ],
)
def test_words_around_a_secret_stay(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "kata sandi salah untuk panitia",
        'FATAL:  password authentication failed for user "epns"',
        "ERROR:  duplicate key value violates unique constraint",
        "DETAIL:  Key (id)=(5) already exists.",
        "\tat spse.Passwords.check(Passwords.java:12)\n\tat spse.Token.of(Token.java:7)",
        "spse.TokenException: kedaluwarsa pada 12.00",
        "AH00957: HTTP: attempt to connect to 127.0.0.1:9090 (localhost) failed",
        "http://localhost:9090/eproc4?surel=a@b.example",
        "passed: 12 failed: 3, primary key",
        "Basic authentication wajib",
        "GET /eproc4/paket/5?halaman=2 HTTP/1.1",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


def test_a_key_written_line_by_line_is_masked_in_each() -> None:
    masker = Masker()
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + "kenari"
    assert masker.mask("1", "x[1]: -----BEGIN PRIVATE KEY-----") == ["x[1]: -----BEGIN PRIVATE KEY-----"]
    assert masker.mask("1", f"x[1]: {body}", body) == [f"x[1]: {MASK}", MASK]
    assert masker.mask("2", f"y[2]: {body}") == [f"y[2]: {body}"]
    assert masker.mask("1", "x[1]: abc=") == [f"x[1]: {MASK}"]
    assert masker.mask("1", "x[1]: -----END PRIVATE KEY-----") == ["x[1]: -----END PRIVATE KEY-----"]
    assert masker.mask("1", f"x[1]: {body}") == [f"x[1]: {body}"]


@pytest.mark.parametrize(
    "piece", ["a", "key", "pass.", "\\", "://a:", "a://b:", "a=b;", "x=y&", "password ", "eyJa.", "COPY ", "'", "{"]
)
def test_a_line_made_to_take_long_does_not(piece: str) -> None:
    line = ('token="' + piece * 16_384)[:16_384]
    begin = time.monotonic()
    mask(line)
    assert time.monotonic() - begin < 2
