"""What the app does, asked of the view model before a gateway that really speaks gRPC."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from PIL import Image

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2
from lienzo_client.app.state import Phase
from tests.support.certificate import Certificate

Watch = Callable[..., Any]


async def ready(watch: Watch, target: str, photo: Path, **arguments: Any) -> Any:
    app = watch(target, **arguments)
    app.model.choose_image(photo)
    await app.until(Phase.READY)
    return app


async def test_shows_a_chosen_picture_and_nothing_else(watch: Watch, wall: Any, photo: Path) -> None:
    app = await ready(watch, wall.target, photo)
    assert app.phases == [Phase.CHOOSING, Phase.READY]
    assert app.state.photo.name == "ola.jpg"
    assert app.state.photo.pixels.size == (400, 300)
    assert wall.gateway.asked == []


async def test_names_what_the_picture_shows_and_its_colours(watch: Watch, wall: Any, photo: Path) -> None:
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    state = await app.until(Phase.ANSWERED)
    assert app.phases == [Phase.CHOOSING, Phase.READY, Phase.BUSY, Phase.ANSWERED]
    assert state.answer.classification.label == "la_gran_ola"
    assert [color.hex for color in state.answer.colors] == ["#3b1f14"]
    assert app.toasts == ["finished"]


async def test_says_when_the_picture_is_not_recognised(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.known = False
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    await app.until(Phase.NOT_RECOGNISED)
    assert app.toasts == ["not_recognised"]


async def test_outlines_the_work_where_the_catalogue_knows_where_it_is(
    watch: Watch, wall: Any, photo: Path
) -> None:
    corners = [gateway_pb2.Point(x_px=x, y_px=y) for x, y in ((40, 30), (360, 30), (400, 300), (0, 300))]
    wall.gateway.works = [gateway_pb2.IdentifiedWork(work_id="w1", quad=corners)]
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    state = await app.until(Phase.ANSWERED)
    assert state.answer.outline.corners == ((0.1, 0.1), (0.9, 0.1), (1.0, 1.0), (0.0, 1.0))
    assert state.phase is Phase.ANSWERED
    app.model.choose_image(photo)
    assert (await app.until(Phase.READY)).answer is None
    assert wall.gateway.asked == ["AnalyzeImage"]  # the photo was sent once


async def test_a_photo_is_reduced_to_what_the_server_looks_at(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.info = gateway_pb2.GetServerInfoResponse(photo_side_px=200)
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    await app.until(Phase.ANSWERED)
    (sent,) = wall.gateway.received
    assert Image.open(io.BytesIO(sent)).size == (200, 150)


async def test_a_photo_that_is_too_large_for_the_server_is_not_sent(
    watch: Watch, wall: Any, photo: Path
) -> None:
    limits = image_pb2.PictureLimits(max_bytes=100)
    wall.gateway.info = gateway_pb2.GetServerInfoResponse(photo_side_px=1600, picture_limits=limits)
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    assert await app.complaint() == "The picture is too large"
    assert wall.gateway.received == []


async def test_a_server_without_a_catalogue_outlines_nothing(watch: Watch, wall: Any, photo: Path) -> None:
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    state = await app.until(Phase.ANSWERED)
    assert state.answer.outline is None
    assert wall.gateway.asked == ["AnalyzeImage"]


async def test_keeps_the_label_when_the_palette_is_not_to_be_had(
    watch: Watch, wall: Any, photo: Path
) -> None:
    code = grpc.StatusCode.UNAVAILABLE
    wall.gateway.palette_fault = (code, "BACKEND_UNAVAILABLE", {"service": "palette"})
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    state = await app.until(Phase.ANSWERED)
    assert wall.gateway.asked == ["AnalyzeImage"]
    assert state.answer.colors == ()


async def test_a_second_click_while_busy_does_nothing(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.held.clear()
    app = await ready(watch, wall.target, photo)
    for _ in range(3):
        app.model.classify()
        app.model.choose_image(Path("/nowhere"))
        app.model.take_photo()
        await asyncio.sleep(0.02)
    assert app.state.phase is Phase.BUSY
    wall.gateway.held.set()
    await app.until(Phase.ANSWERED)
    assert wall.gateway.asked == ["AnalyzeImage"]


async def test_classifies_nothing_without_a_picture(watch: Watch, wall: Any) -> None:
    app = watch(wall.target)
    app.model.classify()
    app.model.shoot()
    app.model.cancel()
    await asyncio.sleep(0.02)
    assert app.states == []
    assert app.state.phase is Phase.IDLE


async def test_cancelling_ends_the_call_and_keeps_the_picture(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.held.clear()
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    while not wall.gateway.asked:
        await asyncio.sleep(0.01)
    app.model.cancel()
    assert app.state.phase is Phase.READY
    assert await asyncio.to_thread(wall.gateway.cancelled.wait, 5)
    wall.gateway.held.set()
    app.model.classify()
    await app.until(Phase.ANSWERED)
    assert app.toasts == ["cancelled", "finished"]


@pytest.mark.parametrize(
    ("code", "reason", "title"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "TRUNCATED_PICTURE", "The picture is cut off"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "Many are asking right now"),
        (grpc.StatusCode.UNAVAILABLE, "BACKEND_UNAVAILABLE", "The server is not ready"),
        (grpc.StatusCode.UNAUTHENTICATED, "MISSING_CREDENTIALS", "This server asks for a key"),
        (grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL", "No model yet"),
        (grpc.StatusCode.INTERNAL, "INTERNAL", "That did not work"),
        (grpc.StatusCode.INVALID_ARGUMENT, "NOBODY_KNOWS_THIS", "That did not work"),
    ],
)
async def test_says_what_the_server_refused_and_is_usable_after(
    watch: Watch, wall: Any, photo: Path, code: grpc.StatusCode, reason: str, title: str
) -> None:
    wall.gateway.fault = (code, reason, {})
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    assert await app.complaint() == title
    assert app.toasts == ["error"]
    wall.gateway.fault = None
    app.model.classify()
    await app.until(Phase.ANSWERED)


async def test_a_wrong_address_is_said_and_can_be_mended(
    watch: Watch, wall: Any, photo: Path, unused_port: int
) -> None:
    app = await ready(watch, f"127.0.0.1:{unused_port}", photo)
    app.model.classify()
    assert await app.complaint() == "The server does not answer"
    for nonsense in ("", "http://museum.example", "two words"):
        app.model.change_server(nonsense)
        app.model.classify()
        assert await app.complaint() == "Not an address"
    app.model.change_server(f" {wall.target} ")
    assert app.state.phase is Phase.READY
    app.model.classify()
    await app.until(Phase.ANSWERED)


async def test_changing_the_server_ends_what_is_under_way(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.held.clear()
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    await asyncio.sleep(0.05)
    app.model.change_server("localhost:1")
    assert app.state.phase is Phase.READY
    assert app.state.server == "localhost:1"
    wall.gateway.held.set()


async def test_says_that_the_server_went_away_in_the_middle(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.held.clear()
    app = await ready(watch, wall.target, photo)
    app.model.classify()
    while not wall.gateway.asked:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(wall.stop)
    assert await app.complaint() in ("The connection broke", "The server does not answer")
    wall.gateway.held.set()
    wall.start()
    async with asyncio.timeout(10):
        while app.state.phase is not Phase.ANSWERED:
            app.model.classify()
            await app.until(Phase.ANSWERED, Phase.FAILED)
            await asyncio.sleep(0.1)


async def test_a_restart_of_the_server_goes_unnoticed(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.held.clear()
    app = await ready(watch, wall.target, photo, attempts=5, timeout_s=10.0)
    app.model.classify()
    while not wall.gateway.asked:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(wall.stop)
    wall.gateway.held.set()
    wall.start()
    await app.until(Phase.ANSWERED)
    assert app.toasts == ["finished"]


async def test_says_that_the_answer_took_too_long(watch: Watch, wall: Any, photo: Path) -> None:
    wall.gateway.held.clear()
    app = await ready(watch, wall.target, photo, timeout_s=0.2)
    app.model.classify()
    assert await app.complaint() == "That took too long"
    wall.gateway.held.set()


async def test_says_that_the_other_side_does_not_speak_tls(
    watch: Watch, wall: Any, photo: Path, certificate: Certificate
) -> None:
    app = await ready(watch, wall.target, photo, root_certificates=certificate.roots, timeout_s=2.0)
    app.model.classify()
    assert await app.complaint() == "No safe connection"


async def test_says_that_plain_text_meets_tls(
    watch: Watch, serve: Any, wall: Any, photo: Path, certificate: Certificate
) -> None:
    credentials = grpc.ssl_server_credentials([certificate.pair])
    safe = serve(gateway=wall.gateway, credentials=credentials)
    app = await ready(watch, safe.target, photo, timeout_s=2.0)
    app.model.classify()
    assert await app.complaint() != "That did not work"
    assert app.state.error.code in ("UNAVAILABLE", "DEADLINE_EXCEEDED")


async def test_looks_at_the_part_that_is_marked_and_at_the_whole_again(
    watch: Watch, wall: Any, photo: Path
) -> None:
    app = await ready(watch, wall.target, photo)  # of 400 × 300 pixels
    app.model.look_at((0.25, 0.5, 0.75, 1.0))
    await app.until(Phase.ANSWERED)
    app.model.look_at((0.5, 0.5, 0.51, 0.9))  # too narrow: a place
    await app.when(lambda state: len(wall.gateway.regions) == 2 and state.phase is Phase.ANSWERED)
    app.model.classify()
    await app.when(lambda state: len(wall.gateway.regions) == 3 and state.phase is Phase.ANSWERED)
    rectangle, tap, whole = wall.gateway.regions
    assert rectangle.rectangle == image_pb2.Rectangle(x_px=100, y_px=150, width_px=200, height_px=149)
    assert tap.tap == image_pb2.Tap(x_px=202, y_px=210)
    assert not whole.WhichOneof("shape")


async def test_asks_what_the_model_asks_for_once_somebody_wants_to_know_why(
    watch: Watch, wall: Any, photo: Path
) -> None:
    app = await ready(watch, wall.target, photo)
    app.model.explain()  # there is no answer yet
    app.model.classify()
    await app.until(Phase.ANSWERED)
    app.model.explain()  # and no such model any more
    await app.when(lambda state: "GetModel" in wall.gateway.asked)
    wall.gateway.threshold = 0.5
    app.model.explain()
    state = await app.when(lambda state: state.model is not None)
    assert (state.model.name, state.model.version, state.model.threshold) == ("museum", 3, 0.5)
    assert state.phase is Phase.ANSWERED
    assert wall.gateway.asked == ["AnalyzeImage", "GetModel", "GetModel"]
