"""Runs the call interceptors around every gRPC call, on threads and in asyncio.

Health checks pass untouched: orchestrators have no credentials, and a log line every second tells nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc

from runtime.calls.call import Call, CallInterceptor, within
from runtime.calls.requests import fitting, readable, tolerant
from runtime.reasons.reason import refused
from runtime.reasons.requests import UNKNOWN_METHOD
from runtime.status import StatusError

Behavior = Callable[[Any, Any], Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

HEALTH_PREFIX = "/grpc.health.v1.Health/"


class GrpcInterceptor(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """For servers on threads."""

    def __init__(self, interceptors: Sequence[CallInterceptor], max_answer_bytes: int = 0) -> None:
        """Takes the interceptors, outermost first, and the size of the largest answer; 0 for any."""
        self._interceptors = tuple(interceptors)
        self._max_answer_bytes = max_answer_bytes

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Wraps the method's handler; a method that does not exist gets one that refuses."""
        handler, known = _found(continuation(handler_call_details), handler_call_details)
        if known and handler_call_details.method.startswith(HEALTH_PREFIX):
            return handler
        wrap = self._stream if handler.response_streaming else self._unary
        read = _take_over if handler.request_streaming and known else _read
        return _rewrapped(handler, wrap(_behavior(handler), read, handler_call_details, known))

    def _unary(
        self, behavior: Behavior, read: Behavior, details: grpc.HandlerCallDetails, known: bool
    ) -> Behavior:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            call = _received(details, context.peer(), known)
            try:
                with within(self._interceptors, call):
                    return fitting(behavior(read(request, context), context), self._max_answer_bytes)
            except StatusError as error:
                context.set_trailing_metadata(error.trailing_metadata(call.request_id))
                context.abort(error.code, error.message)

        return answer

    def _stream(
        self, behavior: Behavior, read: Behavior, details: grpc.HandlerCallDetails, known: bool
    ) -> Behavior:
        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            call = _received(details, context.peer(), known)
            try:
                with within(self._interceptors, call):
                    yield from behavior(read(request, context), context)
            except StatusError as error:
                context.set_trailing_metadata(error.trailing_metadata(call.request_id))
                context.abort(error.code, error.message)

        return answer


class AioGrpcInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # likewise
    """For servers in asyncio."""

    def __init__(self, interceptors: Sequence[CallInterceptor], max_answer_bytes: int = 0) -> None:
        """Takes the interceptors, outermost first, and the size of the largest answer; 0 for any."""
        self._interceptors = tuple(interceptors)
        self._max_answer_bytes = max_answer_bytes

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Wraps the method's handler; a method that does not exist gets one that refuses."""
        handler, known = _found(await continuation(handler_call_details), handler_call_details)
        if known and handler_call_details.method.startswith(HEALTH_PREFIX):
            return handler
        wrap = self._stream if handler.response_streaming else self._unary
        read = _take_over_later if handler.request_streaming and known else _read
        return _rewrapped(handler, wrap(_behavior(handler), read, handler_call_details, known))

    def _unary(
        self, behavior: Behavior, read: Behavior, details: grpc.HandlerCallDetails, known: bool
    ) -> Behavior:
        async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            call = _received(details, context.peer(), known)
            try:
                with within(self._interceptors, call):
                    return fitting(await behavior(read(request, context), context), self._max_answer_bytes)
            except StatusError as error:
                await context.abort(error.code, error.message, error.trailing_metadata(call.request_id))

        return answer

    def _stream(
        self, behavior: Behavior, read: Behavior, details: grpc.HandlerCallDetails, known: bool
    ) -> Behavior:
        async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
            call = _received(details, context.peer(), known)
            try:
                with within(self._interceptors, call):
                    # Closed here and now: left to the collector, a caller who left would still be served.
                    async with aclosing(behavior(read(request, context), context)) as responses:
                        async for response in responses:
                            yield response
            except StatusError as error:
                await context.abort(error.code, error.message, error.trailing_metadata(call.request_id))

        return answer


def _read(request: Any, context: Any) -> Any:
    return readable(request)


def _take_over(requests: Iterable[Any], context: grpc.ServicerContext) -> Iterable[Any]:
    """The requests of a stream, once the caller knows that it has begun.

    Until then its channel keeps all that it sends, up to the size of its retry buffer, to send it elsewhere.
    """
    context.send_initial_metadata(())
    return map(readable, requests)


async def _take_over_later(
    requests: AsyncIterable[Any], context: grpc.aio.ServicerContext[Any, Any]
) -> AsyncIterator[Any]:
    """The same in asyncio."""
    await context.send_initial_metadata(())
    async for request in requests:
        yield readable(request)


def _received(details: grpc.HandlerCallDetails, peer: str, known: bool) -> Call:
    return Call.received(details.method, details.invocation_metadata, peer, known=known)


def _found(handler: Handler | None, details: grpc.HandlerCallDetails) -> tuple[Handler, bool]:
    """The handler, or one that refuses: a stream handler, since a call of any shape can be a stream."""
    if handler is not None:
        return handler, True
    return grpc.stream_stream_rpc_method_handler(_refuse_unknown(details.method)), False


def _shape(handler: Handler) -> str:
    shapes = {True: "stream", False: "unary"}
    return f"{shapes[bool(handler.request_streaming)]}_{shapes[bool(handler.response_streaming)]}"


def _behavior(handler: Handler) -> Behavior:
    behavior: Behavior = getattr(handler, _shape(handler))
    return behavior


def _rewrapped(handler: Handler, behavior: Behavior) -> Handler:
    """The same handler with another behavior, which also gets requests that cannot be parsed."""
    make: Callable[..., Handler] = getattr(grpc, f"{_shape(handler)}_rpc_method_handler")
    return make(
        behavior,
        request_deserializer=tolerant(handler.request_deserializer),
        response_serializer=handler.response_serializer,
    )


def _refuse_unknown(method: str) -> Behavior:
    def refuse(request: Any, context: Any) -> Any:
        raise refused(UNKNOWN_METHOD, method=method)

    return refuse
