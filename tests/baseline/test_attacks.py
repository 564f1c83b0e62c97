"""A host is hardened while people use it, and then attacked, and honest visitors are served all the time."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.baseline.attacker import ADDRESSES, Attacker, status
from tests.baseline.proving import hardening, prove
from tests.conftest import Builds, HostFactory
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.hosts.paths import LINK
from tests.load.generator import Load
from tests.load.result import Result
from tests.upgrade.site import Site, make

pytestmark = pytest.mark.hosts

BUSY = 50
RATE = 10
UPLOAD = 8 << 20
# Of guesses; and of the hosts' own clock, by which a ban takes effect.
LIMIT = 30
GUESSER, SSH_GUESSER, OFFICE, HONEST, SLOW, SLOWER = ADDRESSES
RULES = "/etc/nftables.d/spse-baseline.nft"
# A process keeps the sandbox that it was started with.
WAITS_FOR_A_RESTART = {"SVC-02", "SVC-03"}
OPEN_SSH = "nft insert rule inet spse_baseline input tcp dport 22 accept"

type Honest = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Hardened:
    """A host, and what its visitors noticed of that."""

    site: Site
    meanwhile: Result


@pytest.fixture(scope="module")
def hardened(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Hardened:
    """In every area, while people use it; only this machine is one of the admins' and of LKPP's."""
    host = make_hosts("mamuju", image="spse12", memory="3g")[0]
    folder = tmp_path_factory.mktemp("site")
    own = hardening(folder) | {"baseline_firewall_admins": [str(LINK)], "lkpp_access_addresses": [str(LINK)]}
    site = make(folder, lab, host, builds, baseline_upload_bytes=UPLOAD, **own)
    site.operator.succeed("install", spse_app_build=builds["n"].build)
    site.seed(20, 20)
    with Load(site.url, rate=BUSY) as load:
        site.operator.succeed("baseline")
    return Hardened(site, load.result)


@pytest.fixture(scope="module")
def site(hardened: Hardened) -> Site:
    """The host alone."""
    return hardened.site


@pytest.fixture(scope="module")
def attacker(make_hosts: HostFactory, site: Site) -> Attacker:
    """Somebody elsewhere, with some addresses."""
    attacker = Attacker(make_hosts("penyerang", memory="512m")[0], site.host.address)
    attacker.take_addresses()
    return attacker


@pytest.fixture
def honest(site: Site, figures: list[str]) -> Honest:
    """Visitors who are served, every single one, while something is done."""

    @contextmanager
    def visit(what: str) -> Iterator[None]:
        with Load(site.url, rate=RATE) as load:
            yield
        figures.append(f"attacks, {what}: {load.result.in_words()}")
        assert load.result.causes == {}
        assert load.result.kinds["success"] == len(load.result.requests)

    return visit


def get(target: str, *lines: str, method: str = "GET") -> str:
    """A request without a body, over a connection that ends with its answer."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: mamuju", "Connection: close", *lines, "", ""])


def post(target: str, body: str, *lines: str, kind: str = "application/x-www-form-urlencoded") -> str:
    """A request with a body."""
    length = len(body.encode("latin-1"))
    return get(target, f"Content-Type: {kind}", f"Content-Length: {length}", *lines, method="POST") + body


def login(password: str = "rahasia-penyedia-1", path: str = "/eproc4/login") -> str:  # noqa: S107 - everybody's
    """Somebody logs in."""
    return post(path, urlencode({"user": "penyedia-1", "password": password}))


def session(attacker: Attacker) -> str:
    """The header of somebody who has logged in."""
    answer = attacker.says(login(), source=HONEST)[0]
    assert status(answer) == 303, answer
    cookie = next(line for line in answer.split("\r\n") if line.lower().startswith("set-cookie:"))
    return f"Cookie: {cookie.partition(':')[2].partition(';')[0].strip()}"


def size(host: Host) -> int:
    """Bytes where what is sent could come to lie."""
    folders = "/tmp /var/tmp /run /home/appserv /home/file /var/log /var/cache/apache2 /dev/shm"  # noqa: S108 - looked at
    return int(host.run(f"du -sbc --exclude=journal {folders} 2>/dev/null | tail -n 1 | cut -f 1").stdout)


