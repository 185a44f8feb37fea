"""What a client over HTTP says of servers that are away, or are something other than a gateway."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import (
    ConnectionState,
    DeadlineExceeded,
    InvalidPicture,
    LienzoError,
    ServerUnavailable,
    Unauthenticated,
)
from tests.support.asker import Asker
from tests.support.certificate import Certificate, make_certificate
from tests.support.scripted import CUT, FINE, Scripted, response, running

pytestmark = pytest.mark.slow

SIGN_IN = response(200, "text/html", b"<h1>Welcome to our network</h1>")
TOLD = {"code": "unauthenticated", "message": "no key", "details": [{"type": "x", "value": "!"}]}
PROBLEM = {
    "reason": "OVERLOADED",
    "code": "RESOURCE_EXHAUSTED",
    "detail": "Too much.",
    "metadata": {"limit": 4},
}


@pytest.fixture
async def ask(asker: Asker) -> Callable[..., Awaitable[Any]]:
    async def call(port: int, method: str, *arguments: Any, scheme: str = "http", **options: Any) -> Any:
        return await asker.client(f"{scheme}://127.0.0.1:{port}", **options).ask(method, *arguments)

    return call


@pytest.mark.parametrize(
    ("answer", "kind", "reason", "words"),
    [
        (SIGN_IN, ServerUnavailable, "NOT_A_GATEWAY", "HTTP 200 with text/html"),
        (
            response(302, "text/html", b"", "location: /login"),
            ServerUnavailable,
            "NOT_A_GATEWAY",
            "302 leads to /login",
        ),
        (response(404, "text/html", b"not here"), ServerUnavailable, "NOT_A_GATEWAY", "HTTP 404"),
        (response(502, "text/html", b"bad"), ServerUnavailable, "CONNECTION_LOST", "answers HTTP 502"),
        (response(413, "text/html", b"large"), InvalidPicture, "PICTURE_TOO_LARGE", "larger than the server"),
        (response(200, "application/proto", b"\xff"), ServerUnavailable, "NOT_A_GATEWAY", "cannot be read"),
        (response(401, "application/json", json.dumps(TOLD).encode()), Unauthenticated, "", "no key"),
        (
            response(429, "application/json", json.dumps(PROBLEM).encode()),
            LienzoError,
            "OVERLOADED",
            "Too much.",
        ),
        (b"\0\0\x12\4\0\0\0\0\0\0", ServerUnavailable, "NOT_A_GATEWAY", "something other than HTTP"),
        (None, ServerUnavailable, "CONNECTION_LOST", "perhaps it speaks TLS: https://"),
        (CUT, ServerUnavailable, "CONNECTION_LOST", "does not answer"),
    ],
)
async def test_what_is_not_an_answer_is_told_in_words(
    ask: Any, answer: bytes, kind: type[LienzoError], reason: str, words: str
) -> None:
    async with running(Scripted(answer).serve) as port:
        with pytest.raises(kind, match=words) as caught:
            await ask(port, "list_models", attempts=1)
    assert caught.value.reason == reason


async def test_nobody_at_the_address_is_named(ask: Any, unused_port: int) -> None:
    with pytest.raises(ServerUnavailable) as caught:
        await ask(unused_port, "list_models", attempts=1)
    assert caught.value.reason == "CONNECTION_REFUSED"
    assert str(caught.value) == f"http://127.0.0.1:{unused_port} does not answer (connection refused)."


async def test_a_name_that_nobody_has_is_said(asker: Asker) -> None:
    with pytest.raises(ServerUnavailable) as caught:
        await asker.client("https://no.such.host.invalid", attempts=1).ask("list_models")
    assert caught.value.reason == "NAME_NOT_RESOLVED"


async def test_what_changes_nothing_is_asked_again_while_the_server_is_away(ask: Any) -> None:
    server = Scripted(None, response(503, "text/plain", b""), FINE)
    async with running(server.serve) as port:
        assert await ask(port, "list_models") == ()
    assert len(server.requests) == 3


async def test_a_deadline_during_attempts_tells_why_nobody_was_reached(ask: Any, unused_port: int) -> None:
    began = time.monotonic()
    with pytest.raises(ServerUnavailable, match="connection refused"):
        await ask(unused_port, "list_models", timeout_s=0.3)
    assert time.monotonic() - began < 3


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        await reader.read()
        while await reader.read(65536):
            pass


async def puzzled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says what a server without TLS says to one who begins with it."""
    with closing(writer):
        await reader.read(65536)
        writer.write(response(400, "text/plain", b"what?"))


async def test_a_server_that_says_nothing_is_left_at_the_deadline(ask: Any) -> None:
    async with running(deaf) as port:
        with pytest.raises(DeadlineExceeded, match="did not answer in time"):
            await ask(port, "list_models", timeout_s=0.2)


async def test_closing_ends_a_call_in_progress(asker: Asker) -> None:
    async with running(deaf) as port:
        client = asker.client(f"http://127.0.0.1:{port}")
        call = asyncio.create_task(client.ask("list_models"))
        while client.client_itself.state is not ConnectionState.CONNECTING:
            await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(LienzoError) as caught:
            await call
    assert caught.value.code == "CANCELLED"


