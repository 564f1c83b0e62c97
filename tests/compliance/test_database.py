"""PostgreSQL: what it says of itself, of its roles and of its databases."""

import json
from typing import Any

from chatops.controls import Control
from tests.compliance.proof import Subject, UnreadableError, does_not_apply, proves, settings_of

WEAK = {"trust", "password", "md5", "ident"}
NEAR = ("127.", "::1", "localhost", "samehost")
LISTENS = {"", "localhost", "127.0.0.1", "::1"}
REACHING_OUT = {"adminpack", "dblink", "file_fdw", "postgres_fdw"}
OLD_TLS = {"", "TLSv1", "TLSv1.1"}
# Time, process, user, database, and where from.
PREFIX = ({"%m", "%t", "%n"}, {"%p"}, {"%u"}, {"%d"}, {"%h", "%r"})

# One question for all. Of a password only whether it is kept well; 10 is the role a cluster is made with, postgres.
CLUSTER = """
SELECT json_build_object(
    'settings', (SELECT json_object_agg(name, setting) FROM pg_settings),
    'written', (SELECT coalesce(json_object_agg(name, setting), '{}') FROM (
        SELECT DISTINCT ON (name) name, setting FROM pg_file_settings ORDER BY name, seqno DESC) AS last),
    'rules', (SELECT coalesce(json_agg(r), '[]') FROM (
        SELECT line_number, type, database, user_name, address, auth_method, error FROM pg_hba_file_rules) AS r),
    'passwords', (SELECT coalesce(json_object_agg(rolname, rolpassword LIKE 'SCRAM-SHA-256$%'), '{}') FROM pg_authid
        WHERE rolcanlogin AND rolpassword IS NOT NULL),
    'mighty', (SELECT coalesce(json_agg(who), '[]') FROM (
        SELECT rolname || CASE WHEN rolsuper THEN ' SUPERUSER' ELSE '' END
            || CASE WHEN rolcreaterole THEN ' CREATEROLE' ELSE '' END
            || CASE WHEN rolcreatedb THEN ' CREATEDB' ELSE '' END
            || CASE WHEN rolreplication THEN ' REPLICATION' ELSE '' END
            || CASE WHEN rolbypassrls THEN ' BYPASSRLS' ELSE '' END AS who
        FROM pg_roles
        WHERE oid <> 10 AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
        UNION ALL
        SELECT r.rolname || ' anggota ' || m.roleid::regrole FROM pg_auth_members AS m
        JOIN pg_roles AS r ON r.oid = m.member
        WHERE r.oid <> 10 AND r.rolname !~ '^pg_'
            AND (m.roleid = 10 OR m.roleid::regrole::text IN (
                'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))) AS found),
    'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE datallowconn),
    'open', (SELECT coalesce(json_agg(DISTINCT d.datname), '[]')
        FROM pg_database AS d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
        WHERE d.datallowconn AND a.grantee = 0 AND a.privilege_type IN ('CONNECT', 'CREATE')),
    'trespassers', (SELECT coalesce(json_agg(r.rolname || ' ke ' || d.datname), '[]')
        FROM pg_database AS d, pg_roles AS r
        WHERE d.datallowconn AND d.datdba <> r.oid AND r.oid <> 10 AND NOT r.rolsuper
            AND EXISTS (SELECT FROM pg_database AS own WHERE own.datdba = r.oid)
            AND has_database_privilege(r.oid, d.oid, 'CONNECT')),
    'unencrypted', (SELECT coalesce(json_agg(a.usename || ' dari ' || host(a.client_addr)), '[]')
        FROM pg_stat_activity AS a JOIN pg_stat_ssl AS s USING (pid)
        WHERE NOT s.ssl AND NOT a.client_addr <<= '127.0.0.0/8' AND a.client_addr <> '::1'))
"""
ONE = """
SELECT json_build_object(
    'name', current_database(),
    'is_open', EXISTS (SELECT FROM pg_namespace AS n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
        WHERE n.nspname = 'public' AND a.grantee = 0 AND a.privilege_type = 'CREATE'),
    'extensions', (SELECT json_agg(extname) FROM pg_extension),
    'languages', (SELECT coalesce(json_agg(lanname), '[]') FROM pg_language
        WHERE NOT lanpltrusted AND lanname NOT IN ('internal', 'c')))
"""
CLUSTERS = "if command -v pg_lsclusters >/dev/null; then pg_lsclusters --json; else echo '[]'; fi"
PSQL = ("runuser", "-u", "postgres", "--", "psql", "-XAtq", "-d", "postgres")


def cluster(subject: Subject) -> dict[str, Any]:
    """What the cluster says of itself."""
    known = json.loads(subject.ask("sh", "-c", CLUSTERS))
    if not known:
        does_not_apply("PostgreSQL tidak terpasang")
    running = [each for each in known if each["running"]]
    if len(running) != 1:
        raise UnreadableError(f"{len(running)} klaster PostgreSQL berjalan, seharusnya satu")
    said: dict[str, Any] = json.loads(subject.ask(*PSQL, "-c", " ".join(CLUSTER.split())))
    return said | {"about": running[0]}


def databases(subject: Subject) -> list[dict[str, Any]]:
    """What each database says of itself."""
    words = []
    for name in cluster(subject)["databases"]:
        quoted = name.replace('"', '""')
        words += ["-c", f'\\connect "{quoted}"', "-c", " ".join(ONE.split())]
    return [json.loads(line) for line in subject.ask(*PSQL, *words).splitlines()]


