"""Calls for a service that is full are refused without asking it."""

from __future__ import annotations

import asyncio

import pytest

from runtime.reasons.calls import OVERLOADED
from runtime.reasons.models import UNKNOWN_MODEL
from runtime.reasons.reason import refused
from runtime.status import StatusError
from services.gateway.shedding import REMEMBERED_SECONDS, Shedding


class Service:
    """Takes some calls at a time, and counts those that it was asked."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.asked = self.answering = 0
        self.done = asyncio.Event()

    async def answer(self) -> str:
        self.asked += 1
        if self.answering >= self.most:
            raise refused(OVERLOADED)
        self.answering += 1
        await self.done.wait()
        self.answering -= 1
        return "answered"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_full_service_is_asked_once_and_again_a_moment_later() -> None:
    clock, service = Clock(), Service(3)
    shedding = Shedding("features", clock)
    waiting = [asyncio.ensure_future(shedding.answer(service.answer)) for _ in range(3)]
    await asyncio.sleep(0)
    for _ in range(100):
        with pytest.raises(StatusError) as refusal:
            await shedding.answer(service.answer)
        assert refusal.value.reason == "OVERLOADED"
        with pytest.raises(StatusError):
            shedding.check()
    assert service.asked == 3 + 1
    clock.now += REMEMBERED_SECONDS
    with pytest.raises(StatusError):
        await shedding.answer(service.answer)
    assert service.asked == 3 + 2
    service.done.set()
    assert await asyncio.gather(*waiting) == ["answered"] * 3


async def test_a_slot_that_is_free_again_is_used_at_once() -> None:
    service = Service(2)
    shedding = Shedding("features", Clock())
    waiting = [asyncio.ensure_future(shedding.answer(service.answer)) for _ in range(5)]
    await asyncio.sleep(0)
    service.done.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert answers.count("answered") == 2
    assert await shedding.answer(service.answer) == "answered"


async def test_a_service_that_others_fill_is_asked_with_one_call_at_a_time() -> None:
    service = Service(0)
    shedding = Shedding("features", Clock())
    for _ in range(3):
        with pytest.raises(StatusError):
            await shedding.answer(service.answer)
    assert service.asked == 3


async def test_other_errors_bound_nothing() -> None:
    async def fails() -> str:
        raise refused(UNKNOWN_MODEL, model="x")

    shedding = Shedding("features", Clock())
    for _ in range(3):
        with pytest.raises(StatusError):
            await shedding.answer(fails)
        shedding.check()