async def test_closing_ends_a_stream(asker: Asker) -> None:
    async with running(deaf) as port:
        client = asker.client(f"http://127.0.0.1:{port}")

        async def classify() -> None:
            async for _ in client.stream([("a", b"picture")]):
                pass

        stream = asyncio.create_task(classify())
        while client.client_itself.state is not ConnectionState.CONNECTING:
            await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(LienzoError, match="The client was closed"):
            await asyncio.wait_for(stream, 3)


async def test_key_and_metadata_are_headers(asker: Asker) -> None:
    server = Scripted(FINE)
    async with running(server.serve) as port:
        client = asker.client(f"http://127.0.0.1:{port}/museum/", api_key=lambda: "sesame")
        client.use(client.client_itself.with_metadata({"x-trace": "7", "x-seal-bin": b"\x01\x02"}))
        await client.ask("list_models", timeout_s=3)
    (head,) = server.requests
    assert head.startswith(b"POST /museum/lienzo.gateway.v1.GatewayService/ListModels HTTP/1.1")
    for header in (
        b"authorization: bearer sesame",
        b"x-trace: 7",
        b"x-seal-bin: aqi",
        b"connect-timeout-ms: ",
    ):
        assert b"\r\n" + header in head.lower()


async def test_a_proxy_that_the_environment_names_is_used(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Scripted(FINE)
    async with running(proxy.serve) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert await asker.client("http://museum.example", insecure=True).ask("list_models") == ()
    assert proxy.requests[0].startswith(b"POST http://museum.example/lienzo.gateway.v1.GatewayService/")


async def test_tls_trusts_whom_it_is_told_to_trust(ask: Any, certificate: Certificate) -> None:
    server, options = Scripted(FINE), {"scheme": "https", "attempts": 1}
    async with running(server.serve, ssl=certificate.server_context()) as port:
        assert await ask(port, "list_models", root_certificates=certificate.roots, **options) == ()
        with pytest.raises(ServerUnavailable, match="not signed by one that is trusted here") as caught:
            await ask(port, "list_models", **options)
        assert caught.value.reason == "TLS_FAILED"
        with pytest.raises(ServerUnavailable, match=r"perhaps it speaks TLS|something other than HTTP"):
            await ask(port, "list_models", attempts=1)
    async with running(puzzled) as port:
        with pytest.raises(ServerUnavailable, match="does not speak TLS"):
            await ask(port, "list_models", **options)


@pytest.mark.parametrize(
    ("days", "problem"), [((-3, -1), "has expired"), ((1, 3), "not valid yet, or the clock here is late")]
)
async def test_a_certificate_out_of_its_time_is_told(
    ask: Any, days: tuple[float, float], problem: str, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, "localhost", "127.0.0.1", days=days)
    options = {"scheme": "https", "attempts": 1, "root_certificates": certificate.roots}
    async with running(Scripted(FINE).serve, ssl=certificate.server_context()) as port:
        with pytest.raises(ServerUnavailable, match=problem) as caught:
            await ask(port, "list_models", **options)
    assert caught.value.reason == "TLS_FAILED"


async def test_a_server_knows_its_clients_by_certificates(ask: Any, certificate: Certificate) -> None:
    key, chain = certificate.pair
    options = {"scheme": "https", "attempts": 1, "root_certificates": certificate.roots}
    async with running(Scripted(FINE).serve, ssl=certificate.server_context(mutual=True)) as port:
        assert await ask(port, "list_models", client_certificate=chain, client_key=key, **options) == ()
        with pytest.raises(ServerUnavailable):
            await ask(port, "list_models", **options)


class Recognising(Scripted):
    """Answers pictures after its script, which may refuse or lose some, has been used up."""

    def __init__(self, *first: bytes | None) -> None:
        labelled = gateway_pb2.ClassifyImageResponse()
        labelled.recognition.recognized.label = "giralda"
        super().__init__(*first, response(200, "application/proto", labelled.SerializeToString()))


@pytest.mark.parametrize(
    "trouble", [response(429, "application/json", json.dumps(PROBLEM).encode()), None, SIGN_IN]
)
async def test_pictures_wait_for_a_server_that_is_busy_or_away(asker: Asker, trouble: bytes | None) -> None:
    server = Recognising(trouble, trouble)
    async with running(server.serve) as port:
        client = asker.client(f"http://127.0.0.1:{port}")
        items = [item async for item in client.stream((str(n), b"picture") for n in range(5))]
    assert sorted(item.request_id for item in items) == list("01234")
    assert {item.unwrap().label for item in items} == {"giralda"}


async def test_a_key_that_is_not_accepted_ends_a_stream(asker: Asker) -> None:
    async with running(Scripted(response(401, "application/json", json.dumps(TOLD).encode())).serve) as port:
        client = asker.client(f"http://127.0.0.1:{port}")
        with pytest.raises(Unauthenticated):
            [item async for item in client.stream([("a", b"picture")])]


async def test_what_the_caller_s_iterator_raises_comes_back(asker: Asker) -> None:
    def pictures() -> Any:
        yield "a", b"picture"
        raise OSError("the card was taken out")

    async with running(Recognising().serve) as port:
        client = asker.client(f"http://127.0.0.1:{port}")
        with pytest.raises(OSError, match="the card was taken out"):
            [item async for item in client.stream(pictures())]
        with pytest.raises(OSError, match="the card was taken out"):
            await client.ask("extract_collection_palette", pictures())
