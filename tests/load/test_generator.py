"""The load against a server on this machine that stalls, fails and hangs up as told."""

import subprocess
import time
from collections import Counter
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest

from tests.load.client import Job
from tests.load.generator import Load
from tests.load.mix import Mix
from tests.load.result import Result
from tests.load.server import PAGE, Handler, Server, serving

READS = Mix(writes=0, fresh=0)
WRITES = Mix(writes=1, fresh=0)


def load(server: Server, seconds: float = 1, rate: float = 50, mix: Mix | None = None) -> Result:
    with Load(server.url, rate, mix) as running:
        time.sleep(seconds)
    return running.result


def test_the_rate_holds_during_a_stall_and_the_stall_shows() -> None:
    def behave(handler: Handler) -> None:
        handler.server.wait()
        handler.answer()

    with serving(behave) as server, Load(server.url, rate=50) as running:
        time.sleep(0.5)
        running.mark("stall")
        server.stall(1)
        time.sleep(1.5)
    result = running.result
    assert len(result.requests) == pytest.approx(100, abs=10)
    assert result.kinds["success"] == len(result.requests)
    # Nobody waited for anybody.
    assert result.lateness < 0.3
    begins = result.marks[0].at
    stalled = [request for request in result.requests if begins + 0.05 < request.intended < begins + 0.95]
    assert len(stalled) == pytest.approx(45, abs=3)
    for request in stalled:
        assert request.latency == pytest.approx(begins + 1 - request.intended, abs=0.25)
    # A load that waits for answers would have a dozen slow requests, and a p50 and p95 as if nothing had been.
    assert result.latency(25) < 0.1
    assert result.latency(95) > 0.7
    assert result.longest_gap.start == pytest.approx(begins, abs=0.2)
    assert result.longest_gap.seconds == pytest.approx(1, abs=0.2)


class Held(Mix):
    """Holds the load itself up for once, as a busy machine may."""

    def job(self, number: int, label: str) -> Job:
        """Take half a second for the eleventh."""
        if number == 10:
            time.sleep(0.5)
        return super().job(number, label)


def test_latency_counts_from_when_the_request_was_due() -> None:
    with serving() as server:
        result = load(server, mix=Held())
    # The load is told to have been late, and what came meanwhile was made up for.
    assert result.lateness == pytest.approx(0.5, abs=0.1)
    assert result.requests[11].latency > 0.4
    assert len(result.requests) == pytest.approx(50, abs=2)


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "cause"),
    [
        (200, {}, "halo", "success", ""),
        (201, {}, "{}", "success", ""),
        (204, {}, "", "success", ""),
        (303, {"Location": "/"}, "", "success", ""),
        (404, {}, "x", "failed", "404 Not Found"),
        (500, {}, "x", "failed", "500 Internal Server Error"),
        (503, {"Retry_After": "300"}, PAGE, "maintenance", "503 Service Unavailable"),
        (503, {}, PAGE, "failed", "503 Service Unavailable, without Retry-After"),
        (503, {"Retry_After": "300"}, "x", "failed", "503 Service Unavailable, without the maintenance page"),
    ],
)
def test_an_answer_is_judged(status: int, headers: dict[str, str], body: str, kind: str, cause: str) -> None:
    with serving(lambda handler: handler.answer(status, body, **headers)) as server:
        result = load(server, 0.2)
    assert result.requests
    assert {(one.status, one.kind, one.cause) for one in result.requests} == {(status, kind, cause)}


def test_failures_are_counted_right() -> None:
    def behave(handler: Handler) -> None:
        handler.answer(500 if handler.path.endswith("/login") else 200)

    with serving(behave) as server:
        result = load(server)
        asked = Counter(path for _, path, _ in server.seen)
    assert result.kinds["failed"] == result.statuses[500] == result.causes["500 Internal Server Error"]
    assert result.kinds["failed"] == asked["/eproc4/login"] > 5
    assert result.kinds.total() == len(result.requests) == len(server.seen)


def hang_up_on_kept(handler: Handler) -> None:
    """Take every second request over a connection, and say nothing."""
    if handler.asked == 1:
        handler.answer()
    else:
        handler.hang_up()


@pytest.mark.parametrize("mix", [READS, WRITES], ids=["reads", "writes"])
def test_what_a_kept_connection_closed_under_is_made_again_and_that_is_told(mix: Mix) -> None:
    with serving(hang_up_on_kept) as server:
        result = load(server, mix=mix)
    assert result.kinds["success"] == len(result.requests)
    assert result.retried > 10
    # Each of them reached the server twice, and no more than that.
    assert len(server.seen) == len(result.requests) + result.retried


def test_a_server_that_takes_a_message_and_says_nothing_has_it_twice() -> None:
    with serving(hang_up_on_kept) as server:
        result = load(server, mix=WRITES)
    assert all(f"isi={result.label}+" in message for message in server.written)
    # Whoever counts the messages sees it.
    assert sum(count == 2 for count in Counter(server.written).values()) == result.retried


