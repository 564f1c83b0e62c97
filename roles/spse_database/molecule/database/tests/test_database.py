"""An instance reaches its own database by password, from this host, and nothing else."""

import pytest
from testinfra.host import Host

PASSWORDS = {"epns": "kenari-rahasia-prod", "epns_latihan": "kenari-rahasia-latihan"}


def connect(host: Host, user: str, database: str, password: str, query: str = "SELECT 1") -> tuple[int, str]:
    """Ask the database as an application does."""
    done = host.run(
        "PGPASSWORD=%s psql --host=127.0.0.1 --username=%s --dbname=%s --tuples-only --no-align --command=%s",
        password,
        user,
        database,
        query,
    )
    return done.rc, (done.stdout + done.stderr).strip()


def setting(host: Host, query: str) -> list[str]:
    """Ask the database as its administrator does."""
    with host.sudo("postgres"):
        lines: list[str] = host.check_output("psql --tuples-only --no-align --command=%s", query).splitlines()
    return lines


@pytest.mark.parametrize(("user", "database"), [("epns", "epns_prod"), ("epns_latihan", "epns_latihan")])
def test_an_instance_owns_its_database(host: Host, user: str, database: str) -> None:
    assert connect(host, user, database, PASSWORDS[user], "CREATE TABLE IF NOT EXISTS uji (n int)")[0] == 0
    assert connect(host, user, database, PASSWORDS[user], "SHOW server_encoding") == (0, "UTF8")


def test_the_wrong_password_is_refused(host: Host) -> None:
    code, said = connect(host, "epns", "epns_prod", "epns")
    assert code != 0
    assert "password authentication failed" in said


def test_an_instance_does_not_reach_the_other(host: Host) -> None:
    code, said = connect(host, "epns_latihan", "epns_prod", PASSWORDS["epns_latihan"])
    assert code != 0
    assert "no pg_hba.conf entry" in said


def test_it_listens_to_this_host_only(host: Host) -> None:
    sockets = [socket for socket in host.socket.get_listening_sockets() if socket.endswith(":5432")]
    assert {socket.rpartition(":")[0] for socket in sockets} <= {"tcp://127.0.0.1", "tcp://::1"}
    assert sockets


def test_it_is_sized_from_what_it_was_given(host: Host) -> None:
    assert setting(host, "SHOW shared_buffers") == ["256MB"]
    assert setting(host, "SELECT name FROM pg_settings WHERE pending_restart") == []


def test_statements_are_counted_without_their_values(host: Host) -> None:
    assert connect(host, "epns", "epns_prod", PASSWORDS["epns"], "SELECT 'kenari-isi' AS isi")[0] == 0
    texts = setting(host, "SELECT query FROM pg_stat_statements WHERE query LIKE '%AS isi%'")
    assert "SELECT $1 AS isi" in texts
    kept = setting(host, "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%kenari%'")
    assert kept == ["0"]


def test_passwords_are_kept_as_scram(host: Host) -> None:
    kept = setting(host, "SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'epns%'")
    assert len(kept) == 2
    assert all(password.startswith("SCRAM-SHA-256$") for password in kept)
