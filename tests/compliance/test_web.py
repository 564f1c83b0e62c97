"""Apache: what it makes of all its files together, and what the running one answers on its own host."""

import re
import shlex

from tests.compliance.proof import Subject, does_not_apply, proves
from tests.compliance.web import Directive, answers, apache, every_answer, speaking_tls

UNNEEDED = {
    *("autoindex", "cgi", "cgid", "dav", "dav_fs", "dav_lock", "imagemap", "include", "info"),
    *("proxy_connect", "proxy_ftp", "status", "userdir"),
}
OLD_TLS = {"sslv3", "tlsv1", "tlsv1.1"}
HIDDEN = ("/.git/config", "/.svn/entries", "/.env")
FIND_OPEN = ("find", "/etc/apache2", "!", "-type", "l", "(", "-perm", "/022", "-o", "!", "-user", "root", ")")
LEAST_DAYS = 14
HALF_A_YEAR = 15_768_000


@proves("WEB-01")
def test_old_tls_is_refused(subject: Subject) -> None:
    wrong = []
    for site in speaking_tls(subject):
        subject.note(f"{site['site']} menerima versi lama: {', '.join(site['old']) or 'tidak'}")
        wrong += [f"{site['site']} menerima {version}" for version in site["old"]]
    # What the library refuses today, its next version or setting may take.
    for name, value in apache(subject).by_site("SSLProtocol").items():
        subject.note(f"SSLProtocol {value or '(bawaan)'}")
        wrong += [f"{_site(name)} mengizinkan {version}" for version in sorted(_protocols(value) & OLD_TLS)]
    subject.expect_none("TLS lama", wrong)


def _protocols(value: str) -> set[str]:
    known: set[str] = set()
    for word in (value or "all -SSLv3").lower().split():
        name = word.lstrip("+-")
        meant = OLD_TLS | {"tlsv1.2", "tlsv1.3"} if name == "all" else {name}
        known = known - meant if word.startswith("-") else known | meant
    return known


@proves("WEB-02")
def test_weak_ciphers_are_refused(subject: Subject) -> None:
    wrong = []
    for site in speaking_tls(subject):
        subject.note(f"{site['site']} menerima sandi lemah: {site['weak'] or 'tidak'}")
        wrong += [f"{site['site']} menerima {site['weak']}"] if site["weak"] else []
    subject.expect_none("sandi TLS yang lemah", wrong)


@proves("WEB-03")
def test_browsers_come_back_over_tls(subject: Subject) -> None:
    sites = [site for site in speaking_tls(subject) if site["certificate"]["trusted"]]
    if not sites:
        does_not_apply("tidak ada sertifikat yang dipercaya; peramban tidak menghiraukan HSTS tanpa itu")
    wrong = []
    for site in sites:
        for answer in site["answers"]:
            value = dict(answer["headers"]).get("strict-transport-security", "")
            subject.note(f"{site['site']}{answer['path']}: {value or 'tidak ada'}")
            age = re.search(r"max-age=\"?(\d+)", value)
            if answer["status"] and (age is None or int(age[1]) < HALF_A_YEAR):
                wrong.append(f"{site['site']}{answer['path']}: {value or 'tidak ada'}")
    subject.expect_none("jawaban tanpa HSTS paling sedikit setengah tahun", wrong)


@proves("WEB-04")
def test_certificates_last(subject: Subject) -> None:
    wrong = []
    for site in speaking_tls(subject):
        found = site["certificate"]
        subject.note(f"{site['site']} sampai {found['until'] or found['why']}")
        if found["days"] is None or found["days"] < LEAST_DAYS:
            wrong.append(f"{site['site']} sampai {found['until'] or found['why']}")
    subject.expect_none(f"sertifikat yang berakhir dalam {LEAST_DAYS} hari", wrong)


@proves("WEB-05")
def test_keys_are_roots(subject: Subject) -> None:
    keys = sorted({value.strip('"') for value in apache(subject).values("SSLCertificateKeyFile")})
    if not keys:
        does_not_apply("tidak ada situs yang memakai kunci")
    wrong = []
    for line in subject.ask("stat", "--dereference", "--format=%U %G %a %n", *keys).splitlines():
        subject.note(line)
        owner, group, mode, path = line.split(" ", 3)
        most = 0o640 if group in {"root", "ssl-cert"} else 0o600
        if owner != "root" or int(mode, 8) & ~most:
            wrong.append(f"{path} milik {owner}:{group} dengan mode {mode}")
    subject.expect_none("kunci yang terlalu terbuka", wrong)


