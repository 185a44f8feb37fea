"""Both clients against a gateway that really speaks gRPC."""

from __future__ import annotations

import dataclasses
import datetime
import json
import pickle
import threading
from asyncio import gather
from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from pathlib import Path
from typing import Any

import grpc
import pytest

from lienzo.gateway.v1 import gateway_pb2_grpc
from lienzo_client import (
    AsyncClient,
    Client,
    DeadlineExceeded,
    InvalidPicture,
    LienzoError,
    ModelVersion,
    NotSupported,
    Overloaded,
    ServerFault,
    ServerUnavailable,
    Unauthenticated,
    UnknownModel,
    Uri,
)
from tests.support.certificate import Certificate, make_certificate

pytestmark = pytest.mark.slow


async def test_tells_what_a_picture_shows(asker: Any, gateway: Any) -> None:
    answer = await asker.client(gateway.target).ask(
        "classify_image", b"guernica", model="artworks", version=3, top_k=2, request_id="r-7"
    )
    assert (answer.label, answer.probability, answer.threshold, answer.recognized) == (
        "guernica",
        0.75,
        None,
        True,
    )
    assert answer.model == ModelVersion("artworks", 3)
    assert (answer.image_info.format, answer.image_info.width_px) == ("jpeg", 640)
    assert answer.timings_ms == {"total": 12.5}
    sent = gateway.gateway.seen[0]
    assert (sent.model.version, sent.top_k, sent.request_id) == (3, 2, "r-7")


async def test_tells_how_an_answer_was_verified(asker: Any, gateway: Any) -> None:
    client = asker.client(gateway.target)
    answer = await client.ask("classify_image", b"verified")
    assert (answer.recognized, answer.verified, answer.agreeing_points) == (True, True, 23)
    assert answer.outline == ((1.0, 2.0), (9.0, 2.0), (9.0, 8.0), (1.0, 8.0))
    clear = await client.ask("classify_image", b"guernica")
    assert (clear.verified, clear.agreeing_points, clear.outline) == (False, None, ())


async def test_a_picture_of_nothing_known_is_an_answer(asker: Any, gateway: Any) -> None:
    answer = await asker.client(gateway.target).ask("classify_image", b"nothing")
    assert (answer.label, answer.probability, answer.threshold) == (None, 0.25, 0.5)
    assert not answer.recognized
    assert answer.labels[0].name == "nothing"


async def test_a_path_is_read_and_an_address_is_sent_as_it_is(
    asker: Any, gateway: Any, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"giralda")
    client = asker.client(gateway.target)
    assert (await client.ask("classify_image", photo)).label == "giralda"
    assert (await client.ask("classify_image", str(photo))).label == "giralda"
    assert (await client.ask("classify_image", Uri("s3://museum/a.jpg"))).label == "s3://museum/a.jpg"


async def test_a_missing_file_is_named_and_nothing_is_sent(asker: Any, gateway: Any) -> None:
    with pytest.raises(InvalidPicture, match=r"nowhere\.jpg: no such file or directory") as caught:
        await asker.client(gateway.target).ask("classify_image", "nowhere.jpg")
    assert caught.value.reason == "UNREADABLE_FILE"
    assert gateway.gateway.seen == []


async def test_tells_the_colours(asker: Any, gateway: Any) -> None:
    palette = await asker.client(gateway.target).ask("extract_palette", b"x", color_count=2)
    assert [color.hex for color in palette.colors] == ["#ffffff", "#3b1f14"]
    assert palette.dominant.hex == "#ffffff"
    assert palette.dominant.rgb == (255, 255, 255)
    assert palette.dominant_without_background.temperature == "warm"
    assert gateway.gateway.seen[0].options.color_count == 2


async def test_label_and_colours_come_in_one_trip(asker: Any, gateway: Any) -> None:
    analysis = await asker.client(gateway.target).ask("analyze_image", b"guernica", color_count=2)
    assert analysis.classification.label == "guernica"
    assert len(analysis.palette.colors) == 2
    assert len(gateway.gateway.seen) == 1


async def test_lists_and_describes_models(asker: Any, gateway: Any) -> None:
    client = asker.client(gateway.target)
    (model,) = await client.ask("list_models")
    assert (model.name, model.version, model.labels) == ("artworks", 3, ("giralda", "guernica"))
    assert model.created == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert await client.ask("get_model", "artworks", 3) == model


