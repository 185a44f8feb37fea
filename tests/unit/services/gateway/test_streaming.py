"""Streams of items in asyncio: how far is read ahead, in which order answers come, how streams end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc
import pytest

from runtime.status import StatusError
from runtime.work.closing import until_closing
from runtime.work.streams import in_order
from services.gateway.streaming import answer_as_ready


class Items:
    """The numbers from 0 on, and how many of them were read."""

    def __init__(self, count: int, refusal: Exception | None = None) -> None:
        self.count, self.refusal, self.read = count, refusal, 0

    async def __aiter__(self) -> AsyncIterator[int]:
        for number in range(self.count):
            self.read += 1
            yield number
        if self.refusal is not None:
            raise self.refusal


async def numbers(count: int) -> AsyncGenerator[int, None]:
    async for number in Items(count):
        yield number


class Answers:
    """Answers odd numbers at once, even ones when they are let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun: list[int] = []
        self.cancelled: list[int] = []

    async def answer(self, number: int) -> int:
        self.begun.append(number)
        try:
            if number % 2 == 0:
                await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        return number


def refusal() -> StatusError:
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST", "no message")


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def taken(answers: Any) -> list[int]:
    return [each async for each in answers]


async def test_answers_come_as_they_are_ready() -> None:
    work = Answers()
    answers = answer_as_ready(Items(4), work.answer, 16, asyncio.Semaphore(16))
    assert [await anext(answers), await anext(answers)] == [1, 3]
    work.go.set()
    assert sorted(await taken(answers)) == [0, 2]


async def test_answers_in_order_wait_for_those_before_them() -> None:
    work = Answers()
    answers = asyncio.create_task(taken(in_order(numbers(6), work.answer, 3)))
    await settled()
    assert not answers.done()
    assert work.begun == [0, 1, 2]
    work.go.set()
    assert await answers == list(range(6))


async def test_reads_no_more_than_the_window_while_answers_are_not_taken() -> None:
    items, work = Items(100), Answers()
    work.go.set()
    answers = answer_as_ready(items, work.answer, 3, asyncio.Semaphore(100))
    async with aclosing(answers):
        assert await anext(answers) == 0
        await settled()
        assert items.read == 4  # three are answered, and one waits for its place
        await anext(answers)
        await settled()
        assert items.read == 5


async def test_streams_share_the_room_for_items_in_work() -> None:
    room, first, second = asyncio.Semaphore(2), Answers(), Answers()
    many = answer_as_ready(Items(100), first.answer, 16, room)
    other = answer_as_ready(Items(3), second.answer, 16, room)
    async with aclosing(many), aclosing(other):
        assert await anext(many) == 1
        waiting = asyncio.create_task(anext(other))
        await settled()
        assert (len(first.begun), second.begun) == (3, [])  # of the first, two wait to be let go
        first.go.set()
        second.go.set()
        assert await asyncio.wait_for(waiting, 5) == 0


async def test_a_stream_whose_answers_nobody_takes_leaves_its_room_to_others() -> None:
    room, work = asyncio.Semaphore(2), Answers()
    work.go.set()
    idle = answer_as_ready(Items(100), work.answer, 16, room)
    async with aclosing(idle):
        await anext(idle)
        await settled()
        assert await asyncio.wait_for(taken(answer_as_ready(Items(5), work.answer, 16, room)), 5)


async def test_a_caller_who_leaves_cancels_what_is_in_work_and_frees_its_room() -> None:
    room = asyncio.Semaphore(4)
    for make in (
        lambda work: answer_as_ready(Items(100), work.answer, 4, room),
        lambda work: in_order(numbers(100), work.answer, 4),
    ):
        work = Answers()
        task = asyncio.create_task(taken(make(work)))
        await settled()
        task.cancel()
        await settled()
        assert sorted(work.cancelled) == [number for number in work.begun if number % 2 == 0]
        assert not room.locked()
    for _ in range(4):
        await asyncio.wait_for(room.acquire(), 1)


async def test_what_ends_the_requests_ends_the_answers_after_those_before_it() -> None:
    work = Answers()
    work.go.set()
    answers = answer_as_ready(Items(3, refusal()), work.answer, 16, asyncio.Semaphore(16))
    assert sorted([await anext(answers) for _ in range(3)]) == [0, 1, 2]
    with pytest.raises(StatusError, match="no message"):
        await anext(answers)


async def test_a_closing_server_ends_a_stream_that_waits_for_its_caller() -> None:
    closing: asyncio.Event = asyncio.Event()
    sent: asyncio.Queue[int] = asyncio.Queue()

    async def requests() -> AsyncIterator[int]:
        while True:
            yield await sent.get()

    items = until_closing(requests(), closing)
    sent.put_nowait(1)
    assert await anext(items) == 1
    waiting = asyncio.create_task(anext(items))
    await settled()
    assert not waiting.done()
    closing.set()
    with pytest.raises(StatusError) as caught:
        await waiting
    assert caught.value.reason == "SHUTTING_DOWN"


async def test_a_stream_that_its_caller_has_ended_ends_well_even_while_the_server_closes() -> None:
    closing = asyncio.Event()
    items = until_closing(Items(2), closing)
    assert [await anext(items), await anext(items)] == [0, 1]
    closing.set()
    assert await taken(items) == []


async def test_an_upload_goes_on_while_the_server_closes_as_long_as_its_chunks_keep_coming() -> None:
    closing = asyncio.Event()
    closing.set()
    assert await taken(until_closing(Items(5), closing, pause_seconds=1.0)) == list(range(5))

    async def stuck() -> AsyncIterator[int]:
        yield 0
        await asyncio.Event().wait()

    items = until_closing(stuck(), closing, pause_seconds=0.05)
    assert await anext(items) == 0
    with pytest.raises(StatusError) as caught:
        await anext(items)
    assert caught.value.reason == "SHUTTING_DOWN"
