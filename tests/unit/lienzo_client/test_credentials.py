"""What a call carries: keys, tokens, metadata, certificates; and what it finds where nobody answers."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

import lienzo_client
from lienzo_client import InvalidPicture, ServerUnavailable
from tests.support.certificate import Certificate


async def test_the_line_end_of_a_key_file_is_left_out(asker: Any, gateway: Any) -> None:
    await asker.client(gateway.target, api_key="secret\n").ask("list_models")
    assert gateway.gateway.metadata["authorization"] == "Bearer secret"


async def test_a_function_gives_every_call_the_current_token(asker: Any, gateway: Any) -> None:
    tokens = iter(("first", "second", "third"))
    client = asker.client(gateway.target, api_key=lambda: next(tokens))
    for expected in ("first", "second"):
        await client.ask("list_models")
        assert gateway.gateway.metadata["authorization"] == f"Bearer {expected}"
    assert [item.unwrap().label async for item in client.stream([("a", b"giralda")])] == ["giralda"]
    assert gateway.gateway.metadata["authorization"] == "Bearer third"


async def test_a_token_may_have_to_be_awaited(asker: Any, gateway: Any) -> None:
    async def refreshed() -> str:
        return "fresh"

    client = asker.client(gateway.target, api_key=refreshed)
    if asker.flavour == "sync":
        with pytest.raises(ValueError, match="only AsyncClient"):
            await client.ask("list_models")
        return
    await client.ask("list_models")
    assert gateway.gateway.metadata["authorization"] == "Bearer fresh"


async def test_calls_carry_metadata_of_the_application(asker: Any, gateway: Any) -> None:
    client = asker.client(gateway.target, api_key="secret")
    traced = client.client_itself.with_metadata({"X-Trace": "7"}).with_metadata({"raw-bin": b"\0"})
    answer = traced.extract_palette(b"x")
    if asker.flavour == "asyncio":
        await answer
    carried = gateway.gateway.metadata
    assert (carried["x-trace"], carried["raw-bin"]) == ("7", b"\0")
    assert carried["authorization"] == "Bearer secret"
    await client.ask("list_models")
    assert "x-trace" not in gateway.gateway.metadata


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        ({"x y": "1"}, "'x y' is not a name of metadata"),
        ({"grpc-timeout": "1"}, "'grpc-timeout' is not a name"),
        ({"x-trace": "a\nb"}, "metadata x-trace has a character"),
        ({"x-trace": b"1"}, "metadata x-trace: bytes go under a name"),
        ({"x-bin": "1"}, "metadata x-bin: bytes go under a name"),
    ],
)
def test_metadata_that_no_header_can_carry_is_refused_by_name(
    asker: Any, metadata: dict[str, str | bytes], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        asker.client("localhost:1").client_itself.with_metadata(metadata)


async def test_a_server_may_know_its_clients_by_their_certificates(
    asker: Any, serve: Callable[..., Any], certificate: Certificate
) -> None:
    strict = grpc.ssl_server_credentials([certificate.pair], certificate.roots, require_client_auth=True)
    target = serve(credentials=strict).target
    key, chain = certificate.pair
    known = asker.client(
        target, root_certificates=certificate.roots, client_certificate=chain, client_key=key
    )
    assert [model.name for model in await known.ask("list_models")] == ["artworks"]
    unknown = asker.client(target, root_certificates=certificate.roots, attempts=1)
    with pytest.raises(ServerUnavailable):
        await unknown.ask("list_models")


async def test_plain_text_to_a_server_that_speaks_tls_says_so(
    asker: Any, serve: Callable[..., Any], certificate: Certificate
) -> None:
    target = serve(credentials=grpc.ssl_server_credentials([certificate.pair])).target
    with pytest.raises(ServerUnavailable, match="perhaps it speaks TLS, which root_certificates turn on"):
        await asker.client(target, attempts=1).ask("list_models")


@pytest.mark.parametrize("timeout_s", [0.3, 1.0])
async def test_where_nobody_listens_a_short_deadline_says_so_too(
    asker: Any, unused_port: int, timeout_s: float
) -> None:
    client = asker.client(f"127.0.0.1:{unused_port}")
    with pytest.raises(ServerUnavailable) as caught:
        await client.ask("list_models", timeout_s=timeout_s)
    assert caught.value.reason == "CONNECTION_REFUSED"


async def test_an_open_file_is_a_picture(asker: Any, gateway: Any, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"giralda")
    client = asker.client(gateway.target)
    with (tmp_path / "photo.jpg").open("rb") as photo:
        assert (await client.ask("classify_image", photo)).label == "giralda"
    assert (await client.ask("classify_image", io.BytesIO(b"guernica"))).label == "guernica"
    with (
        (tmp_path / "photo.jpg").open() as text,
        pytest.raises(TypeError, match=r"photo\.jpg is open for text"),
    ):
        await client.ask("classify_image", text)
    with pytest.raises(TypeError, match="int is not a picture"):
        await client.ask("classify_image", 7)


async def test_an_open_file_that_breaks_off_is_named(asker: Any, gateway: Any) -> None:
    class Broken(io.BytesIO):
        name = "card/photo.jpg"

        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(InvalidPicture, match=r"card/photo\.jpg: Input/output error"):
        await asker.client(gateway.target).ask("classify_image", Broken())


def test_the_package_tells_its_version() -> None:
    assert lienzo_client.__version__[0].isdigit()