@proves("WEB-06")
def test_http_leads_to_https(subject: Subject) -> None:
    sites = apache(subject).sites
    if not sites:
        does_not_apply("belum ada situs")
    local = {f"{site['name']}:{site['port']}" for site in sites if site["is_local"]}
    wrong = []
    for site in answers(subject)[0]:
        if site["tls"] or site["site"] in local:
            continue
        for answer in site["answers"]:
            to = dict(answer["headers"]).get("location", "")
            subject.note(f"http://{site['site']}{answer['path']}: {answer['status']} {to}")
            if answer["status"] not in {301, 308} or not to.startswith("https://"):
                wrong.append(f"http://{site['site']}{answer['path']}: {answer['status']} {to}".strip())
    subject.expect_none("yang tidak diarahkan ke https", wrong)


@proves("WEB-07")
def test_headers_are_everywhere(subject: Subject) -> None:
    allowed = {
        "x-content-type-options": {"nosniff"},
        "x-frame-options": {"sameorigin", "deny"},
        "referrer-policy": {"same-origin", "no-referrer", "strict-origin", "strict-origin-when-cross-origin"},
    }
    wrong = []
    for where, status, headers in every_answer(subject):
        subject.note(f"{where}: {status}")
        for name, values in allowed.items():
            found = [value.lower() for key, value in headers if key == name]
            if len(found) != 1 or found[0] not in values:
                wrong.append(f"{where} {name}: {', '.join(found) or 'tidak ada'}")
    subject.expect_none("tajuk yang tidak ada atau tidak cukup", wrong)


@proves("WEB-08")
def test_policy_closes_frames_objects_and_bases(subject: Subject) -> None:
    wrong = []
    for where, _, headers in every_answer(subject):
        policies = [value.lower() for key, value in headers if key == "content-security-policy"]
        parts = [part.strip() for policy in policies for part in re.split("[;,]", policy)]
        subject.note(f"{where}: {' | '.join(policies) or 'tidak ada'}")
        for name in ("frame-ancestors", "base-uri", "object-src"):
            limits = ("'none'",) if name == "object-src" else ("'self'", "'none'")
            if not any(part == f"{name} {limit}" for part in parts for limit in limits):
                wrong.append(f"{where} {name}")
    subject.expect_none("yang tidak dibatasi", wrong)


@proves("WEB-09")
def test_it_says_nothing_of_itself(subject: Subject) -> None:
    wrong = []
    for where, _, headers in every_answer(subject):
        said = {key: value for key, value in headers if key in {"server", "x-powered-by"}}
        subject.note(f"{where}: {said}")
        if said.get("server", "Apache") != "Apache" or "x-powered-by" in said:
            wrong.append(f"{where}: {', '.join(said.values())}")
        wrong += [f"{where}: ETag {value}" for key, value in headers if key == "etag" and value.count("-") > 1]
    bodies = [(site["site"], each["body"]) for site in answers(subject)[0] for each in site["answers"]]
    wrong += [f"{site}: halaman kesalahan" for site, body in bodies if re.search(r"<address>Apache", body)]
    wrong += [f"FileETag {value}" for value in apache(subject).values("FileETag") if re.search("(?i)inode|all", value)]
    subject.expect_none("yang menyebut perangkat lunaknya", wrong)


@proves("WEB-10")
def test_trace_is_refused(subject: Subject) -> None:
    wrong = []
    for site in answers(subject)[0]:
        for path, status in site["trace"].items():
            subject.note(f"TRACE {site['site']}{path}: {status}")
            wrong += [f"{site['site']}{path}"] if 200 <= status < 300 else []
    subject.expect_none("yang menjawab TRACE", wrong)


@proves("WEB-11")
def test_nothing_of_debian_is_shown(subject: Subject) -> None:
    wrong = []
    for site in answers(subject)[0]:
        subject.note(f"{site['site']}/icons/apache_pb.gif: {site['icons']}")
        wrong += [f"{site['site']}/icons/apache_pb.gif"] if site["icons"] == 200 else []
        titles = [answer["path"] for answer in site["answers"] if "Default Page" in answer["body"]]
        wrong += [f"{site['site']}{path}: halaman bawaan" for path in titles]
    subject.expect_none("bawaan Apache", wrong)


