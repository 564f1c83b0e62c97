"""The pages as an application: who asks is looked up for each request, and what is not for him is not there."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from chatops.errors import LedgerError, RulesError, SpseOpsError
from chatops.ledger import outages
from chatops.ledger.outages import EVERYWHERE
from chatops.ledger.store import Reader
from chatops.permissions import Identity
from chatops.web import away, book, change, files, fleet, front, links, office, sessions
from chatops.web.guard import REPORT_POLICY, Guard
from chatops.web.show import PAGES
from chatops.web.site import Site, Visitor

LOG = logging.getLogger(__name__)
STATIC = Path(__file__).with_name("static")
NUMBER = 40
"""Letters that a number of a change or an outage may have."""

type Page = Callable[[Reader, Visitor, Request], Response]


class NotThereError(Exception):
    """There is no such page, or it is not for whoever asks: which of the two is not said."""


def build(site: Site) -> Starlette:
    """Put them together."""
    pages = Pages(site)
    routes = [
        Route("/", pages.shown(pages.front)),
        Route("/lpse", pages.shown(pages.fleet)),
        Route("/lpse/{slug}", pages.shown(pages.office)),
        Route("/perubahan", pages.shown(pages.book)),
        Route("/perubahan/{number}", pages.shown(pages.change)),
        Route("/gangguan", pages.shown(pages.outages)),
        Route("/gangguan/{number}", pages.shown(pages.outage)),
        Route("/laporan", pages.shown(pages.reports)),
        Route("/laporan/{month}/{office}/{name}", pages.shown(pages.report)),
        Route("/masuk", pages.enter, methods=["GET"]),
        Route("/masuk/{token}", pages.door, methods=["GET", "POST"]),
        Route("/keluar", pages.leave, methods=["POST"]),
        Route("/healthz", pages.health),
        Mount("/static", _Static(directory=STATIC)),
    ]
    guard = Middleware(Guard, hosts=site.web.hosts, secure=site.web.secure)
    return Starlette(routes=routes, middleware=[guard], exception_handlers={404: pages.missing, 500: pages.broken})


class _Static(StaticFiles):
    """Style and signs; they say nothing, and may be kept for a while."""

    def file_response(self, *given: Any, **more: Any) -> Response:  # noqa: ANN401 - whatever Starlette's own takes
        """With how long."""
        made = super().file_response(*given, **more)
        made.headers["cache-control"] = "max-age=300"
        return made


class Pages:
    """One method a page."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookie = "__Host-spse" if site.web.secure else "spse"

    # Who

    def shown(self, page: Page) -> Callable[[Request], Response]:
        """A page for whoever may see it."""

        def answer(request: Request) -> Response:
            try:
                visitor = self._visitor(request)
                if visitor is None:
                    return self._stranger(request)
                with self.site.ledger.reading() as reader:
                    return page(reader, visitor, request)
            except NotThereError:
                return self.missing(request, None)
            except RulesError:
                LOG.warning("the rules cannot be read: nobody is let in")
                words = "Berkas hak akses (rules.yml) tidak dapat dibaca, jadi tidak seorang pun dapat masuk."
                return self._said("Hak akses tidak terbaca", words, 503)
            except LedgerError as error:
                LOG.warning("%s", error.told("en"))
                return self._said("Buku catatan tidak terbaca", "Coba lagi sebentar lagi.", 503)

        return answer

    def _visitor(self, request: Request) -> Visitor | None:
        identity = self._identity(request)
        return self.site.visitor(identity) if identity else None

    def _identity(self, request: Request) -> Identity | None:
        cookie = request.cookies.get(self.cookie, "")
        return sessions.unseal(self.site.key, cookie, self.site.clock()) if cookie else None

    def _stranger(self, request: Request) -> Response:
        if self._identity(request):
            words = (
                "Anda dikenal, tetapi tidak mempunyai hak atas satu LPSE pun. Minta LKPP menambahkan peran Anda dalam "
                "berkas hak akses."
            )
            return self._said("Tidak ada yang dapat Anda lihat", words, 403)
        return self._filled("masuk.html.j2", None, 401, token="", refused="")

    def enter(self, request: Request) -> Response:
        """How one comes in."""
        del request
        return self._filled("masuk.html.j2", None, token="", refused="")

    def door(self, request: Request) -> Response:
        """A link: looked at, it asks; only who presses the button goes through, because programs look at links, too."""
        token = str(request.path_params["token"])
        if request.method != "POST":
            return self._filled("masuk.html.j2", None, token=token, refused="")
        now = self.site.clock()
        identity = links.take(self.site.ledger, token, now)
        if identity is None:
            LOG.warning("a link was used that is none, or was before, or is too old", extra={"event": "web.refused"})
            refused = "Tautan ini sudah dipakai, sudah lewat waktunya, atau bukan tautan kami. Minta yang baru."
            return self._filled("masuk.html.j2", None, 403, token="", refused=refused)
        LOG.info("somebody has come in", extra={"event": "web.entered", "by": f"{identity.edge}:{identity.account}"})
        made = RedirectResponse("/", 303)
        made.set_cookie(
            self.cookie,
            sessions.seal(self.site.key, identity, now),
            max_age=int(sessions.LASTS.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self.site.web.secure,
        )
        return made

    def leave(self, request: Request) -> Response:
        """Go."""
        del request
        made = RedirectResponse("/masuk", 303)
        made.delete_cookie(self.cookie, httponly=True, samesite="lax", secure=self.site.web.secure)
        return made

    # Pages

    def front(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """What is late, due, running."""
        del request
        return self._filled("depan.html.j2", visitor, **front.facts(self.site, reader.connection, visitor))

    def fleet(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """The map."""
        found = fleet.tiles(self.site, reader.connection, visitor)
        wanted, typed = request.query_params.get("keadaan", ""), request.query_params.get("cari", "").strip().lower()
        if len(found) == 1 and not visitor.everywhere:
            return RedirectResponse(f"/lpse/{found[0].office.slug}", 303)
        shown = [tile for tile in found if wanted in ("", tile.state)]
        shown = [tile for tile in shown if typed in tile.office.slug or typed in tile.office.province.lower()]
        return self._filled(
            "peta.html.j2",
            visitor,
            zones=fleet.zones(shown),
            counts=fleet.counts(found),
            count=len(shown),
            wanted=wanted,
            typed=typed,
        )

    def office(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """One LPSE."""
        slug = str(request.path_params["slug"])
        if not visitor.sees([slug]) or not office.known(self.site, reader.connection, slug):
            raise NotThereError
        return self._filled(
            "lpse.html.j2",
            visitor,
            **office.facts(self.site, reader.connection, visitor, slug, request.query_params),
        )

    def book(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """The list of changes."""
        told = book.facts(self.site, reader.connection, visitor, request.query_params)
        return self._filled("daftar.html.j2", visitor, **told)

    def change(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """One of them."""
        found = reader.known(str(request.path_params["number"])[:NUMBER])
        if found is None or not visitor.sees(found.lpses):
            raise NotThereError
        return self._filled("perubahan.html.j2", visitor, **change.facts(self.site, reader, found))

    def outages(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """The list of outages."""
        told = away.facts(self.site, reader.connection, visitor, request.query_params)
        return self._filled("gangguan.html.j2", visitor, **told)

    def outage(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """One of them; those of what LKPP provides to all are for all."""
        found = outages.of(reader.connection, str(request.path_params["number"])[:NUMBER])
        if found is None or not (found.begun["lpse"] == EVERYWHERE or visitor.sees([found.begun["lpse"]])):
            raise NotThereError
        return self._filled("satu-gangguan.html.j2", visitor, **away.one(self.site, found))

    def reports(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """The reports of a month."""
        del reader
        folder = self.site.web.reports
        months = files.months(folder)
        wanted = request.query_params.get("bulan", "")
        month = wanted if wanted in months else (months or [""])[0]
        found = list(files.reports(folder, month, visitor)) if month else []
        return self._filled("laporan.html.j2", visitor, months=months, month=month, reports=found)

    def report(self, reader: Reader, visitor: Visitor, request: Request) -> Response:
        """One file of a report."""
        del reader
        month, whose, name = (str(request.path_params[each]) for each in ("month", "office", "name"))
        path = files.found(self.site.web.reports, month, whose, name) if files.sees(visitor, whose) else None
        if path is None:
            raise NotThereError
        kind = path.suffix.removeprefix(".")
        place = "inline" if kind == "html" else "attachment"
        headers = {"content-security-policy": REPORT_POLICY} if kind == "html" else {}
        return FileResponse(
            path, headers=headers, media_type=files.TYPES[kind], filename=name, content_disposition_type=place
        )

    def health(self, request: Request) -> Response:
        """Whether it can read what it shows; nothing else is said to whoever asks."""
        del request
        try:
            with self.site.ledger.reading() as reader:
                reader.head()
        except SpseOpsError:
            return JSONResponse({"ok": False}, 503)
        return JSONResponse({"ok": True})

    # What goes wrong

    def missing(self, request: Request, error: Exception | None) -> Response:
        """There is no such page, or not for him."""
        del request, error
        words = "Halaman ini tidak ada, atau bukan untuk Anda. Periksa nomornya."
        return self._said("Tidak ada", words, 404)

    def broken(self, request: Request, error: Exception) -> Response:
        """It is our fault; what happened is written to the log by the server, and not here."""
        del request, error
        return self._said("Terjadi kesalahan", "Kesalahan ini sudah tercatat. Coba lagi sebentar lagi.", 500)

    def _said(self, title: str, words: str, status: int) -> Response:
        return self._filled("pesan.html.j2", None, status, title=title, words=words)

    def _filled(self, template: str, visitor: Visitor | None, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
        site = self.site
        known: Mapping[str, Any] = {"visitor": visitor, "now": site.clock(), "problem": site.problem}
        return HTMLResponse(PAGES.get_template(template).render({"zone_of": site.zone, **known, **told}), status)
