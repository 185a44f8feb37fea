"""The HTTP door by itself: what it refuses is counted and logged, whom it answers, how long it stays open."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from runtime.process.aio_server import interceptors_of
from services.gateway.__main__ import make_service
from services.gateway.settings import GatewaySettings
from tests.support.certificate import make_certificate
from tests.support.garbage import garbage

pytestmark = pytest.mark.slow

NOWHERE = {f"{name}_target": "127.0.0.1:1" for name in ("features", "classification", "palette")}


@pytest.fixture
async def door(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Callable[..., Any]]:
    """Opens gateways over HTTP, with nothing behind them."""
    async with AsyncExitStack() as stack:

        async def open_door(**settings: Any) -> httpx.AsyncClient:
            chosen = GatewaySettings(http_port=0, default_deadline_seconds=0.2, **NOWHERE, **settings)
            service = make_service(chosen)
            stack.push_async_callback(service.stop)
            await stack.enter_async_context(service.companion(interceptors_of(chosen, service.table)))
            url = capsys.readouterr().out.split()[-1]
            return await stack.enter_async_context(httpx.AsyncClient(base_url=url))

        yield open_door


def counted(method: str, code: str) -> float:
    return REGISTRY.get_sample_value("lienzo_calls_total", {"method": method, "code": code}) or 0.0


@pytest.mark.parametrize(
    ("method", "path", "status", "label", "code"),
    [
        ("GET", "/made/up", 404, "unknown", "NOT_FOUND"),
        ("GET", "/web/none.js", 404, "unknown", "NOT_FOUND"),
        ("PUT", "/predict", 405, "unknown", "UNIMPLEMENTED"),
        ("TRACE", "/predict", 405, "unknown", "UNIMPLEMENTED"),
        ("GET", "/v1/models/patterns?version=x", 400, "GET /v1/models/{name}", "INVALID_ARGUMENT"),
        ("POST", "/lienzo.gateway.v1.GatewayService/None", 404, "unknown", "UNIMPLEMENTED"),
    ],
)
async def test_what_no_route_answers_is_counted_and_logged(
    door: Any,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    status: int,
    label: str,
    code: str,
) -> None:
    caplog.set_level("INFO")
    client, before = await door(), counted(label, code)
    answer = await client.request(method, path, headers={"x-request-id": "r-7"})
    assert (answer.status_code, answer.json()["request_id"]) == (status, "r-7")
    assert counted(label, code) == before + 1
    (line,) = [each for each in caplog.records if each.name == "lienzo.calls"]
    assert line.facts["code"] == code  # type: ignore[attr-defined]
    assert line.facts["reason"] == answer.json()["reason"]  # type: ignore[attr-defined]


async def test_what_is_not_http_is_told_counted_and_logged(
    door: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client, before = await door(), counted("unknown", "INVALID_ARGUMENT")
    answer = await client.request("MADEUP", "/predict")
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_REQUEST")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert counted("unknown", "INVALID_ARGUMENT") == before + 1
    (line,) = [each.getMessage() for each in caplog.records if each.name == "lienzo.calls"]
    assert line == "HTTP - INVALID_REQUEST"


async def test_a_made_up_path_forges_no_line_of_the_log(door: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    client = await door()
    await client.get("/a%0AERROR%20forged/" + "b" * 1000)
    (line,) = [each.getMessage() for each in caplog.records if each.name == "lienzo.calls"]
    assert line.startswith("GET /a%0AERROR%20forged/bbb")
    assert len(line) < 250


@pytest.mark.parametrize(
    ("host", "settings", "status"),
    [
        ("127.0.0.1:8080", {}, 200),
        ("[::1]:8080", {}, 200),
        ("localhost:8080", {}, 200),
        ("gateway:8080", {}, 200),  # no page is at a name without a dot
        ("evil.example:8080", {}, 403),
        ("127.0.0.1.evil.example", {}, 403),
        ("museum.example", {"allowed_hosts": "museum.example"}, 200),
        ("app.museum.example", {"allowed_hosts": "*.museum.example"}, 200),
        ("evil-museum.example", {"allowed_hosts": "*.museum.example, museum.example"}, 403),
        ("evil.example", {"allowed_hosts": "*"}, 200),
    ],
)
async def test_answers_for_its_own_names_only(
    door: Any, host: str, settings: dict[str, str], status: int
) -> None:
    client = await door(**settings)
    answer = await client.get("/openapi.json", headers={"host": host})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["reason"] == "HOST_NOT_ALLOWED"


async def test_a_gateway_with_keys_answers_for_every_name(door: Any, tmp_path: Any) -> None:
    (tmp_path / "keys").write_text("app:" + "0" * 64)
    client = await door(api_keys_file=tmp_path / "keys")
    answer = await client.post("/predict", headers={"host": "museum.example", "sec-fetch-site": "cross-site"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("headers", "settings", "is_refused"),
    [
        ({}, {}, False),  # no browser
        ({"origin": "https://evil.example"}, {}, True),
        ({"origin": "null"}, {}, True),
        ({"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, {}, True),
        ({"origin": "http://127.0.0.1:9", "sec-fetch-site": "same-site"}, {}, True),
        ({"origin": "https://museum.example", "sec-fetch-site": "same-origin"}, {}, False),  # behind a proxy
        ({"origin": "http://127.0.0.1:5", "host": "127.0.0.1:5"}, {}, False),
        ({"origin": "https://app.example"}, {"cors_origins": "https://app.example"}, False),
        ({"origin": "https://evil.example"}, {"cors_origins": "*"}, False),
    ],
)
async def test_takes_nothing_that_pages_of_other_origins_send(
    door: Any, headers: dict[str, str], settings: dict[str, str], is_refused: bool
) -> None:
    client = await door(**settings)
    answer = await client.post("/predict", content=b"", headers=headers)
    expected = "ORIGIN_NOT_ALLOWED" if is_refused else "MISSING_IMAGE"
    assert answer.json()["reason"] == expected


@pytest.mark.parametrize(
    "disposition", ['name="file"', 'name=file; filename="a.jpg"', 'name="file"; filename=""']
)
async def test_reads_a_picture_with_and_without_a_file_name(door: Any, disposition: str) -> None:
    client = await door()
    picture = bytes(range(256)) * 8000  # above what the parser takes for a text, and no text
    body = b"--x\r\ncontent-disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + picture
    form = {"content-type": "multipart/form-data; boundary=x"}
    answer = await client.post("/predict", content=body + b"\r\n--x--\r\n", headers=form)
    assert answer.json()["reason"] in ("BACKEND_UNAVAILABLE", "DEADLINE_EXCEEDED")  # it came as far as that


async def test_predict_takes_the_name_of_a_model_and_a_part_of_the_picture(door: Any) -> None:
    client = await door()
    parameters = (await client.get("/openapi.json")).json()["paths"]["/predict"]["post"]["parameters"]
    assert [each["name"] for each in parameters] == ["model", "region", "tap"]


async def test_health_is_told_without_a_body_too(door: Any) -> None:
    client = await door()
    answer = await client.head("/healthz")
    assert (answer.status_code, answer.content) == (503, b"")
    got = (await client.get("/healthz")).json()
    assert got["problems"]["palette"] == "it does not answer (UNAVAILABLE)"


@pytest.mark.parametrize(("seconds", "stays"), [(1, False), (75, True)])
async def test_keeps_a_quiet_connection_for_as_long_as_it_is_told(
    door: Any, seconds: int, stays: bool
) -> None:
    client = await door(keep_alive_seconds=seconds)
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    size = next(
        int(each.split(b":")[1]) for each in head.split(b"\r\n") if each.startswith(b"content-length")
    )
    json.loads(await reader.readexactly(size))
    closed = asyncio.create_task(reader.read())
    await asyncio.wait({closed}, timeout=1.5)
    assert closed.done() is not stays
    writer.close()
    closed.cancel()


async def test_a_tls_handshake_that_never_ends_is_given_up(
    door: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certificate = make_certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")
    client = await door(head_seconds=0.4, tls_certificate=certificate.chain, tls_key=certificate.key)
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    began = time.monotonic()
    assert await asyncio.wait_for(reader.read(), 10) == b""
    assert time.monotonic() - began >= 0.3
    writer.close()
    trusting = ssl.create_default_context(cafile=str(certificate.authority))
    async with httpx.AsyncClient(base_url=client.base_url, verify=trusting) as finished:
        assert (await finished.get("/openapi.json")).status_code == 200


async def test_refused_requests_leave_nothing_to_the_garbage_collector(door: Any) -> None:
    client = await door()
    with garbage() as kept:
        for path in ("palette", "classify?request_id=r", "analyze", "identify"):
            answer = await client.post(f"/v1/{path}", content=b"picture")
            assert answer.status_code in (404, 503, 504), answer.text
    assert kept == []