def test_nobody_is_turned_away_and_who_waits_for_a_restart_is_told(
    hardened: Hardened, tmp_path: Path, figures: list[str]
) -> None:
    site, result = hardened.site, hardened.meanwhile
    figures.append(f"baseline under load: {result.in_words()}   |   {result.retried} made again")
    assert result.causes == {}
    assert result.kinds["success"] == len(result.requests)
    # Every message that was taken is there, once.
    written = site.application.messages(result.label)
    assert len(written) == len(set(written)) == result.statuses[201]
    assert set(prove(site.operator.inventory, tmp_path, site.host.name).bad) == WAITS_FOR_A_RESTART


def test_nothing_but_the_web_is_open(site: Site, attacker: Attacker, honest: Honest, figures: list[str]) -> None:
    listening = site.host.run("ss -Htln | awk '{print $4}' | sed 's/.*://' | sort -un").stdout.split()
    ports = sorted({*range(1, 1025), 5432, 6432, 9009, 9010, 9090, 9091, *map(int, listening)})
    with honest("a scan of all ports"):
        found = attacker.does("scan", ports=ports)
    figures.append(f"attacks: {len(ports)} ports knocked at, {len(listening)} of them listened at, open: {found}")
    assert {"5432", "9090", "22"} <= set(listening)
    assert found == [80, 443]


def test_whoever_guesses_at_ssh_is_shut_out(site: Site, attacker: Attacker, honest: Honest) -> None:
    host = site.host
    assert all("timed out" in said for said in attacker.logs_in_by_ssh(1, SSH_GUESSER))
    # As if somebody had opened the firewall.
    host.run(OPEN_SSH)
    with honest("guesses at ssh"):
        assert "Permission denied" in attacker.logs_in_by_ssh(10, SSH_GUESSER)[0]
        until(lambda: "timed out" in attacker.logs_in_by_ssh(1, SSH_GUESSER)[0])
    assert host.run("fail2ban-client get sshd banip").stdout.split() == [SSH_GUESSER]
    assert "Permission denied" in attacker.logs_in_by_ssh(1, HONEST)[0], "somebody else was shut out, too"
    # Loaded anew, it is closed again; and opened anew, who was shut out stays so.
    host.run(f"nft --file {RULES} && {OPEN_SSH}")
    assert "timed out" in attacker.logs_in_by_ssh(1, SSH_GUESSER)[0]
    # Whoever wrote the ban is dead; the kernel keeps it, and ends it.
    host.run("fail2ban-client set sshd bantime 3 && fail2ban-client set sshd banip 203.0.113.9")
    assert "203.0.113.9 timeout 3s" in host.run("nft list table inet spse_guessing").stdout
    until(lambda: "203.0.113.9" not in host.run("nft list table inet spse_guessing").stdout)
    host.run(f"nft --file {RULES} && fail2ban-client reload")


def until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_slow_requests_close_the_site_to_nobody(attacker: Attacker, honest: Honest, figures: list[str]) -> None:
    head = "POST /eproc4/pesan HTTP/1.1\r\nHost: mamuju\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with honest("slow requests"):
        held = attacker.does(
            "slow",
            SLOW,
            SLOWER,
            kinds=["handshake", "header", "body"],
            each=60,
            seconds=50,
            begin={
                "header": "GET /eproc4/ HTTP/1.1\r\nHost: mamuju\r\n",
                "body": f"{head}Content-Length: 90000\r\n\r\n",
            },
            drip={"header": "X-Lambat: a\r\n", "body": "a"},
        )
    figures.append(f"attacks, slow requests: {held}")
    assert held["admitted"] <= 2 * 150 + 10
    assert all(15 < seconds < 45 for seconds in held["longest"].values())


