"""Items of streams wait for a service, as many at a time as it takes."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from runtime.status import StatusError
from services.gateway.pacing import FIRST_LIMIT, Pacing


class Service:
    """Takes so many items at a time, and refuses more."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.at_once = self.most_at_once = self.refused = 0

    async def take(self) -> str:
        if self.at_once >= self.capacity:
            self.refused += 1
            raise StatusError(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "Too much to do.")
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        return "taken"


@pytest.mark.parametrize("capacity", [1, 5, 40])
async def test_every_item_is_taken_in_the_end_whatever_the_service_can_take(capacity: int) -> None:
    service, pacing = Service(capacity), Pacing(100)
    answers = await asyncio.wait_for(
        asyncio.gather(*(pacing.answer(service.take) for _ in range(300))), timeout=30
    )
    assert answers == ["taken"] * 300
    assert service.refused < 300


async def test_sends_more_at_a_time_as_long_as_nothing_is_refused_up_to_a_bound() -> None:
    service, pacing = Service(1000), Pacing(FIRST_LIMIT + 10)
    await asyncio.gather(*(pacing.answer(service.take) for _ in range(1500)))
    assert service.most_at_once == FIRST_LIMIT + 10


async def test_hands_on_every_other_failure() -> None:
    async def fail() -> None:
        raise StatusError(grpc.StatusCode.INVALID_ARGUMENT, "NOT_A_PICTURE", "no")

    with pytest.raises(StatusError, match="no"):
        await Pacing(10).answer(fail)


async def test_who_leaves_while_waiting_or_working_leaves_room() -> None:
    service, pacing = Service(100), Pacing(1)
    stay = asyncio.Event()

    async def hold() -> str:
        await stay.wait()
        return "held"

    first = asyncio.create_task(pacing.answer(hold))
    waiting = [asyncio.create_task(pacing.answer(service.take)) for _ in range(3)]
    await asyncio.sleep(0.01)
    waiting[0].cancel()
    first.cancel()
    # The turn that the first one gives up goes to the next, which leaves just as it gets it.
    await asyncio.sleep(0)
    waiting[1].cancel()
    assert await asyncio.wait_for(waiting[2], 5) == "taken"
    assert await asyncio.wait_for(pacing.answer(service.take), 5) == "taken"
