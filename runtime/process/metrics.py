"""Metrics for Prometheus, on a port of their own: over TLS where the server speaks TLS."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from runtime.configuration.settings import ServerSettings
from runtime.process.addresses import CannotListen, address_of

_log = logging.getLogger(__name__)

CONNECTION_SECONDS: Final = 10.0
"""Time for each step of a connection, such as the handshake: a silent caller holds one thread for so long."""


@contextmanager
def open_metrics(settings: ServerSettings) -> Iterator[int | None]:
    """Serves the metrics inside the context, where the settings name a port.

    Yields:
        The port; None where there is none.

    Raises:
        CannotListen: When the port cannot be used.
    """
    if settings.metrics_port is None:
        yield None
        return
    host = settings.metrics_host or settings.host
    try:
        server = _MetricsServer(host, settings.metrics_port, _context(settings))
    except OSError as error:
        raise CannotListen(address_of(host, settings.metrics_port), error.strerror or str(error)) from error
    server.set_app(make_wsgi_app())
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


class _MetricsServer(ThreadingMixIn, WSGIServer):
    """Shakes hands in the thread of each connection, so that a caller who does not holds up nobody."""

    daemon_threads = True

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._context = context
        super().__init__((host, port), _SilentHandler)

    def server_bind(self) -> None:
        super(WSGIServer, self).server_bind()
        self.setup_environ()

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(CONNECTION_SECONDS)
        if self._context is None:
            super().finish_request(request, client_address)
            return
        with self._context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("a connection for metrics failed", exc_info=True)


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Writes nothing: a line for every scrape tells nothing."""


def _context(settings: ServerSettings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context