@proves("WEB-12")
def test_slow_requests_are_cut(subject: Subject) -> None:
    known = apache(subject)
    timeout = known.last("Timeout") or "60"
    patience = known.last("KeepAliveTimeout") or "5"
    limits = " ".join(known.values("RequestReadTimeout"))
    subject.note(f"Timeout {timeout}", f"KeepAliveTimeout {patience}", f"RequestReadTimeout {limits or '(bawaan)'}")
    wrong = [] if "reqtimeout" in known.modules else ["modul reqtimeout tidak dimuat"]
    wrong += [f"Timeout {timeout}"] if int(timeout) > 60 else []
    wrong += [f"KeepAliveTimeout {patience}"] if int(re.sub(r"\D", "", patience)) > 15 else []
    wrong += [f"RequestReadTimeout {each}" for each in re.findall(r"(?i)\b(?:handshake|header|body)=0\b", limits)]
    # Without a word the others are limited all the same.
    wrong += [] if "handshake=" in limits.lower() else ["RequestReadTimeout tanpa handshake"]
    subject.expect_none("yang membiarkan permintaan lambat", wrong)


@proves("WEB-13")
def test_large_requests_are_refused(subject: Subject) -> None:
    wrong = []
    for site in answers(subject)[0]:
        # What is led elsewhere is refused by where it is led to.
        for what, status in site["limits"].items():
            subject.note(f"{site['site']} {what}: {status}")
            wrong += [] if status in {400, 413, 414, 431} else [f"{site['site']} {what}: {status or 'diterima'}"]
    subject.expect_none("yang menerima permintaan yang terlalu besar", wrong)


@proves("WEB-14")
def test_no_module_is_there_in_vain(subject: Subject) -> None:
    modules = apache(subject).modules
    subject.note(f"modul: {', '.join(sorted(modules))}")
    subject.expect_none("modul yang tidak diperlukan", sorted(modules & UNNEEDED))


@proves("WEB-15")
def test_the_file_system_is_closed(subject: Subject) -> None:
    known = apache(subject)
    root = "directory /"
    rights = [known.last(name, root) for name in ("Require", "AllowOverride", "Options")]
    subject.note(f"<Directory />: Require {rights[0]}, AllowOverride {rights[1]}, Options {rights[2]}")
    wrong = [] if rights[0].lower() == "all denied" else [f"Require {rights[0]}"]
    wrong += [] if rights[2].lower() in {"none", "followsymlinks", "symlinksifownermatch"} else [f"Options {rights[2]}"]
    sections = {each.sections for each in known.directives if each.name == "allowoverride"} | {(root,)}
    for section in sorted(sections):
        value = known.last("AllowOverride", *section)
        wrong += [] if value.lower() == "none" else [f"<{section[-1]}> AllowOverride {value or '(bawaan)'}"]
    subject.expect_none("yang terbuka", wrong)


@proves("WEB-16")
def test_hidden_files_stay_hidden(subject: Subject) -> None:
    known = apache(subject)
    closing = []
    for each in known.directives:
        last = each.sections[-1] if each.sections else ""
        kind, _, pattern = last.partition(" ")
        refuses = (each.name == "require" and each.value.lower() == "all denied") or (
            each.name == "redirectmatch" and re.match(r"40[34]\b", each.value)
        )
        if refuses and kind in {"locationmatch", "directorymatch"}:
            closing.append(pattern)
        elif each.name == "redirectmatch" and refuses and not each.sections:
            closing.append(shlex.split(each.value)[-1])
    subject.note(*closing)
    open_paths = [path for path in HIDDEN if not any(re.search(pattern, path) for pattern in closing)]
    subject.expect_none("yang dapat diambil", open_paths)


@proves("WEB-17")
def test_apache_has_no_rights(subject: Subject) -> None:
    user = apache(subject).user
    subject.note(f"pengguna: {user}")
    assert user not in {"", "root"}, f"Apache bekerja sebagai {user or 'yang tidak diketahui'}"
    found = subject.ask(*FIND_OPEN)
    subject.expect_none("berkas konfigurasi yang dapat diubah orang lain", found.splitlines())


