"""What every request goes through before a page sees it, and every answer before somebody gets it."""

import time

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Whatever a host has written, nothing of it is run, fetched, framed or sent anywhere; pages bring no script at all.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Of a report, which brings its style along, and is shown as if it came from nowhere."""
HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)
SECURE = ("strict-transport-security", "max-age=31536000")
OWN = ("same-origin", "none")
METHODS = {"GET", "HEAD", "POST"}


class Guard:
    """Refuses what is not for here; says how long the rest took."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], *, secure: bool) -> None:
        self._app = app
        self._hosts = hosts
        more = (*HEADERS, SECURE) if secure else HEADERS
        self._headers = [(name.encode(), value.encode()) for name, value in more]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the request, and see to the answer."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent = f"app;dur={1000 * (time.perf_counter() - began):.2f}".encode()
                own = {name for name, _ in message["headers"]}
                added = [*self._headers, (b"server-timing", spent)]
                if b"content-security-policy" not in own:
                    added.append((b"content-security-policy", POLICY.encode()))
                # Whoever uses this machine after somebody shall not find the pages of that one.
                if b"cache-control" not in own:
                    added.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *added]
            await send(message)

        refusal = self._refused(scope, Headers(scope=scope))
        await (refusal or self._app)(scope, receive, sending)

    def _refused(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if headers.get("host", "").lower() not in self._hosts:
            return PlainTextResponse("Alamat ini tidak dikenal di sini.\n", 421)
        if scope["method"] not in METHODS:
            return PlainTextResponse("Cara ini tidak dikenal.\n", 405, {"allow": "GET, HEAD, POST"})
        # Another page may send a form here; it says so, in every browser of these years.
        if scope["method"] == "POST" and headers.get("sec-fetch-site", "same-origin") not in OWN:
            return PlainTextResponse("Dikirim dari halaman lain.\n", 403)
        return None