def test_a_body_without_end_is_refused(site: Site, attacker: Attacker, honest: Honest, figures: list[str]) -> None:
    before = size(site.host)
    cookie = session(attacker)
    to = "/eproc4/paket/1/penawaran"
    with honest("bodies without end"):
        said = attacker.says(get(to, f"Content-Length: {UPLOAD + 1}", cookie, method="POST"))[0]
        assert status(said) == 413, said
        chunked = get(to, "Transfer-Encoding: chunked", cookie, method="POST")
        endless = attacker.does("endless", requests=[chunked], most=256 << 20)
    figures.append(f"attacks, a body without end: {endless['taken'] >> 10} KiB taken, {endless['answer'][:40]!r}")
    assert status(endless["answer"]) in {0, 411}
    assert status(attacker.says(chunked)[0]) == 411
    assert endless["taken"] < UPLOAD
    assert size(site.host) - before < 4 << 20


def test_the_largest_upload_that_is_allowed_goes_through(site: Site, attacker: Attacker) -> None:
    cookie = session(attacker).removeprefix("Cookie: ")
    upload = (
        f"head -c {UPLOAD} /dev/urandom > /root/penawaran; sha256sum < /root/penawaran; "
        f"curl -sk -H 'Accept: application/json' -b '{cookie}' -H 'X-Nama-Berkas: penawaran.rhs' "
        f"-H 'Content-Type: application/octet-stream' --data-binary @/root/penawaran "
        f"https://{site.host.address}/eproc4/paket/1/penawaran"
    )
    checksum, _, answer = site.host.run(upload).stdout.partition("  -\n")
    assert json.loads(answer)["sha256"] == checksum


def test_no_path_leads_out(attacker: Attacker, honest: Honest) -> None:
    ways = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%5c", "..\\", "..%c0%af", "....//", "..;/"]
    roots = ["/", "/eproc4/", "/eproc4/dokumen/", "/eproc4/public/", "/spse-pemeliharaan.html/"]
    to = [f"{root}{way * 8}{file}" for root in roots for way in ways for file in ("etc/passwd",)]
    to += ["/etc/passwd", "//etc/passwd", "/eproc4/dokumen//etc/passwd", "/eproc4/dokumen/%00/etc/passwd"]
    to += ["/.git/config", "/eproc4/.env", "/eproc4/../.env", "/icons/apache_pb.gif", "/server-status", "/manager/html"]
    with honest("paths that lead out"):
        answers = dict(zip(to, attacker.says(*map(get, to)), strict=True))
        traced = attacker.says(*(get(one, "X-Rahasia: kenari", method="TRACE") for one in ("/", "/eproc4/")))
    wrong = {one: said[:60] for one, said in answers.items() if status(said) < 400 or "root:x:" in said}
    # What only leads on to the same place, however it is written, leads nowhere.
    assert wrong == {}
    assert [status(said) for said in traced] == [405, 405]
    assert not any("kenari" in said for said in traced)


def test_nothing_is_smuggled_behind_a_request(site: Site, attacker: Attacker, honest: Honest) -> None:
    hidden = get("/eproc4/selundup")
    head = "POST /eproc4/pesan HTTP/1.1\r\nHost: mamuju\r\n"
    chunked = f"0\r\n\r\n{hidden}"
    both = f"Content-Length: {len(chunked)}\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"
    requests = [
        head + both,
        head + f"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}",
        head + both.replace("Transfer-Encoding: chunked", "Transfer-Encoding : chunked"),
        head + both.replace("chunked\r\n", "xchunked\r\n", 1),
        head + both.replace("Transfer-Encoding: chunked", "Transfer-Encoding:\x0bchunked"),
        head + both.replace("Transfer-Encoding: chunked", "X: y\nTransfer-Encoding: chunked"),
        head + f"Content-Length: 0\r\nContent-Length: {len(hidden)}\r\n\r\n{hidden}",
        head + f"Content-Length: +0\r\n\r\n{hidden}",
    ]
    with honest("smuggled requests"):
        answers = attacker.says(*requests)
    assert [said.count("HTTP/1.1 ") for said in answers] == [1] * len(requests), answers
    assert all(status(said) >= 400 for said in answers), answers
    assert "selundup" not in site.host.run("cat /var/log/apache2/*access*.log").stdout
    assert "selundup" not in site.application.log()


