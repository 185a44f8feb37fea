"""The Python clients over HTTP/1.1: the same methods, answers and errors as over gRPC, from real services."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lienzo_client import (
    Cancelled,
    Client,
    ConnectionState,
    DeadlineExceeded,
    InvalidPicture,
    InvalidRequest,
    LienzoError,
    NotFound,
    UnknownModel,
    UnknownUpload,
    Uploaded,
)
from tests.support.asker import Asker

CALLS = {
    "classify_image": {"top_k": 2},
    "extract_palette": {"color_count": 3},
    "analyze_image": {"color_count": 3},
}


@pytest.fixture(params=["sync", "asyncio"])
async def client(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Asker]:
    handle = Asker(request.param).client(url, timeout_s=30)
    yield handle
    await handle.close()


@pytest.fixture(scope="module")
def over_grpc(target: str) -> Any:
    with Client(target, timeout_s=30) as connected:
        yield connected


def without_timings(answer: Any) -> Any:
    def without_timings(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {name: value for name, value in pairs if name != "timings_ms"}

    return dataclasses.asdict(answer, dict_factory=without_timings)


@pytest.mark.parametrize("method", CALLS)
async def test_a_picture_gets_the_answer_of_grpc(
    client: Asker, over_grpc: Client, place: Any, method: str
) -> None:
    photo = place.photo("grid")
    answer = await client.ask(method, photo, **CALLS[method])
    assert without_timings(answer) == without_timings(getattr(over_grpc, method)(photo, **CALLS[method]))


async def test_models_and_server_are_described_alike(client: Asker, over_grpc: Client) -> None:
    assert await client.ask("list_models", all_versions=True) == over_grpc.list_models(all_versions=True)
    assert await client.ask("get_model", "shapes") == over_grpc.get_model("shapes")
    assert await client.ask("get_server_info") == over_grpc.get_server_info()


@pytest.mark.parametrize(
    ("method", "arguments", "kind", "reason"),
    [
        ("classify_image", (b"This is text.",), InvalidPicture, "NOT_A_PICTURE"),
        ("classify_image", (b"",), InvalidPicture, "NOT_A_PICTURE"),
        ("get_model", ("shape",), UnknownModel, "UNKNOWN_MODEL"),
        ("identify_work", (b"x",), LienzoError, ""),
        ("extract_collection_palette", ([("a", b"text")],), InvalidRequest, "EMPTY_COLLECTION"),
    ],
)
async def test_an_error_is_the_one_of_grpc(
    client: Asker, over_grpc: Client, method: str, arguments: Any, kind: type[LienzoError], reason: str
) -> None:
    with pytest.raises(kind) as there:
        getattr(over_grpc, method)(*arguments)
    with pytest.raises(type(there.value)) as here:
        await client.ask(method, *arguments)
    assert here.value.reason == there.value.reason
    assert not reason or here.value.reason == reason
    assert (here.value.code, here.value.message) == (there.value.code, there.value.message)
    assert here.value.metadata == there.value.metadata
    assert len(here.value.request_id) >= 8


async def test_many_pictures_are_calls_of_their_own_with_the_answers_of_a_stream(
    client: Asker, over_grpc: Client, place: Any
) -> None:
    files = {str(path): path for path in place.photos.rglob("*.jpg")}
    pictures: list[Any] = [*files.items(), ("text", b"This is text."), ("missing", "nowhere.jpg")]
    answers = {item.request_id: item async for item in client.stream(pictures, model="shapes")}
    expected = {item.request_id: item for item in over_grpc.stream_classify_images(pictures, model="shapes")}
    assert answers.keys() == expected.keys() == {*files, "text", "missing"}
    assert [answers[each].unwrap().labels for each in files] == [
        expected[each].unwrap().labels for each in files
    ]
    for failed in ("text", "missing"):
        assert answers[failed].error.reason == expected[failed].error.reason
        assert answers[failed].error.message == expected[failed].error.message


async def test_a_stream_is_read_no_further_ahead_than_asked(client: Asker, place: Any) -> None:
    read: list[int] = []

    def pictures() -> Any:
        for number in range(12):
            read.append(number)
            yield str(number), place.photo("grid")

    taken = 0
    async for _ in client.stream(pictures(), in_flight=3):
        taken += 1
        assert len(read) <= taken + 4
    assert taken == 12


async def test_a_collection_is_one_palette(client: Asker, over_grpc: Client, place: Any) -> None:
    pictures = [(path.name + path.parent.name, path) for path in sorted(place.photos.rglob("*.jpg"))]
    found = await client.ask("extract_collection_palette", iter(pictures), color_count=4)
    assert without_timings(found) == without_timings(
        over_grpc.extract_collection_palette(pictures, color_count=4)
    )


async def test_an_upload_stands_for_its_picture(client: Asker, place: Any) -> None:
    photo = Path(place.photo("circles")).read_bytes()
    uploaded = await client.ask("upload_image", photo)
    assert (await client.ask("classify_image", uploaded)).label == "circles"
    with pytest.raises(UnknownUpload):
        await client.ask("classify_image", Uploaded("a" * 32, uploaded.expires))


async def test_an_upload_over_the_limit_is_refused(client: Asker) -> None:
    with pytest.raises(InvalidPicture) as caught:
        await client.ask("upload_image", bytes(21 * 2**20))
    assert caught.value.reason == "PICTURE_TOO_LARGE"


async def test_a_picture_over_the_limit_is_refused(client: Asker) -> None:
    with pytest.raises(InvalidPicture) as caught:
        await client.ask("classify_image", bytes(60 * 2**20))
    assert caught.value.reason == "PICTURE_TOO_LARGE"


@pytest.mark.parametrize("flavour", ["sync", "asyncio"])
async def test_a_broken_download_goes_on_where_it_stopped(
    flavour: str, url: str, link_to: Any, tmp_path: Path
) -> None:
    link = link_to(urlsplit(url).netloc, [300_000], upwards=False)
    handle = Asker(flavour).client(f"http://{link.target}")
    package = await handle.ask("download_model", "shapes", tmp_path / "shapes.zip")
    assert (link.connections, package.total_bytes) == (2, package.path.stat().st_size)
    assert await handle.ask("download_model", "shapes", tmp_path / "again.zip", newer_than=1) is None
    with pytest.raises(NotFound):
        await handle.ask("download_model", "shape", tmp_path / "shape.zip")
    await handle.close()


@pytest.mark.parametrize("flavour", ["sync", "asyncio"])
async def test_a_broken_upload_goes_on_where_it_stopped(flavour: str, url: str, link_to: Any) -> None:
    link = link_to(urlsplit(url).netloc, [400_000], upwards=True)
    handle = Asker(flavour).client(f"http://{link.target}")
    uploaded = await handle.ask("upload_image", bytes(1_000_000))
    assert link.connections == 2
    with pytest.raises(InvalidPicture, match="not a picture"):
        await handle.ask("classify_image", uploaded)
    await handle.close()


async def test_a_deadline_is_kept(client: Asker, place: Any) -> None:
    with pytest.raises(DeadlineExceeded):
        await client.ask("classify_image", place.photo("grid"), timeout_s=0.001)


def test_many_threads_share_one_client(url: str, place: Any) -> None:
    with Client(url) as client, ThreadPoolExecutor(6) as threads:
        labels = list(threads.map(lambda _: client.classify_image(place.photo("grid")).label, range(12)))
    assert set(labels) == {"grid"}


async def test_the_state_follows_the_calls(client: Asker) -> None:
    without_timings: list[ConnectionState] = []
    itself = client.client_itself
    assert itself.state is ConnectionState.IDLE
    itself.subscribe(without_timings.append, connect=True)
    ends = time.monotonic() + 5
    while ConnectionState.READY not in without_timings and time.monotonic() < ends:
        await asyncio.sleep(0.01)
    assert without_timings == [ConnectionState.IDLE, ConnectionState.CONNECTING, ConnectionState.READY]
    await client.ask("reconnect")
    await client.ask("list_models")
    await client.close()
    assert without_timings[3:] == [
        ConnectionState.IDLE,
        ConnectionState.CONNECTING,
        ConnectionState.READY,
        ConnectionState.CLOSED,
    ]
    with pytest.raises(Cancelled):
        await client.ask("list_models")
