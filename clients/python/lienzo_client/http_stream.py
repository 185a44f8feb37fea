"""A stream of pictures over HTTP/1.1: one call for each picture, a few at a time, with a stream's answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import grpc

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2
from lienzo_client.errors import LienzoError, Overloaded, Unauthenticated
from lienzo_client.flight import Request, Response
from lienzo_client.reasons import REASONS

AT_ONCE: Final = 8
"""Pictures in progress: enough to keep a distant gateway busy, with few connections."""

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_CODES = {code.name: int(code.value[0]) for code in grpc.StatusCode}


class UnaryStream:
    """Answers requests as a stream does: in any order, and a picture that fails by an error of its own.

    A picture that an overloaded server refuses waits and is sent again, since the gateway lets pictures of a
    stream wait, too. An error of the connection, or of the credentials, ends the stream.

    Args:
        classify: Sends one request; raises LienzoError.
        requests: Read only as fast as they are answered.
    """

    def __init__(
        self,
        classify: Callable[[gateway_pb2.ClassifyImageRequest], Awaitable[gateway_pb2.ClassifyImageResponse]],
        requests: AsyncIterator[Request],
    ) -> None:
        self._classify = classify
        self._answers: asyncio.Queue[Response | LienzoError | None] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send(requests))

    async def __aiter__(self) -> AsyncIterator[Response]:
        """Yields the answers in the order of arrival.

        Raises:
            LienzoError: When the stream ended before all were answered.
        """
        while (answer := await self._answers.get()) is not None:
            if isinstance(answer, LienzoError):
                raise answer
            yield answer

    def cancel(self) -> bool:
        """Cancels all pictures in progress; returns False if the stream has ended."""
        return self._sending.cancel()

    async def _send(self, requests: AsyncIterator[Request]) -> None:
        room = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                await room.acquire()
                async for request in requests:
                    task = group.create_task(self._answer(request))
                    task.add_done_callback(lambda _: room.release())
                    await room.acquire()
        except* LienzoError as failed:
            self._answers.put_nowait(_first(failed))
        finally:
            self._answers.put_nowait(None)

    async def _answer(self, request: Request) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                answer = Response(
                    request_id=request.request_id, response=await self._classify(request.request)
                )
                break
            except Overloaded:
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # jitter; not for secrets
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            except LienzoError as error:
                if _ends_the_stream(error):
                    raise
                answer = Response(request_id=request.request_id, error=_to_item_error(error))
                break
        self._answers.put_nowait(answer)


def _ends_the_stream(error: LienzoError) -> bool:
    return not error.reason or error.reason in REASONS or isinstance(error, Unauthenticated)


def _to_item_error(error: LienzoError) -> image_pb2.ItemError:
    code = _CODES.get(error.code, 2)
    return image_pb2.ItemError(code=code, reason=error.reason, message=error.message, metadata=error.metadata)


def _first(group: BaseExceptionGroup[LienzoError]) -> LienzoError:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