@proves(*settings_of("database"))
def test_postgresql_is_set(subject: Subject, control: Control) -> None:
    subject.expect(cluster(subject)["settings"], control.settings)


@proves("DB-01")
def test_nobody_comes_in_too_easily(subject: Subject) -> None:
    wrong = []
    for rule in cluster(subject)["rules"]:
        subject.note(_shown(rule))
        if rule["auth_method"] in WEAK or rule["error"]:
            wrong.append(_shown(rule))
    subject.expect_none("aturan yang terlalu terbuka", wrong)


@proves("DB-02")
def test_passwords_are_kept_as_scram(subject: Subject) -> None:
    said = cluster(subject)
    old = [name for name, is_scram in said["passwords"].items() if not is_scram]
    subject.note(f"pengguna dengan kata sandi: {', '.join(said['passwords']) or 'tidak ada'}")
    subject.expect_none("kata sandi yang bukan SCRAM", old)


@proves("DB-03")
def test_it_listens_here_only(subject: Subject) -> None:
    said = cluster(subject)
    # What it listens on, and what it would after a restart.
    for when, where in (
        ("sekarang", said["settings"]["listen_addresses"]),
        ("setelah dimulai ulang", said["written"].get("listen_addresses", "localhost")),
    ):
        subject.note(f"listen_addresses {when} = {where}")
        wrong = {each.strip() for each in where.split(",")} - LISTENS
        assert not wrong, f"PostgreSQL {when} mendengarkan di {', '.join(sorted(wrong))}"


@proves("DB-04")
def test_only_postgres_is_mighty(subject: Subject) -> None:
    subject.expect_none("peran yang berhak atas seluruh klaster", cluster(subject)["mighty"])


@proves("DB-05")
def test_everyone_has_a_database_of_his_own(subject: Subject) -> None:
    said = cluster(subject)
    subject.note(f"basis data: {', '.join(said['databases'])}")
    subject.expect_none("basis data yang terbuka bagi semua peran", said["open"])
    subject.expect_none("aplikasi yang dapat masuk ke basis data lain", said["trespassers"])


@proves("DB-06")
def test_not_everybody_creates_in_public(subject: Subject) -> None:
    found = databases(subject)
    subject.note(f"basis data: {', '.join(each['name'] for each in found)}")
    subject.expect_none("skema public yang terbuka", [each["name"] for each in found if each["is_open"]])


@proves("DB-08")
def test_a_line_of_the_log_says_who(subject: Subject) -> None:
    prefix = cluster(subject)["settings"]["log_line_prefix"]
    subject.note(f"log_line_prefix = {prefix}")
    missing = [" atau ".join(sorted(any_of)) for any_of in PREFIX if not any(each in prefix for each in any_of)]
    subject.expect_none("yang tidak ada dalam log_line_prefix", missing)


@proves("DB-10")
def test_nothing_reaches_out(subject: Subject) -> None:
    wrong = []
    for each in databases(subject):
        subject.note(f"{each['name']}: {', '.join(each['extensions'])}")
        reaching = REACHING_OUT.intersection(each["extensions"]).union(each["languages"])
        wrong += [f"{name} dalam {each['name']}" for name in sorted(reaching)]
    subject.expect_none("bahasa atau ekstensi yang menjangkau keluar", wrong)


@proves("DB-11")
def test_files_are_closed(subject: Subject) -> None:
    about = cluster(subject)["about"]
    data, configuration = about["pgdata"], about["configdir"]
    listed = subject.ask("find", data, configuration, "-maxdepth", "1", "-printf", "%u %m %y %p\n")
    wrong = []
    for line in listed.splitlines():
        owner, mode, kind, path = line.split(" ", 3)
        if path != data and not path.startswith(f"{configuration}/"):
            continue
        subject.note(line)
        secret = 0o077 if path == data else 0o027 if path.endswith(("pg_hba.conf", "pg_ident.conf")) else 0o022
        if kind != "l" and (owner not in {"postgres", "root"} or int(mode, 8) & secret):
            wrong.append(f"{path} milik {owner} dengan mode {mode}")
    subject.expect_none("berkas yang terlalu terbuka", wrong)


@proves("DB-12")
def test_damage_is_noticed(subject: Subject) -> None:
    subject.expect(cluster(subject)["settings"], {"data_checksums": "on"})


@proves("DB-13")
def test_the_network_sees_nothing(subject: Subject) -> None:
    said = cluster(subject)
    subject.note(f"ssl_min_protocol_version = {said['settings']['ssl_min_protocol_version']}")
    open_rules = [
        _shown(rule)
        for rule in said["rules"]
        if rule["type"] in {"host", "hostnossl"} and not (rule["address"] or "").startswith(NEAR)
        if rule["auth_method"] != "reject"
    ]
    subject.expect_none("aturan yang mengizinkan jaringan tanpa TLS", open_rules)
    subject.expect_none("sambungan jaringan tanpa TLS", said["unencrypted"])
    assert said["settings"]["ssl_min_protocol_version"] not in OLD_TLS, "TLS yang lama diizinkan"


def _shown(rule: dict[str, Any]) -> str:
    if rule["error"]:
        return f"baris {rule['line_number']}: {rule['error']}"
    who = f"{','.join(rule['database'])} {','.join(rule['user_name'])} {rule['address'] or ''}".strip()
    return f"baris {rule['line_number']}: {rule['type']} {who} {rule['auth_method']}"