@proves("WEB-18")
def test_it_leads_nobody_elsewhere(subject: Subject) -> None:
    wrong = []
    for site in answers(subject)[0]:
        subject.note(f"{site['site']} meneruskan ke mana saja: {'ya' if site['leads_anywhere'] else 'tidak'}")
        wrong += [site["site"]] if site["leads_anywhere"] else []
    wrong += ["ProxyRequests On" for value in apache(subject).values("ProxyRequests") if value.lower() == "on"]
    subject.expect_none("proksi terbuka", wrong)


@proves("WEB-19")
def test_visits_are_written_down(subject: Subject) -> None:
    sites, written = answers(subject)
    names = [site["site"] for site in sites]
    subject.note(f"situs: {', '.join(names)}")
    subject.expect_none("situs yang kunjungannya tidak tercatat", [name for name in names if name not in written])


@proves("WEB-20")
def test_known_attacks_are_noticed(subject: Subject) -> None:
    known = apache(subject)
    engine = [each for each in known.directives if each.name == "secruleengine"]
    subject.note(f"security2: {'dimuat' if 'security2' in known.modules else 'tidak dimuat'}")
    subject.note(*(f"SecRuleEngine {each.value}" for each in engine), *known.values("SecComponentSignature"))
    assert "security2" in known.modules, "modul security2 tidak dimuat"
    assert known.last("SecRuleEngine").lower() in {"on", "detectiononly"}, "SecRuleEngine tidak On atau DetectionOnly"
    subject.expect_none("tempat yang mematikannya", [_site(each.site) for each in engine if _is_off(each)])
    assert any("OWASP" in value for value in known.values("SecComponentSignature")), "aturan OWASP tidak dimuat"


def _is_off(directive: Directive) -> bool:
    return bool(directive.sections) and directive.value.lower() == "off"


@proves("WEB-21")
def test_what_was_sent_is_not_written_down(subject: Subject) -> None:
    known = apache(subject)
    if "security2" not in known.modules:
        does_not_apply("tidak ada ModSecurity")
    parts = known.last("SecAuditLogParts") or "ABCFHZ"
    engine = known.last("SecAuditEngine") or "Off"
    default = [value for value in known.values("SecDefaultAction") if "phase:2" in value]
    subject.note(f"SecAuditEngine {engine}", f"SecAuditLogParts {parts}", *default)
    wrong = [f"bagian {part}" for part in "CEFHI" if part in parts and engine.lower() != "off"]
    wrong += [] if default and "nolog" in default[-1] else ["error.log memuat potongan isi"]
    wrong += ["SecUploadKeepFiles"] if known.last("SecUploadKeepFiles").lower() not in {"", "off"} else []
    wrong += ["SecDebugLogLevel"] if int(known.last("SecDebugLogLevel") or "0") > 3 else []
    subject.expect_none("yang memuat isi permintaan", wrong)


@proves("WEB-22")
def test_every_body_says_how_long_it_is(subject: Subject) -> None:
    wrong = []
    for site in answers(subject)[0]:
        status = site["unsaid"]
        subject.note(f"{site['site']}: {status}")
        # What is led elsewhere is refused by where it is led to.
        wrong += [] if status in {301, 308, 411, 413, 501} else [f"{site['site']}: {status or 'diterima'}"]
    subject.expect_none("yang menerima isi tanpa panjang", wrong)


@proves("WEB-23")
def test_there_are_more_workers_than_one_visitor_takes(subject: Subject) -> None:
    known = apache(subject)
    if not known.modules & {"mpm_event", "mpm_worker"}:
        does_not_apply("Apache memakai mpm_prefork, yang jumlah prosesnya ditentukan oleh memori")
    workers = int(known.last("MaxRequestWorkers") or "400")
    most = int(subject.variables.get("baseline_firewall_connections", 150))
    subject.note(f"MaxRequestWorkers {workers}, sambungan satu alamat {most}")
    assert workers >= 2 * most, f"MaxRequestWorkers {workers}, paling sedikit {2 * most}"


def _site(name: str) -> str:
    return f"<{name.rpartition(' ')[0]}>" if name else "server"
