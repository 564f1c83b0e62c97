"""`spse-ops web login`: a link for whoever sits at the machine, if he is somebody."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatops.commands.door import me
from chatops.ledger.store import Ledger
from chatops.settings import Records
from chatops.web import links
from tests.hosts.paths import REPOSITORY
from tests.unit.conftest import SpseOps


@pytest.fixture
def ops(spse_ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpseOps:
    """With one office, and rules in which whoever runs the test is an auditor."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    (tmp_path / "hosts.yml").write_text("all: {hosts: {m1: {spse_lpse: mamuju, spse_zone: WITA}}}\n")
    rules = f"people:\n  tono: {{name: Tono Contoh, accounts: [{me().account}], grants: [{{role: auditor}}]}}\n"
    (tmp_path / "rules.yml").write_text(rules)
    monkeypatch.setenv("SPSE_OPS_INVENTORY", str(tmp_path / "hosts.yml"))
    monkeypatch.delenv("SPSE_OPS_RULES", raising=False)
    return spse_ops


def test_a_link_for_whoever_sits_there(ops: SpseOps) -> None:
    code, told, _ = ops("web", "login")
    assert code == 0
    assert "Untuk Tono Contoh, sekali pakai, 10 menit" in told
    (token,) = re.findall(r"http://127\.0\.0\.1:8091/masuk/([\w-]{43})\n", told)
    ledger, now = Ledger.open(Records.from_environment().url), datetime.now(UTC)
    found = [links.take(ledger, token, now + timedelta(minutes=9)) for _ in range(2)]
    ledger.close()
    assert found == [me(), None]
    code, told, _ = ops("web", "login", "--json", "--lang", "en")
    assert json.loads(told).keys() == {"person", "url", "minutes"}


def test_who_is_nobody_gets_none(ops: SpseOps, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("people: {}\n")
    code, told, wrong = ops("web", "login")
    assert code == 1
    assert "/masuk/" not in told
    assert me().account in wrong


def test_what_cannot_be_an_address_is_refused_in_words(ops: SpseOps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPSE_OPS_WEB_URL", "http://spse-ops.lkpp.example")
    code, _, wrong = ops("web", "login")
    assert code == 1
    assert "Tanpa TLS hanya boleh dari mesin ini" in wrong


@pytest.mark.usefixtures("ops")
def test_it_serves_until_it_is_told_to_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = "{}:{}".format(*free.getsockname())
    words = [sys.executable, "-m", "chatops", "web", "serve"]
    with subprocess.Popen(
        words, cwd=REPOSITORY, env=os.environ | {"SPSE_OPS_WEB_LISTEN": address}, stderr=subprocess.PIPE
    ) as process:
        try:
            assert _answers(f"http://{address}/healthz", process) == {"ok": True}
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


def _answers(url: str, process: subprocess.Popen[bytes]) -> object:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - it is our own address
                return json.load(answer)
        except OSError:
            assert time.monotonic() < end, process.poll()
            time.sleep(0.1)