@pytest.mark.parametrize(
    ("data", "kind", "code", "reason"),
    [
        (b"text", InvalidPicture, "INVALID_ARGUMENT", "NOT_A_PICTURE"),
        (b"full", Overloaded, "RESOURCE_EXHAUSTED", "OVERLOADED"),
        (b"fault", ServerFault, "INTERNAL", "INTERNAL"),
        (b"secret", Unauthenticated, "UNAUTHENTICATED", "MISSING_CREDENTIALS"),
    ],
)
async def test_an_error_is_told_by_its_reason(
    asker: Any, gateway: Any, data: bytes, kind: type[LienzoError], code: str, reason: str
) -> None:
    with pytest.raises(kind) as caught:
        await asker.client(gateway.target).ask("classify_image", data)
    assert (caught.value.code, caught.value.reason, str(caught.value)) == (code, reason, f"it is {reason}")


async def test_an_unknown_model_says_which_are_known(asker: Any, gateway: Any) -> None:
    with pytest.raises(UnknownModel) as caught:
        await asker.client(gateway.target).ask("classify_image", b"x", model="artwork")
    assert caught.value.metadata["suggestion"] == "artworks"


async def test_a_call_that_takes_too_long_ends_at_its_deadline(asker: Any, gateway: Any) -> None:
    with pytest.raises(DeadlineExceeded, match="did not answer in time"):
        await asker.client(gateway.target).ask("classify_image", b"slow", timeout_s=0.1)


async def test_a_server_that_is_away_is_named(asker: Any, unused_port: int) -> None:
    with pytest.raises(ServerUnavailable) as caught:
        await asker.client(f"127.0.0.1:{unused_port}", attempts=2).ask("list_models")
    assert caught.value.reason == "CONNECTION_REFUSED"
    assert str(caught.value) == f"127.0.0.1:{unused_port} does not answer (connection refused)."


async def test_a_name_that_nobody_has_is_said_at_once(asker: Any) -> None:
    with pytest.raises(ServerUnavailable) as caught:
        await asker.client("no.such.host.invalid:50050", insecure=True).ask("list_models")
    assert caught.value.reason == "NAME_NOT_RESOLVED"


async def test_a_call_waits_for_a_server_that_is_being_restarted(asker: Any, gateway: Any) -> None:
    client = asker.client(gateway.target)
    assert (await client.ask("classify_image", b"before")).label == "before"
    gateway.stop()
    starter = threading.Timer(0.5, gateway.start)
    starter.start()
    assert (await client.ask("classify_image", b"after")).label == "after"
    starter.join()


async def test_a_backend_that_is_away_is_asked_again(asker: Any, gateway: Any) -> None:
    with pytest.raises(ServerUnavailable) as caught:
        await asker.client(gateway.target, attempts=3).ask("classify_image", b"away")
    assert caught.value.reason == "BACKEND_UNAVAILABLE"
    assert caught.value.metadata == {"backend": "features"}
    assert len(gateway.gateway.seen) == 3


async def test_a_photograph_is_sent_again_however_large(asker: Any, gateway: Any) -> None:
    gateway.gateway.unavailable = 2
    answer = await asker.client(gateway.target).ask("classify_image", bytes(3_000_000))
    assert answer.label
    assert len(gateway.gateway.seen) == 3


async def test_a_server_that_asks_not_to_be_asked_again_is_asked_once(asker: Any, gateway: Any) -> None:
    gateway.gateway.unavailable, gateway.gateway.pushback = 5, "-1"
    with pytest.raises(ServerUnavailable):
        await asker.client(gateway.target).ask("classify_image", b"one")
    assert len(gateway.gateway.seen) == 1


async def test_a_server_that_fails_for_long_is_asked_once_a_call(gateway: Any) -> None:
    gateway.gateway.unavailable = 10_000
    async with AsyncClient(gateway.target) as client:
        asked = (client.classify_image(b"one") for _ in range(100))
        failed = await gather(*asked, return_exceptions=True)
        assert all(isinstance(each, ServerUnavailable) for each in failed)
        before = len(gateway.gateway.seen)
        with pytest.raises(ServerUnavailable):
            await client.classify_image(b"one")
    assert len(gateway.gateway.seen) == before + 1


