"""Asks the web server of its own host as visitors do, and prints what it was answered, as JSON.

It is sent to hosts as it stands, for Debian's own python3, and told as JSON which sites there are, which paths are the
application's, and where visits are written down. It changes nothing, but its visits are written down like all others.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any

PATIENCE = 20
# For what must be refused at once: whoever waits for more has taken it.
# A whole body that does not say before how long it is.
UNSAID = ("Transfer-Encoding: chunked", "", "5", "x=uji", "0")
SHORT = 4
DAY = 86400
TAIL = 1 << 20
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
# The folder beside it has Debian's own self-signed certificate in it, too.
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
MARK = f"spse-comply-{secrets.token_hex(6)}"


class Site:
    """One site, as Apache lists it."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.address: str = about["address"]
        self.port: int = about["port"]
        self.name: str = about["name"]
        self.path = f"/{MARK}-{secrets.token_hex(4)}"
        """A path that nobody has, to be found again in the logs."""
        self.tls: ssl.SSLContext | None = None

    def connect(self, context: ssl.SSLContext | None, seconds: float = PATIENCE) -> socket.socket:
        """With TLS, if there is somebody to speak it."""
        plain = socket.create_connection((self.address, self.port), seconds)
        try:
            return context.wrap_socket(plain, server_hostname=self.name) if context else plain
        except BaseException:
            plain.close()
            raise

    def shakes_hands(self, context: ssl.SSLContext) -> str:
        """The cipher that is agreed on; none if none is."""
        try:
            with self.connect(context) as connection:
                agreed = connection.cipher() if isinstance(connection, ssl.SSLSocket) else None
        except OSError:
            return ""
        return agreed[0] if agreed else ""

    def ask(
        self, target: str, *lines: str, method: str = "GET", host: str = "", seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """What is answered; status 0 where nothing is."""
        head = [f"{method} {target} HTTP/1.1", f"Host: {host or self.name}", "Connection: close"]
        answer: dict[str, Any] = {"path": target[:40], "status": 0, "headers": [], "body": ""}
        with contextlib.suppress(OSError, http.client.HTTPException), self.connect(self.tls, seconds) as connection:
            # A server that refuses early may close before all was sent, and its answer is there all the same.
            with contextlib.suppress(OSError):
                connection.sendall("\r\n".join([*head, *lines, "", ""]).encode())
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            headers = [(name.lower(), value) for name, value in response.getheaders()]
            answer |= {"status": response.status, "headers": headers}
            answer["body"] = response.read(4000).decode(errors="replace")
        return answer


def anything() -> ssl.SSLContext:
    """Whoever agrees to everything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    return context


def only(version: ssl.TLSVersion) -> ssl.SSLContext:
    """Whoever knows one version."""
    context = anything()
    context.minimum_version = context.maximum_version = version
    return context


def weak() -> ssl.SSLContext:
    """Whoever knows only ciphers that should be refused: without a key of their own for each visit, or not AEAD."""
    context = only(ssl.TLSVersion.TLSv1_2)
    names = [str(each["name"]) for each in context.get_ciphers()]
    strong = [name for name in names if name.startswith(("ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA")) and _is_aead(name)]
    older = {name for name in names if not name.startswith("TLS_")}
    context.set_ciphers(":".join([*(older - set(strong)), "@SECLEVEL=0"]))
    return context


def _is_aead(name: str) -> bool:
    return any(kind in name for kind in ("GCM", "CHACHA20", "CCM"))


def certificate(site: Site) -> dict[str, Any]:
    """For how long it is good, and whether this host trusts it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # What newer ones ask for beyond a chain that holds is not what browsers ask for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(TRUSTED)
        with site.connect(context) as connection:
            return _dates(connection) | {"trusted": True}
    except OSError:
        pass
    try:
        with site.connect(anything()) as connection:
            der = connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
        # It vouches for itself: only then is it read.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(der or b""))
        with site.connect(context) as connection:
            return _dates(connection) | {"trusted": False}
    except (OSError, ValueError) as error:
        return {"days": None, "until": "", "trusted": False, "why": str(error)}


def _dates(connection: socket.socket) -> dict[str, Any]:
    read = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    until = str((read or {})["notAfter"])
    return {"until": until, "days": (ssl.cert_time_to_seconds(until) - time.time()) / DAY, "why": ""}


def leads_anywhere(site: Site) -> bool:
    """Whether it connects, for a visitor, to where that wants."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.settimeout(0.3)
        for method, target in (("GET", f"http://127.0.0.1:{port}/"), ("CONNECT", f"127.0.0.1:{port}")):
            # Refused long before if it does not; if it does, nobody answers.
            site.ask(target, method=method, host=f"127.0.0.1:{port}", seconds=SHORT)
            with contextlib.suppress(OSError):
                server.accept()[0].close()
                return True
    return False


def limits(site: Site, path: str) -> dict[str, int]:
    """What is answered to what is too large."""
    return {
        "isi": site.ask(path, f"Content-Length: {1 << 40}", method="POST", seconds=SHORT)["status"],
        "jumlah tajuk": site.ask(path, *(f"X-{number}: y" for number in range(120)))["status"],
        "tajuk": site.ask(path, f"X-Long: {'y' * 9000}")["status"],
        "alamat": site.ask(f"{path}?{'y' * 9000}")["status"],
    }


def look(site: Site, paths: list[str]) -> dict[str, Any]:
    """Everything about one site."""
    seen: dict[str, Any] = {"site": f"{site.name}:{site.port}", "address": site.address, "is_open": True}
    try:
        site.connect(None).close()
    except OSError:
        return seen | {"is_open": False}
    context = anything()
    if site.shakes_hands(context):
        site.tls = context
        seen["old"] = [version.name for version in OLD if site.shakes_hands(only(version))]
        seen["weak"] = site.shakes_hands(weak())
        seen["certificate"] = certificate(site)
    targets = ["/", site.path, *paths]
    return seen | {
        "tls": site.tls is not None,
        "answers": [site.ask(target) for target in targets],
        "broken": site.ask("/", host="a b"),
        "trace": {target: site.ask(target, method="TRACE")["status"] for target in ["/", *paths[:1]]},
        "icons": site.ask("/icons/apache_pb.gif")["status"],
        "limits": limits(site, targets[-1]),
        "unsaid": site.ask(targets[-1], *UNSAID, method="POST")["status"],
        "leads_anywhere": leads_anywhere(site),
    }


def written(sites: list[Site], logs: list[str]) -> list[str]:
    """The sites whose visits are found in the logs."""
    time.sleep(0.2)
    text = ""
    for log in map(Path, logs):
        with contextlib.suppress(OSError), log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            text += file.read().decode(errors="replace")
    return [f"{site.name}:{site.port}" for site in sites if site.path in text]


def main() -> None:
    about = json.loads(sys.argv[1])
    sites = [Site(each) for each in about["sites"]]
    seen = [look(site, about["paths"]) for site in sites]
    print(json.dumps({"sites": seen, "written": written(sites, about["logs"])}))


if __name__ == "__main__":
    main()
