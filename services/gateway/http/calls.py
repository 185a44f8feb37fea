"""Runs HTTP requests through the interceptors of every call: telemetry, log, credentials, errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from runtime.calls.call import Call, CallInterceptor, within
from runtime.calls.errors import forget_frames
from runtime.reasons.calls import CALLER_LEFT
from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST
from runtime.status import REQUEST_ID_KEY, StatusError
from services.gateway.http.problems import problem

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True)
class InterceptedRequests:
    """Runs HTTP requests through the interceptors of the server.

    Attributes:
        interceptors: Outermost first.
    """

    interceptors: Sequence[CallInterceptor]

    async def answer(self, request: Request, work: Callable[[], Awaitable[Any]]) -> Response:
        """Runs the work after every interceptor has accepted the request, and answers with its result.

        Args:
            request: A request that has a route.
            work: Returns a response, or what becomes JSON.

        Returns:
            The response; problem details for an error.
        """
        route = request.scope["route"]
        peer = f"{request.client.host}:{request.client.port}" if request.client else ""
        call = Call.received(f"{request.method} {route.path}", request.headers.items(), peer)
        try:
            with within(self.interceptors, call):
                check_query(request.query_params, [each.alias for each in route.dependant.query_params])
                answer = await work()
        except StatusError as error:
            forget_frames(error)
            return problem(error, call.request_id)
        if isinstance(answer, Response):
            answer.headers[REQUEST_ID_KEY] = call.request_id
            return answer
        return JSONResponse(answer, headers={REQUEST_ID_KEY: call.request_id})


def check_query(given: Iterable[str], known: Sequence[str]) -> None:
    """Refuses parameters that the path does not have: a misspelt one would silently have no effect.

    Args:
        given: Names of the parameters in the query.
        known: Those that the path has.

    Raises:
        StatusError: INVALID_ARGUMENT, INVALID_REQUEST, which names the parameter and the known ones.
    """
    for name in given:
        if name not in known:
            there = f"there are: {', '.join(known)}" if known else "this path has none"
            raise refused(INVALID_REQUEST, problem=f'no query parameter "{name}"; {there}')


async def while_connected(request: Request, work: Coroutine[Any, Any, AnswerT]) -> AnswerT:
    """Runs the work until it is done or the caller disconnects; the request's body must have been read.

    Raises:
        StatusError: CANCELLED, CALLER_LEFT; the work is cancelled then.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnected(request.receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise refused(CALLER_LEFT)
    finally:
        task.cancel()
        gone.cancel()


async def _disconnected(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