async def test_what_a_server_does_not_do_is_said(asker: Any, serve: Any) -> None:
    older = serve(gateway=gateway_pb2_grpc.GatewayServiceServicer())
    with pytest.raises(NotSupported):
        await asker.client(older.target).ask("list_models")


async def test_a_picture_that_the_transport_refuses_is_too_large(asker: Any, serve: Any) -> None:
    small = serve(options=(("grpc.max_receive_message_length", 1000),))
    with pytest.raises(InvalidPicture) as caught:
        await asker.client(small.target).ask("classify_image", bytes(2000))
    assert caught.value.reason == "PICTURE_TOO_LARGE"


async def test_the_api_key_travels_with_every_call(asker: Any, gateway: Any) -> None:
    await asker.client(gateway.target, api_key="sesame").ask("list_models")
    assert gateway.gateway.metadata["authorization"] == "Bearer sesame"


async def test_speaks_tls_to_a_server_whose_certificate_it_was_given(
    asker: Any, serve: Any, certificate: Certificate
) -> None:
    secure = serve(credentials=grpc.ssl_server_credentials([certificate.pair]))
    client = asker.client(secure.target, root_certificates=certificate.roots)
    assert (await client.ask("classify_image", b"guernica")).label == "guernica"


@pytest.mark.parametrize(
    ("days", "problem"), [((-3, -1), "has expired"), ((1, 3), "not valid yet, or the clock here is late")]
)
async def test_a_certificate_out_of_its_time_is_told(
    asker: Any, serve: Any, days: tuple[float, float], problem: str, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, "localhost", "127.0.0.1", days=days)
    secure = serve(credentials=grpc.ssl_server_credentials([certificate.pair]))
    client = asker.client(secure.target, root_certificates=certificate.roots, attempts=1)
    with pytest.raises(ServerUnavailable, match=problem) as caught:
        await client.ask("list_models")
    assert caught.value.reason == "TLS_FAILED"


async def test_tls_to_a_plain_text_server_says_so(asker: Any, gateway: Any, certificate: Certificate) -> None:
    with pytest.raises(ServerUnavailable) as caught:
        await asker.client(gateway.target, root_certificates=certificate.roots, attempts=1).ask("list_models")
    assert caught.value.reason == "TLS_FAILED"
    assert "does not speak TLS" in str(caught.value)


async def test_plain_text_to_a_tls_server_fails_in_words(
    asker: Any, serve: Any, certificate: Certificate
) -> None:
    secure = serve(credentials=grpc.ssl_server_credentials([certificate.pair]))
    with pytest.raises(ServerUnavailable, match="does not answer") as caught:
        await asker.client(secure.target, attempts=1).ask("list_models")
    assert caught.value.metadata["target"] == secure.target


def test_many_threads_share_one_client(gateway: Any) -> None:
    with Client(gateway.target) as client, ThreadPoolExecutor(8) as threads:
        labels = list(threads.map(lambda n: client.classify_image(str(n).encode()).label, range(64)))
    assert labels == [str(n) for n in range(64)]


def test_errors_survive_the_way_between_processes() -> None:
    error = UnknownModel("NOT_FOUND", "UNKNOWN_MODEL", "No model.", {"model": "x"}, "r-1")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made one line above
    assert type(copy) is UnknownModel
    assert (copy.code, copy.reason, copy.metadata, copy.request_id) == (
        error.code,
        error.reason,
        error.metadata,
        "r-1",
    )


def test_both_clients_have_the_same_methods() -> None:
    names = [name for name in vars(Client) if not name.startswith("_")]
    assert names == [name for name in vars(AsyncClient) if not name.startswith("_")]
    for name in set(names) - {"state"}:
        ours, theirs = signature(getattr(Client, name)), signature(getattr(AsyncClient, name))
        assert list(ours.parameters) == list(theirs.parameters)
    ours, theirs = signature(Client).parameters.values(), signature(AsyncClient).parameters.values()
    assert [(each.name, each.default) for each in ours] == [(each.name, each.default) for each in theirs]


def test_results_become_json(gateway: Any) -> None:
    with Client(gateway.target) as client:
        answer = client.classify_image(b"guernica")
    assert json.loads(json.dumps(dataclasses.asdict(answer)))["model"] == {"name": "artworks", "version": 3}
