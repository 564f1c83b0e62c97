"""What the logs say, in words."""

from chatops import answers

SAID = {"files": ["/x"], "lines": 0, "errors": 0, "warnings": 0, "first": "", "last": "", "frequent": [], "unread": {}}
ANSWER = {
    "window": {"since": "2026-11-20 08:00:00", "until": "2026-11-20 10:00:00", "zone": "WIB"},
    "sources": {
        "application": SAID
        | {
            "lines": 12345,
            "errors": 1012,
            "warnings": 3,
            "first": "2026-11-20 08:00:01",
            "last": "2026-11-20 09:59:58",
            "frequent": [{"count": 1000, "text": "Galat pada GET /paket/#"}, {"count": 12, "text": "lain"}],
        },
        "apache": SAID,
        "postgresql": SAID | {"files": [], "unread": {"/var/log/postgresql/x.gz": "rusak (x)"}},
    },
    "lines": [
        {"time": "2026-11-20 09:59:58", "source": "application", "level": "error", "text": "ERROR ~ x\n\tat y"},
        {"time": "2026-11-20 09:59:59", "source": "system", "level": "warning", "text": "kernel: z"},
    ],
}


def test_the_logs_at_a_glance() -> None:
    assert answers.describe("logs", "spse.mamuju.example", ANSWER).splitlines() == [
        "spse.mamuju.example: log 2026-11-20 08:00:00 sampai 2026-11-20 10:00:00 WIB",
        "  aplikasi    12.345 baris, 1.012 galat, 3 peringatan (2026-11-20 08:00:01 sampai 2026-11-20 09:59:58)",
        "    1.000 kali  Galat pada GET /paket/#",
        "       12 kali  lain",
        "  Apache      tidak ada baris",
        "  PostgreSQL  tidak ada log dalam jangka waktu ini",
        "    TIDAK TERBACA /var/log/postgresql/x.gz: rusak (x)",
        "  2 baris terakhir:",
        "  2026-11-20 09:59:58  aplikasi    ERROR ~ x",
        "      \tat y",
        "  2026-11-20 09:59:59  sistem      kernel: z",
    ]


def test_nothing_found_shows_no_lines() -> None:
    assert "baris terakhir" not in answers.describe("logs", "host", ANSWER | {"lines": []})
