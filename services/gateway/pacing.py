"""Paces the items of streams to what a service can take, so that they wait instead of being refused."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from runtime.reasons.calls import OVERLOADED
from runtime.status import StatusError

AnswerT = TypeVar("AnswerT")

FIRST_LIMIT: Final = 16
DECREASE: Final = 0.7
FIRST_PAUSE_SECONDS: Final = 0.02
LONGEST_PAUSE_SECONDS: Final = 1.0


class Pacing:
    """Adapts the number of items that a service gets at a time, as TCP adapts its window.

    Each answer raises the limit a little, each refusal (OVERLOADED) lowers it much. Waiting items go in
    order, so that a stream with many items does not overtake one with few.
    """

    def __init__(self, most: int) -> None:
        """Starts with a low limit.

        Args:
            most: Upper bound of the limit, at least 1.
        """
        self._most = most
        self._limit = float(min(FIRST_LIMIT, most))
        self._sent = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._decreases = 0

    async def answer(self, send: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """Sends an item in its turn, and again while the service refuses it as overloaded.

        Args:
            send: Sends it once; may raise.

        Raises:
            StatusError: Any error of `send` but OVERLOADED.
        """
        pause = FIRST_PAUSE_SECONDS
        while True:
            async with self._turn():
                decreases = self._decreases
                try:
                    answer = await send()
                except StatusError as error:
                    if error.reason != OVERLOADED.name:
                        raise
                    self._slow_down(decreases)
                else:
                    self._speed_up()
                    return answer
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # jitter; not for secrets
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting or self._sent >= int(self._limit):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():  # its turn has come at the same moment
                    self._leave()
                raise
        else:
            self._sent += 1
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        self._sent -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._sent < int(self._limit):
            turn = self._waiting.popleft()
            if not turn.done():  # else its caller has gone
                turn.set_result(None)
                self._sent += 1

    def _speed_up(self) -> None:
        self._limit = min(self._limit + 1 / self._limit, float(self._most))

    def _slow_down(self, decreases: int) -> None:
        if decreases == self._decreases:  # else the limit was lowered while this item was in flight
            self._decreases += 1
            self._limit = max(1.0, self._limit * DECREASE)
