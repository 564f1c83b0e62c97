"""The pages as a process: one port, one who looks after it."""

import asyncio
import logging
import socket
import threading
import time

import uvicorn

from chatops.errors import WebError
from chatops.watchdog import Watchdog
from chatops.web.app import build
from chatops.web.site import Site
from chatops.words import Said

LOG = logging.getLogger(__name__)
PULSE = 0.5
FRESH = 10.0
"""Seconds after which the inventory is looked at again: nobody who opens a page waits until it is read."""
LARGEST = 16 * 1024
"""Bytes of the head of a request."""


class Server:
    """Serves the pages until it is told to stop."""

    def __init__(self, site: Site, watchdog: Watchdog | None = None) -> None:
        self.site = site
        self.stopping = threading.Event()
        self._watchdog = watchdog or Watchdog()
        self._renewed = 0.0

    def serve(self, listener: socket.socket | None = None) -> None:
        """Serve; whoever supervises this is told that it lives."""
        served = listener or socket.create_server(self.site.web.address)
        config = uvicorn.Config(
            build(self.site),
            log_config=None,
            lifespan="off",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=LARGEST,
        )
        server = uvicorn.Server(config)
        port = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[served])), name="port")
        self.site.warm()
        self._look_after()
        port.start()
        LOG.info("pages at %s:%d", *served.getsockname()[:2])
        try:
            self._watchdog.ready()
            while not self.stopping.wait(PULSE):
                if not port.is_alive():
                    raise WebError(detail=Said("pelayannya berhenti", "what serves them has ended"))
                self._look_after()
                self._watchdog.alive()
        finally:
            self._watchdog.stopping()
            server.should_exit = True
            port.join()
            served.close()

    def _look_after(self) -> None:
        if time.monotonic() - self._renewed > FRESH or not self._renewed:
            self.site.renew()
            self._renewed = time.monotonic()
