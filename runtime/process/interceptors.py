"""Takes every gRPC call through the call interceptors, and receives its messages within limits.

Health checks meet only the limits: orchestrators have no credentials, and a log line every second
tells nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

import grpc

from runtime.calls.call import Call, CallInterceptor, within
from runtime.calls.errors import forget_frames
from runtime.calls.requests import fitting, readable, tolerant
from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST, UNKNOWN_METHOD
from runtime.status import REQUEST_ID_KEY, StatusError
from runtime.work.intake import Intake

Behavior = Callable[[Any, Any], Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

Admit = Callable[[str], None]
"""Refuses a unary call by its method, before its message is received."""

HEALTH_PREFIX = "/grpc.health.v1.Health/"


def admit_all(method: str) -> None:
    """Refuses nothing."""


class GrpcInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Takes every call through the interceptors before its message is received.

    Every method is served as one whose requests are a stream, which looks the same to callers. gRPC receives
    the message of a unary method before it calls the handler, up to its full size, whoever sends it; of a
    stream it receives what the handler asks for.
    """

    def __init__(
        self,
        interceptors: Sequence[CallInterceptor],
        intake: Intake,
        max_answer_bytes: int = 0,
        admit: Admit = admit_all,
    ) -> None:
        """Takes what calls go through.

        Args:
            interceptors: Outermost first.
            intake: Receives messages.
            max_answer_bytes: Size of the largest answer; 0 for any.
            admit: Refuses calls that nobody can answer now.
        """
        self._admit = admit
        self._interceptors = tuple(interceptors)
        self._intake = intake
        self._max_answer_bytes = max_answer_bytes

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Wraps the method's handler; a method that does not exist gets one that refuses."""
        handler, details = await continuation(handler_call_details), handler_call_details
        method = handler or grpc.unary_unary_rpc_method_handler(_refuse_unknown(details.method))
        served = Served(details, method, 0 if method.response_streaming else self._max_answer_bytes)
        is_known = handler is not None
        if is_known and details.method.startswith(HEALTH_PREFIX):
            interceptors: tuple[CallInterceptor, ...] = ()
        else:
            interceptors = self._interceptors
        read = self._requests if is_known else _no_request

        @asynccontextmanager
        async def entered(requests: Any, context: Context) -> AsyncIterator[Entered]:
            call = Call.received(details.method, details.invocation_metadata, context.peer(), known=is_known)
            progress = Progress()
            try:
                with within(interceptors, call):
                    async with read(served, requests, context, progress) as request:
                        yield Entered(request, call.request_id, progress)
            except StatusError as error:
                forget_frames(error)
                await context.abort(error.code, error.message, error.trailing_metadata(call.request_id))

        return served.wrapped(entered)

    @asynccontextmanager
    async def _requests(
        self, served: Served, requests: Any, context: Context, progress: Progress
    ) -> AsyncIterator[Any]:
        """What the behavior takes: the messages of a stream, or the one message, which counts meanwhile."""
        read = tolerant(served.handler.request_deserializer or bytes)
        if served.handler.request_streaming:
            # Until a caller knows that its stream has begun, its channel keeps all that it sends, up to the
            # size of its retry buffer, to send it elsewhere.
            await context.send_initial_metadata(())
            is_idle = progress.is_idle if served.handler.response_streaming else lambda: True

            def counted(data: bytes) -> Any:
                progress.received += 1
                return readable(read(data))

            async with (
                aclosing(aiter(requests)) as arriving,
                aclosing(self._intake.items(arriving, counted, is_idle)) as items,
            ):
                yield items
            return
        self._admit(served.details.method)
        async with aclosing(aiter(requests)) as arriving:
            data = await self._intake.message(arriving)
        if data is None:
            raise refused(MALFORMED_REQUEST, "The call has no message.")
        with self._intake.budget.holding() as holding:
            holding.take(len(data))
            request = readable(read(data))
            del data  # parsed: not kept for as long as the work takes
            yield request


@dataclass
class Progress:
    """Counts the items of a stream.

    Attributes:
        received: Items that have arrived.
        answered: Answers that were sent.
    """

    received: int = 0
    answered: int = 0

    def is_idle(self) -> bool:
        """Whether nothing is left to answer, so that the caller is to send."""
        return self.answered >= self.received


@dataclass(frozen=True)
class Entered:
    """A call that has passed the interceptors.

    Attributes:
        request: The message, or those of a stream.
        request_id: The call's.
        progress: Counts the items of a stream.
    """

    request: Any
    request_id: str
    progress: Progress


@dataclass(frozen=True)
class Served:
    """A method of a servicer.

    Attributes:
        details: Of the call.
        handler: The servicer's.
        max_answer_bytes: Size of the largest answer; 0 for any.
    """

    details: grpc.HandlerCallDetails
    handler: Handler
    max_answer_bytes: int

    def wrapped(self, entered: Callable[[Any, Context], AbstractAsyncContextManager[Entered]]) -> Handler:
        """Makes a handler that answers what the servicer's answers, inside `entered`."""
        behavior = self.behavior

        async def answer(requests: Any, context: Context) -> Any:
            try:
                async with entered(requests, context) as call:
                    answered = fitting(await behavior(call.request, context), self.max_answer_bytes)
                    _tell_id(context, call.request_id)
                    return answered
            except grpc.aio.AbortError as end:
                del requests, context
                raise _bare(end) from None

        async def answer_each(requests: Any, context: Context) -> AsyncIterator[Any]:
            try:
                async with entered(requests, context) as call:
                    # Closed here and now: left to the collector, a caller who left would still be served.
                    async with aclosing(behavior(call.request, context)) as responses:
                        async for response in responses:
                            yield response
                            call.progress.answered += 1
                    _tell_id(context, call.request_id)
            except grpc.aio.AbortError as end:
                del requests, context
                raise _bare(end) from None

        serializer = self.handler.response_serializer
        if not self.handler.response_streaming:
            return grpc.stream_unary_rpc_method_handler(answer, None, serializer)
        # One that writes its answers to the context is served as it is.
        whole = answer if iscoroutinefunction(behavior) else answer_each
        return grpc.stream_stream_rpc_method_handler(whole, None, serializer)

    @property
    def behavior(self) -> Behavior:
        """The servicer's method."""
        shapes = {True: "stream", False: "unary"}
        requests, responses = (
            shapes[bool(self.handler.request_streaming)],
            shapes[bool(self.handler.response_streaming)],
        )
        behavior: Behavior = getattr(self.handler, f"{requests}_{responses}")
        return behavior


def _bare(end: grpc.aio.AbortError) -> grpc.aio.AbortError:
    """Takes the frames and the cause from what ends a call.

    gRPC keeps it with the call, and its frames hold the call: a cycle, with which a large picture would stay
    in memory until garbage is collected.
    """
    end.__context__ = None
    return end.with_traceback(None)


def _tell_id(context: Context, request_id: str) -> None:
    context.set_trailing_metadata((*(context.trailing_metadata() or ()), (REQUEST_ID_KEY, request_id)))


@asynccontextmanager
async def _no_request(
    served: Served, requests: Any, context: Context, progress: Progress
) -> AsyncIterator[Any]:
    yield None


def _refuse_unknown(method: str) -> Behavior:
    async def refuse(request: Any, context: Any) -> Any:
        raise refused(UNKNOWN_METHOD, method=method)

    return refuse