@pytest.mark.parametrize("mix", [READS, WRITES], ids=["reads", "writes"])
def test_nothing_is_made_again_over_a_new_connection(mix: Mix) -> None:
    with serving(Handler.hang_up) as server:
        result = load(server, 0.5, mix=mix)
    assert result.kinds["failed"] == len(result.requests) == len(server.seen)
    assert result.causes == {"closed before an answer": len(result.requests)}
    assert result.retried == 0


def test_connections_that_the_server_closed_meanwhile_are_not_used() -> None:
    with serving(idle_seconds=0.05) as server:
        result = load(server, 1.2, rate=6, mix=WRITES)
    assert result.kinds["success"] == len(result.requests)
    assert result.closed_by_server == pytest.approx(len(result.requests), abs=2)
    assert result.retried == 0


def test_connections_that_the_server_is_about_to_close_are_not_used() -> None:
    # The server keeps to it to the second; of that, the last is left alone.
    with serving(lambda handler: handler.answer(Keep_Alive="timeout=2, max=100"), idle_seconds=2) as server:
        result = load(server, 4, rate=0.6, mix=WRITES)
    assert result.kinds["success"] == len(result.requests) == server.connections == 3
    assert result.closed_by_server == 0


def test_an_answer_that_ends_too_early_is_no_answer() -> None:
    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"hal")
        handler.hang_up()

    with serving(behave) as server:
        result = load(server, 0.3)
    assert result.causes == {"closed within the answer": len(result.requests)}


def test_what_is_no_http_is_no_answer() -> None:
    def behave(handler: Handler) -> None:
        handler.wfile.write(b"220 surat.example ESMTP\r\n\r\n")
        handler.hang_up()

    with serving(behave) as server:
        result = load(server, 0.3)
    assert all(cause.startswith("no HTTP: ") for cause in result.causes)
    assert result.kinds["failed"] == len(result.requests)


def test_an_answer_in_chunks_keeps_the_connection() -> None:
    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"5\r\nhalo \r\nA\r\n0123456789\r\n0\r\n\r\n")

    with serving(behave) as server:
        result = load(server, mix=READS)
    assert result.kinds["success"] == len(result.requests)
    assert server.connections < 10


def test_patience_ends() -> None:
    with serving(lambda _: time.sleep(2)) as server:
        result = load(server, 0.3, mix=Mix(timeout=0.3))
    assert result.causes == {"no answer within 0.3 s": len(result.requests)}
    assert result.latency(100) == pytest.approx(0.3, abs=0.15)


def test_nobody_there() -> None:
    with serving() as server:
        pass
    result = load(server, 0.3)
    assert result.kinds["failed"] == len(result.requests)
    assert all("ConnectionRefusedError" in cause for cause in result.causes)


def test_shares_are_kept_and_do_not_march_together() -> None:
    mix = Mix(writes=0.2, fresh=0.1)
    jobs = [mix.job(number, "x") for number in range(3000)]
    writes = [job.number for job in jobs if job.method == "POST"]
    assert len(writes) == pytest.approx(600, abs=5)
    assert sum(map(mix.is_fresh, range(3000))) == pytest.approx(300, abs=5)
    assert sum(map(mix.is_fresh, writes)) == pytest.approx(60, abs=15)
    reads = Counter(job.path for job in jobs if job.method == "GET")
    assert all(count == pytest.approx(400, abs=20) for count in reads.values())
    assert reads.keys() == set(mix.pages)


def test_connections_are_kept_and_some_are_new() -> None:
    with serving() as server:
        result = load(server, mix=Mix(fresh=0.2))
    assert server.connections == pytest.approx(len(result.requests) * 0.2, abs=6)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that the server signed itself, with its key beside it."""
    path = tmp_path_factory.mktemp("tls") / "server.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=uji", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(path.with_suffix(".key")), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
    )
    return path


@pytest.mark.parametrize("is_known", [True, False])
def test_tls_with_or_without_the_certificate(certificate: Path, *, is_known: bool) -> None:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    with serving(tls=context) as server, Load(server.url, certificate=certificate if is_known else None) as running:
        time.sleep(0.5)
    assert running.result.kinds["success"] == len(running.result.requests) > 20


def test_a_stranger_is_not_spoken_to(certificate: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=lain", "-keyout", "/dev/null", "-out", str(strange)),
        ],
        check=True,
        capture_output=True,
    )
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    with serving(tls=context) as server, Load(server.url, certificate=strange) as running:
        time.sleep(0.2)
    assert running.result.kinds["failed"] == len(running.result.requests) > 0
    assert all("CERTIFICATE_VERIFY_FAILED" in cause for cause in running.result.causes)
