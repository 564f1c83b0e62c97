"""The pages of a ledger, served by a thread of this process, and whoever asks for one."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chatops.ledger.store import Ledger
from chatops.permissions import Identity
from chatops.settings import Records, Settings
from chatops.twin.server import listen
from chatops.web import links
from chatops.web.server import Server
from chatops.web.settings import WebSettings
from chatops.web.site import Site
from tests.slack.room import until

AUDITOR = Identity("cli", "tono")
ADMIN = Identity("web", "U0BUDI")
"""Of the first office."""
NOBODY = Identity("cli", "adi")
"""Somebody who stands in the rules, and has no rights."""
STRANGER = Identity("web", "U0TAKDIKENAL")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def cookie(self) -> str:
        """The one that it sets, as a browser would send it back."""
        return self.headers.get("set-cookie", "").split(";")[0]

    @property
    def milliseconds(self) -> float:
        """How long the server took."""
        return float(self.headers["server-timing"].rpartition("=")[2])


class Time:
    """A clock that goes when it is told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """What it shows."""
        return self.now


@dataclass(frozen=True)
class House:
    """The pages, from outside."""

    base: str
    site: Site
    clock: Time

    def ask(self, path: str, cookie: str = "", method: str = "GET", **headers: str) -> Answer:
        """Ask for something."""
        with closing(http.client.HTTPConnection(self.base.removeprefix("http://"), timeout=30)) as line:
            own = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, headers=own | ({"Cookie": cookie} if cookie else {}))
            came = line.getresponse()
            told = {name.lower(): value for name, value in came.getheaders()}
            return Answer(came.status, told, came.read().decode(errors="replace"))

    def link(self, identity: Identity) -> str:
        """A link for somebody, as the bot would give it."""
        return f"/masuk/{links.give(self.site.ledger, identity, self.clock())}"

    def enter(self, identity: Identity) -> str:
        """The cookie of somebody who has come in."""
        answer = self.ask(self.link(identity), method="POST")
        assert answer.status == 303
        return answer.cookie


@contextmanager
def house(folder: Path, url: str, now: datetime, *, public: str = "") -> Iterator[House]:
    """Serve them; the folder has the inventory and the rules."""
    settings = Settings.from_environment({}, str(folder / "hosts.yml"))
    records = Records(url, folder / "spool", folder / "checkpoints", "penguji", folder / "state")
    listener = listen("127.0.0.1", 0)
    address = "{}:{}".format(*listener.getsockname())
    clock = Time(now)
    ledger = Ledger.open(url)
    pages = WebSettings(address, public or f"http://{address}", folder / "reports")
    site = Site(settings, records, pages, ledger, clock=clock)
    server = Server(site)
    thread = threading.Thread(target=server.serve, args=(listener,))
    thread.start()
    made = House(f"http://{address}", site, clock)
    try:
        until(lambda: bool(site.offices), "the inventory", 60)
        yield made
    finally:
        server.stopping.set()
        thread.join()
        ledger.close()
