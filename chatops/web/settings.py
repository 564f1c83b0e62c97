"""Where the pages are, and under which address people find them."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from chatops.errors import SettingsError

LISTEN = "127.0.0.1:8091"


@dataclass(frozen=True)
class WebSettings:
    """As the environment says it."""

    listen: str = LISTEN
    """Only this machine, unless somebody says otherwise: what speaks TLS stands before it."""
    url: str = ""
    """As people type it, such as `https://spse-ops.lkpp.example`."""
    reports: Path = Path("/nowhere")
    """Where finished reports are."""

    @classmethod
    def from_environment(cls, state: Path, environment: Mapping[str, str] = os.environ) -> Self:
        """By `SPSE_OPS_WEB_LISTEN`, `SPSE_OPS_WEB_URL` and `SPSE_OPS_REPORTS`."""
        listen = environment.get("SPSE_OPS_WEB_LISTEN") or LISTEN
        url = (environment.get("SPSE_OPS_WEB_URL") or f"http://{listen}").rstrip("/")
        reports = Path(environment.get("SPSE_OPS_REPORTS") or state / "reports").absolute()
        made = cls(listen, url, reports)
        _ = made.address
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise _wrong("SPSE_OPS_WEB_URL", url, "https://spse-ops.lkpp.example")
        if parts.scheme == "http" and not _loopback(parts.hostname):
            # A cookie that is not kept from others is everybody's.
            raise SettingsError(
                what="Alamat",
                value=url,
                advice="Tanpa TLS hanya boleh dari mesin ini; taruh proxy TLS di depannya (docs/operations/web.md).",
            )
        return made

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen at."""
        host, _, port = self.listen.rpartition(":")
        if not port.isdecimal():
            raise _wrong("SPSE_OPS_WEB_LISTEN", self.listen, LISTEN)
        return host.strip("[]") or "127.0.0.1", int(port)

    @property
    def secure(self) -> bool:
        """Whether people come by TLS."""
        return self.url.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may call this: as people do, or as somebody on this machine who asks for its health."""
        host, _ = self.address
        own = {self.listen.lower()} if _loopback(host) else set()
        return frozenset({urlsplit(self.url).netloc.lower(), *own})


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(name: str, value: str, example: str) -> SettingsError:
    return SettingsError(what="Alamat", value=value, advice=f"Isi {name} seperti {example}.")
