"""Calls of the contract from a page of another origin, in a real browser: Connect and gRPC-Web."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from lienzo.gateway.v1 import gateway_pb2

CALL = """
async ([url, method, type, body]) => {
  const bytes = Uint8Array.from(atob(body), (each) => each.charCodeAt(0));
  const protocol = { "connect-protocol-version": "1", "x-grpc-web": "1", "x-api-key": "k" };
  const headers = { "content-type": type, ...protocol };
  try {
    const path = `${url}/lienzo.gateway.v1.GatewayService/${method}`;
    const response = await fetch(path, { method: "POST", headers, body: bytes });
    const answer = new Uint8Array(await response.arrayBuffer());
    const id = response.headers.get("x-request-id");
    return [response.status, btoa(String.fromCharCode(...answer)), id];
  } catch (error) {
    return [0, "", String(error)];
  }
}
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def other_origin(tmp_path: Path) -> Iterator[str]:
    """A page that somebody else serves."""
    (tmp_path / "index.html").write_text(
        "<!doctype html><title>A museum</title><link rel=icon href='data:,'>"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def call(page: Page, url: str, method: str, kind: str, body: bytes) -> tuple[int, bytes, str]:
    status, answer, got = page.evaluate(CALL, [url, method, kind, base64.b64encode(body).decode()])
    return status, base64.b64decode(answer), got


def test_a_page_of_an_origin_that_is_let_in_calls_the_contract(
    new_page: Callable[..., Page], start_gateway: Any, other_origin: str, pictures: Path
) -> None:
    gateway = start_gateway("--cors-origins", other_origin)
    page = new_page(other_origin)
    picture = {"data": (pictures / "rocket.jpg").read_bytes()}
    request = gateway_pb2.ClassifyImageRequest(image=picture).SerializeToString()
    status, answer, got = call(page, gateway.url, "ClassifyImage", "application/proto", request)
    assert status == 200
    assert gateway_pb2.ClassifyImageResponse.FromString(answer).recognition.recognized.label == "rocket"
    assert len(got) >= 8

    # gRPC-Web: one frame with the message, one with the trailers.
    framed = b"\0" + len(request).to_bytes(4, "big") + request
    status, answer, _ = call(page, gateway.url, "ClassifyImage", "application/grpc-web+proto", framed)
    size = int.from_bytes(answer[1:5], "big")
    found = gateway_pb2.ClassifyImageResponse.FromString(answer[5 : 5 + size])
    assert (status, found.recognition.recognized.label) == (200, "rocket")
    assert answer[5 + size] & 0x80
    assert b"grpc-status: 0" in answer[5 + size :]

    status, answer, _ = call(page, gateway.url, "GetModel", "application/json", b'{"model": {"name": "no"}}')
    assert (status, b'"not_found"' in answer, b"google.rpc.ErrorInfo" in answer) == (404, True, True)


def test_a_page_of_another_origin_is_kept_out(chromium: Browser, site: str, other_origin: str) -> None:
    page = chromium.new_page()
    got: list[str] = []
    page.on("console", lambda message: got.append(message.text))
    page.goto(other_origin)
    status, _, problem = call(page, site, "ListModels", "application/json", b"{}")
    assert (status, "Failed to fetch" in problem) == (0, True)
    assert "blocked by CORS policy" in got[0]
    page.close()
