"""The bot's office with an authority: people ask for access in Slack, and others answer."""

import subprocess
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from chatops.access.authority import House
from chatops.access.desk import AccessDesk
from chatops.access.passphrases import Passphrases, unattended
from chatops.access.place import Place
from chatops.access.register import Register, Request
from chatops.access.rules import span
from chatops.ledger.chain import Event
from tests.slack.room import SITI, Json, ask, until
from tests.slack.service import CHANGES, Service
from tests.unit.access import key_pair, public

CANARY = "kenari-kuning-yang-tidak-boleh-terlihat"
SOURCES = "203.0.113.7/32 203.0.113.8"


@dataclass(frozen=True)
class Doors:
    """What the tests of access need: the Slack, and the window of the desk as the bot has it."""

    served: Service
    folder: Path

    @property
    def window(self) -> AccessDesk:
        """As the bot has it."""
        return AccessDesk(self.served.place.desk, Place.at(self.served.place.desk.records.state, ask=unattended))

    @property
    def passphrase(self) -> Path:
        """The file that the bot reads it from."""
        return self.folder / "passphrase"

    def key(self, person: str = "siti", kind: str = "ed25519", *options: str) -> Path:
        """Somebody's key pair; the private key's path."""
        file = self.folder / "keys" / f"{person}-{kind}"
        return file if file.exists() else key_pair(file.parent, file.name, kind, *options)

    def line(self, person: str = "siti") -> str:
        """His public key, as he pastes it."""
        return self.key(person).with_suffix(".pub").read_text()

    def asked(self, by: str = "siti", person: str = "", now: datetime | None = None) -> str:
        """Somebody has asked, in whatever way; the number."""
        lasts, sources = span("4h"), tuple(SOURCES.split())
        wanted = Request(
            "mamuju", "operator", person or by, public(self.key(person or by)), lasts, sources, "perbaikan"
        )
        place = self.window.place
        register = Register(self.served.place.desk.ledger, by, place.keyring, place.limits)
        return register.ask(wanted, now).number

    def form(self, user: str = SITI, line: str = "/spse access") -> Json:
        """The form, as somebody has it before him."""
        self.served.slack.say(line, user, CHANGES)
        return until(lambda: self.served.slack.view(user)["modal"], "the form")

    def send(self, form: Json, user: str = SITI, person: str = "", **other: str) -> None:
        """Fill it in and send it."""
        chosen = {"lpse": "mamuju", "role": "operator"} | {k: v for k, v in other.items() if k in ("lpse", "role")}
        options = {name: {"text": {"type": "plain_text", "text": each}, "value": each} for name, each in chosen.items()}
        typed = {"lasts": "4h", "person": person or user, "key": self.line(), "sources": SOURCES, "reason": "perbaikan"}
        typed |= {name: each for name, each in other.items() if name not in chosen}
        values: Json = {name: {"value": each} for name, each in typed.items()}
        values |= {"lpse": {"access_lpse": options["lpse"]}, "role": {"value": options["role"]}}
        self.served.slack.post("/client/submit", user=user, view=form["id"], values=values)

    def press(self, number: str, action: str, user: str) -> None:
        """Press a button of the message of an access."""
        ts = self.served.message(number)["ts"]
        pressed = {"block_id": "access", "action_id": f"access_{action}"}
        self.served.slack.post("/client/press", user=user, channel=CHANGES, message=ts, **pressed)

    def words(self, number: str, action: str, user: str, note: str) -> None:
        """Press one that asks for a few words, and give them."""
        self.press(number, action, user)
        form = until(lambda: self.served.slack.view(user)["modal"], "the question")
        self.served.slack.post("/client/submit", user=user, view=form["id"], values={"note": {"note": note}})

    def events(self, number: str = "") -> list[Event]:
        """What was recorded of an access, or of all."""
        found = self.served.place.desk.events(0)
        return [each for each in found if each.subject.startswith("AKS-") and number in each.subject]

    def kinds(self, number: str) -> list[str]:
        """The same in a word each, but where it is told of."""
        return [each.kind for each in self.events(number) if each.kind != "thread.opened"]

    def file(self, number: str) -> Path:
        """The certificate, as its holder saves it from the thread."""
        ts = self.served.message(number)["ts"]

        def look() -> list[Json]:
            listed = self.served.slack.view(channel=CHANGES, thread=ts)["thread"]
            return [file for each in listed for file in each["files"] if file["name"] == f"{number}-cert.pub"]

        (found,) = until(look, "the certificate")
        saved = self.folder / str(found["name"])
        base = self.served.slack.base
        saved.write_text(ask(base, "GET", str(found["url_private"]).removeprefix(base))["text"])
        return saved

    def whispered(self, user: str, words: str) -> str:
        """What only he reads."""
        slack = self.served.slack
        return until(lambda: [each for each in slack.texts(user, CHANGES) if words in each], words)[-1]


def founded(served: Service, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Doors:
    """The authority is made; its keys are quick to open, those that people make are slow on purpose."""
    made = Doors(served, folder)
    made.passphrase.write_text(f"{CANARY}\n")
    made.passphrase.chmod(0o600)
    monkeypatch.delenv("SPSE_OPS_AUTHORITY", raising=False)
    monkeypatch.setenv("SPSE_OPS_ACCESS_PASSPHRASE", str(made.passphrase))
    keyring = replace(made.window.place.keyring, passphrases=Passphrases.from_environment(), rounds=1)
    House(served.place.desk.ledger, "penjaga", keyring).init()
    return made


def told(certificate: Path) -> str:
    """A certificate as `ssh-keygen` reads it."""
    words = ["ssh-keygen", "-L", "-f", str(certificate)]
    return subprocess.run(words, capture_output=True, check=True, text=True, env={"TZ": "UTC"}).stdout
