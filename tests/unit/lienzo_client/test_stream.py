"""Many pictures over one stream, for both clients."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lienzo_client import AsyncClient, Client, DeadlineExceeded, InvalidPicture, ServerUnavailable

pytestmark = pytest.mark.slow


def numbered(count: int) -> Iterator[tuple[str, bytes]]:
    return ((f"r-{number}", f"label {number}".encode()) for number in range(count))


async def gathered(
    answers: Any, items: list[Any] | None = None, after: Callable[[int], None] | None = None
) -> list[Any]:
    items = [] if items is None else items
    async for item in answers:
        items.append(item)
        if after is not None:
            await asyncio.to_thread(after, len(items))
    return items


async def test_every_picture_is_answered_once_under_its_own_id(asker: Any, gateway: Any) -> None:
    items = await gathered(asker.client(gateway.target).stream(numbered(200), in_flight=8))
    assert len(items) == 200
    assert {item.request_id: item.unwrap().label for item in items} == {
        f"r-{number}": f"label {number}" for number in range(200)
    }


async def test_a_picture_that_fails_ends_nothing(asker: Any, gateway: Any) -> None:
    pictures = [("a", b"giralda"), ("b", b"text"), ("c", b"guernica")]
    items = {item.request_id: item async for item in asker.client(gateway.target).stream(pictures)}
    assert items["a"].unwrap().label == "giralda"
    assert items["c"].unwrap().label == "guernica"
    assert items["b"].classification is None
    assert isinstance(items["b"].error, InvalidPicture)
    assert items["b"].error.metadata == {"media_type": "text/plain"}
    with pytest.raises(InvalidPicture):
        items["b"].unwrap()


async def test_a_file_that_cannot_be_read_ends_nothing(asker: Any, gateway: Any, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"giralda")
    pictures = [("a", tmp_path / "a.jpg"), ("b", tmp_path / "b.jpg")]
    items = {item.request_id: item async for item in asker.client(gateway.target).stream(pictures)}
    assert items["a"].unwrap().label == "giralda"
    assert items["b"].error.reason == "UNREADABLE_FILE"


async def test_no_pictures_make_no_connection(asker: Any, unused_port: int) -> None:
    assert await gathered(asker.client(f"127.0.0.1:{unused_port}").stream([])) == []


async def test_an_asynchronous_source_is_taken_too(gateway: Any) -> None:
    async def source() -> AsyncIterator[tuple[str, bytes]]:
        for item in numbered(3):
            await asyncio.sleep(0)
            yield item

    async with AsyncClient(gateway.target) as client:
        items = [item async for item in client.stream_classify_images(source())]
    assert [item.request_id for item in items] == ["r-0", "r-1", "r-2"]


async def test_answers_do_not_wait_for_a_slow_source(gateway: Any) -> None:
    first_answered = threading.Event()

    def source() -> Iterator[tuple[str, bytes]]:
        yield ("a", b"giralda")
        assert first_answered.wait(5)
        yield ("b", b"guernica")

    def consume() -> list[str]:
        with Client(gateway.target) as client:
            labels = []
            for item in client.stream_classify_images(source()):
                labels.append(str(item.unwrap().label))
                first_answered.set()
            return labels

    assert await asyncio.to_thread(consume) == ["giralda", "guernica"]


async def test_the_source_is_read_no_further_ahead_than_agreed(asker: Any, gateway: Any) -> None:
    read: list[str] = []

    def source() -> Iterator[tuple[str, bytes]]:
        for request_id, data in numbered(50):
            read.append(request_id)
            yield request_id, data

    taken = 0
    async for _ in asker.client(gateway.target).stream(source(), in_flight=4):
        taken += 1
        await asyncio.sleep(0.002)
        # One more has been read and waits for room.
        assert len(read) <= taken + 4 + 1
    assert taken == 50


async def test_a_source_that_raises_is_heard_after_the_answers_before_it(asker: Any, gateway: Any) -> None:
    def source() -> Iterator[tuple[str, bytes]]:
        yield from numbered(2)
        raise RuntimeError("the disk is gone")

    items: list[Any] = []
    with pytest.raises(RuntimeError, match="the disk is gone"):
        await gathered(asker.client(gateway.target).stream(source()), items)
    assert [item.unwrap().label for item in items] == ["label 0", "label 1"]


async def test_the_same_id_twice_in_flight_is_refused(asker: Any, gateway: Any) -> None:
    with pytest.raises(ValueError, match="'a' is in flight already"):
        await gathered(asker.client(gateway.target).stream([("a", b"never"), ("a", b"y")], timeout_s=0.3))


async def test_a_connection_that_breaks_is_replaced_and_nothing_is_lost_or_doubled(
    asker: Any, gateway: Any
) -> None:
    gateway.gateway.break_after = 20
    items = await gathered(asker.client(gateway.target).stream(numbered(100), in_flight=8))
    assert sorted(item.request_id for item in items) == sorted(f"r-{number}" for number in range(100))
    assert all(item.error is None for item in items)


async def test_a_server_restarted_in_the_middle_answers_the_rest(asker: Any, gateway: Any) -> None:
    def restart(answered: int) -> None:
        if answered == 20:
            gateway.stop()
            threading.Timer(0.3, gateway.start).start()

    items = await gathered(asker.client(gateway.target).stream(numbered(60), in_flight=4), after=restart)
    assert sorted(item.request_id for item in items) == sorted(f"r-{number}" for number in range(60))
    assert all(item.error is None for item in items)


async def test_a_server_that_stays_away_is_given_up(asker: Any, gateway: Any) -> None:
    items: list[Any] = []
    answers = asker.client(gateway.target).stream(numbered(100), in_flight=4, reconnect_s=0.5)
    with pytest.raises(ServerUnavailable, match="does not answer"):
        await gathered(answers, items, after=lambda answered: gateway.stop() if answered == 10 else None)
    assert 10 <= len(items) < 100


async def test_a_picture_that_is_never_answered_is_reported_and_the_rest_goes_on(
    asker: Any, gateway: Any
) -> None:
    pictures = [("a", b"giralda"), ("b", b"never"), ("c", b"guernica")]
    started = time.monotonic()
    items = {
        item.request_id: item
        async for item in asker.client(gateway.target).stream(pictures, timeout_s=0.3, in_flight=1)
    }
    assert isinstance(items["b"].error, DeadlineExceeded)
    assert items["c"].unwrap().label == "guernica"
    assert time.monotonic() - started < 3


async def test_a_server_that_never_answers_is_given_up(asker: Any, gateway: Any) -> None:
    pictures = [(str(number), b"never") for number in range(50)]
    items: list[Any] = []
    with pytest.raises(DeadlineExceeded):
        await gathered(asker.client(gateway.target).stream(pictures, timeout_s=0.6, in_flight=4), items)
    assert [type(item.error) for item in items] == [DeadlineExceeded] * 4


async def test_a_picture_too_large_for_the_transport_ends_nothing(asker: Any, serve: Any) -> None:
    small = serve(options=(("grpc.max_receive_message_length", 1000),))
    pictures = [("a", b"giralda"), ("b", bytes(2000)), ("c", b"guernica")]
    items = {item.request_id: item async for item in asker.client(small.target).stream(pictures)}
    assert items["b"].error.reason == "PICTURE_TOO_LARGE"
    assert (items["a"].unwrap().label, items["c"].unwrap().label) == ("giralda", "guernica")


def test_a_stream_that_is_left_early_leaves_no_thread_behind(gateway: Any) -> None:
    def forever() -> Iterator[tuple[str, bytes]]:
        number = 0
        while True:
            yield str(number), b"giralda"
            number += 1

    with Client(gateway.target) as client:
        for _ in client.stream_classify_images(forever()):
            break
    deadline = time.monotonic() + 5
    while any(thread.name == "lienzo-stream" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
