"""A real web server with TLS on loopback: pictures, redirects, refusals, and what breaks off."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.certificate import make_certificate


@dataclass
class WebServer:
    """The server.

    Attributes:
        port: Where it listens on 127.0.0.1; its certificate is for `localhost`.
        pages: By path: status, headers, body.
        requests: Paths that were asked for.
        authority: PEM file with the authority that signed its certificate, for SSL_CERT_FILE.
        go_on: Paths below `/slow/` are answered when this is set.
    """

    port: int
    authority: Path
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Serves a body, and returns its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"content-length": str(len(body)), **named}, body)
        return self.address(path)

    def redirect(self, path: str, to: str) -> str:
        """Redirects from a path, and returns its address."""
        return self.put(path, b"", 302, location=to)

    def address(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"


@contextmanager
def web_server(folder: Path) -> Iterator[WebServer]:
    """Starts the server; this process, and those it starts, trust its authority."""
    certificate = make_certificate(folder, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server = WebServer(listener.server_port, certificate.authority)
    listener.RequestHandlerClass = _handler(server)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    listener.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients leave on purpose
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(server.authority))
            yield server
    finally:
        server.go_on.set()
        listener.shutdown()
        listener.server_close()


def _handler(server: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append(self.path)
            status, headers, body = server.pages.get(self.path, (404, {"content-length": "0"}, b""))
            if self.path.startswith("/slow/"):
                server.go_on.wait(30)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    return Handler
