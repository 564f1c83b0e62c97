"""For somebody who wants to look around: the offline Slack and the bot beside the lab's hosts, until told otherwise."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from contextlib import closing, suppress
from pathlib import Path

import click

from tests.hosts.paths import REPOSITORY
from tests.slack.room import Room, until
from tests.slack.service import RULES
from tests.tour.stage import address_in, begin, surroundings

FOLDER = REPOSITORY / "artifacts" / "walk"
INVENTORY = REPOSITORY / "inventory" / "lab" / "hosts.yml"
PROCESSES = FOLDER / "processes"
WAYS = """
Obrolan / chat: {address}/        (#perubahan-spse; pilih di kiri atas siapa Anda / choose who you are)

  1. sebagai / as siti:  /spse status mamuju
  2. siti:               /spse rollback mamuju --alasan 'kembali ke build sebelumnya'
     budi:               Setujui / approve; ikuti utasnya / follow the thread
  3. siti:               /spse upgrade mamuju --build 4.5.20260202 --alasan 'versi baru'
     siti:               Setujui: ditolak, karena peminta bukan penyetuju / refused: who asks does not approve
     budi:               Setujui
  4. tamu:               /spse upgrade mamuju        (tidak berhak / may not)
  5. siti:               /spse upgrade mamuju2       (maksud Anda mamuju?)
  6. agus:               /spse comply mamuju         (audit)
  Buku catatan / the ledger: SPSE_OPS_STATE={state} .venv/bin/spse-ops ledger verify

Seluruh tur dengan sendirinya / the whole tour by itself: make tour        Matikan / stop: make hosts-down
"""


def open_(port: int) -> None:
    """Start both, unless the real Slack is named: then the bot alone."""
    close()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    if os.environ.get("SPSE_OPS_SLACK_BOT_TOKEN"):
        bot, said = begin(FOLDER, "serve", ["--inventory", str(INVENTORY)], dict(os.environ))
        PROCESSES.write_text(f"{bot.pid}\n")
        click.echo(f"Bot: {said}; siapa boleh apa / who may what: {INVENTORY.with_name('rules.yml')}")
        return
    INVENTORY.with_name("rules.yml").write_text(RULES)
    slack, said = begin(FOLDER, "twin", ["--port", str(_free(port))], dict(os.environ))
    address = until(lambda: address_in(said), "the offline Slack", 60)
    # What was done to the lab before stands in the same ledger.
    state = os.environ.get("SPSE_OPS_STATE") or str(FOLDER / "state")
    own = surroundings(FOLDER, address)
    own |= {"SPSE_OPS_RULES": str(INVENTORY.with_name("rules.yml")), "SPSE_OPS_STATE": state}
    bot, _ = begin(FOLDER, "serve", ["--inventory", str(INVENTORY)], own)
    PROCESSES.write_text(f"{slack.pid}\n{bot.pid}\n")
    until(lambda: Room(address).seen()["hellos"], "the bot", 120)
    click.echo(WAYS.format(address=address, state=state))


def close() -> None:
    """Stop both; what runs on a host goes on to its end."""
    if not PROCESSES.exists():
        return
    for number in map(int, PROCESSES.read_text().split()):
        # They lead groups of their own; another process may have that number by now.
        with suppress(ProcessLookupError):
            if _is_ours(number):
                os.killpg(number, signal.SIGTERM)
    PROCESSES.unlink()


def _is_ours(number: int) -> bool:
    try:
        return str(REPOSITORY).encode() in Path(f"/proc/{number}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def _free(port: int) -> int:
    """That port, or any if somebody has it."""
    with closing(socket.socket()) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