ATTACKS = [
    "/eproc4/?cari=1'+OR+'1'='1'+--+",
    "/eproc4/paket/1?id=1+UNION+SELECT+nama,kata_sandi+FROM+pengguna",
    "/eproc4/?cari=%3Cscript%3Ealert(1)%3C/script%3E",
    "/eproc4/?berkas=../../../../etc/passwd",
]
SEARCHES = [
    'pengadaan "jasa konsultansi" 2026',
    "Jum'at, Ma'ruf & rekan (konsorsium)",
    "belanja modal: gedung/kantor 50% selesai",
    "pilih dan gabung atau batal dari daftar",
]


def honest_requests(attacker: Attacker) -> list[str]:
    """What people write, and a file."""
    cookie = session(attacker)
    file = '--batas\r\nContent-Disposition: form-data; name="file"; filename="dokumen d\'penawaran (1).pdf"\r\n'
    file += "Content-Type: application/pdf\r\n\r\n%PDF-1.4 select * from tabel; <script>\r\n--batas--\r\n"
    return [
        *(get(f"/eproc4/?{urlencode({'cari': search})}") for search in SEARCHES),
        *(post("/eproc4/pesan", urlencode({"nama": "Siti Nur'aini", "isi": f"{search}?"})) for search in SEARCHES),
        post("/eproc4/paket/1/penawaran", file, cookie, kind="multipart/form-data; boundary=batas"),
    ]


def browser(request: str) -> str:
    """As a browser says who it is and what it takes."""
    lines = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\r\nAccept: text/html\r\nHost: lpse.example"
    return request.replace("Host: mamuju", lines)


def test_injections_are_written_down_or_refused(site: Site, attacker: Attacker, honest: Honest) -> None:
    audit = "/var/log/apache2/modsec_audit.log"
    assert [status(said) for said in attacker.says(*(browser(get(one)) for one in ATTACKS))] == [200] * len(ATTACKS)
    until(lambda: int(site.host.run(f"grep -c '^GET /eproc4/' {audit}").stdout) >= len(ATTACKS))
    with honest("from detecting to blocking"):
        site.operator.succeed("baseline", "--tags=web", baseline_waf="block")
        refused = [status(said) for said in attacker.says(*(browser(get(one)) for one in ATTACKS))]
        wanted = honest_requests(attacker)
        served = [status(said) for said in attacker.says(*map(browser, wanted), source=HONEST)]
    assert set(refused) <= {400, 403}
    assert served == [200] * len(SEARCHES) + [303] * (len(SEARCHES) + 1)


def test_guesses_at_the_login_end_and_the_office_beside_works_on(
    site: Site, attacker: Attacker, honest: Honest, figures: list[str]
) -> None:
    banned = "fail2ban-client get spse-login banip"
    with honest("guesses at the login"):
        # Many officials behind one address, some of whom mistype.
        assert attacker.guesses(login("salah"), LIMIT - 10, OFFICE) == [401] * (LIMIT - 10)
        assert status(attacker.says(login(), source=OFFICE)[0]) == 303
        statuses = attacker.guesses(login("salah", "//eproc4/%6cogin"), 2000, GUESSER, until=(429,))
        figures.append(f"attacks, the login: refused after {len(statuses) - 1} guesses")
        assert statuses[-1] == 429
        assert site.host.run(banned).stdout.split() == [GUESSER]
        # Even with the right password; but all else goes on there, and everything elsewhere.
        assert [status(said) for said in attacker.says(login(), get("/eproc4/"), source=GUESSER)] == [429, 200]
        assert "Retry-After: 600" in attacker.says(login(), source=GUESSER)[0]
        assert [status(said) for said in attacker.says(login(), get("/eproc4/"), source=HONEST)] == [303, 200]
    # Who shuts out dies, and comes back: so do the bans.
    site.host.run("systemctl kill --signal=KILL fail2ban.service")
    until(lambda: site.host.run(banned, check=False).stdout.split() == [GUESSER])
    until(lambda: status(attacker.says(login(), source=GUESSER)[0]) == 429)
    site.host.run(f"fail2ban-client set spse-login unbanip {GUESSER}")
    assert status(attacker.says(login(), source=GUESSER)[0]) == 303
