"""Collections: what the gateway holds of one, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2
from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused
from runtime.status import StatusError
from runtime.work.budget import Budget
from services.gateway.backends import Backends
from services.gateway.collection import collection_palette
from services.gateway.deadline import Deadline
from services.gateway.pictures import Pictures

SIZE, WINDOW = 1000, 4


class Palettes:
    """In place of the palette service: takes some requests, then looks at the budget."""

    def __init__(self, budget: Budget, taken: int, failure: StatusError | None = None) -> None:
        self.budget, self.taken, self.failure = budget, taken, failure
        self.held = -1
        self.palette = SimpleNamespace(ExtractCollectionPalette=None)

    async def call(self, service: str, method: Any, requests: Any, deadline: Deadline) -> Any:
        for _ in range(self.taken):
            await anext(requests)
        await asyncio.sleep(0.01)
        self.held = self.budget.held_bytes
        if self.failure:
            raise self.failure
        return palette_pb2.ExtractCollectionPaletteResponse()


async def pictures(count: int) -> AsyncGenerator[gateway_pb2.ExtractCollectionPaletteRequest, None]:
    for number in range(count):
        yield gateway_pb2.ExtractCollectionPaletteRequest(
            request_id=str(number), image=image_pb2.Image(data=bytes(SIZE))
        )


async def ask(palettes: Palettes, count: int) -> Any:
    found = Pictures(cast(Any, None), cast(Any, None), SIZE)
    backends = cast(Backends, palettes)
    deadline = Deadline.after(10, 10)
    return await collection_palette(pictures(count), found, backends, WINDOW, palettes.budget, deadline)


async def test_pictures_count_from_their_arrival_until_they_were_sent_on() -> None:
    budget = Budget(10**6)
    palettes = Palettes(budget, taken=3)
    await ask(palettes, 20)
    assert WINDOW * SIZE <= palettes.held <= (WINDOW + 1) * SIZE
    assert budget.held_bytes == 0


async def test_nothing_is_held_after_a_refusal() -> None:
    budget = Budget(10**6)
    with pytest.raises(StatusError, match="much"):
        await ask(Palettes(budget, taken=1, failure=refused(OVERLOADED, "too much")), 20)
    assert budget.held_bytes == 0
