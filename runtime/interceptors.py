"""Takes every gRPC call through the concerns, on threads and in asyncio alike.

Health checks pass untouched: orchestrators cannot carry credentials, and a line every second says
nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

import grpc

from runtime.calls import Call, Concern, within
from runtime.status import StatusError

Behavior = Callable[[Any, Any], Any]

HEALTH_PREFIX = "/grpc.health.v1.Health/"


class ConcernInterceptor(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """For servers on threads."""

    def __init__(self, concerns: Sequence[Concern]) -> None:
        self._concerns = tuple(concerns)

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Wraps the method's handler; a method that does not exist gets one that says so."""
        handler = continuation(handler_call_details)
        if handler_call_details.method.startswith(HEALTH_PREFIX):
            return handler
        if handler is None:
            handler = grpc.unary_unary_rpc_method_handler(_refuse_unknown(handler_call_details.method))
        return _rewrap(handler, handler_call_details, self._unary, self._stream)

    def _unary(self, behavior: Behavior, details: grpc.HandlerCallDetails) -> Behavior:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            call = Call.received(details.method, details.invocation_metadata, context.peer())
            try:
                with within(self._concerns, call):
                    return behavior(request, context)
            except StatusError as error:
                context.set_trailing_metadata(error.trailing_metadata(call.request_id))
                context.abort(error.code, error.message)

        return answer

    def _stream(self, behavior: Behavior, details: grpc.HandlerCallDetails) -> Behavior:
        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            call = Call.received(details.method, details.invocation_metadata, context.peer())
            try:
                with within(self._concerns, call):
                    yield from behavior(request, context)
            except StatusError as error:
                context.set_trailing_metadata(error.trailing_metadata(call.request_id))
                context.abort(error.code, error.message)

        return answer


class AioConcernInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # likewise
    """For servers in asyncio."""

    def __init__(self, concerns: Sequence[Concern]) -> None:
        self._concerns = tuple(concerns)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any]]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """Wraps the method's handler; a method that does not exist gets one that says so."""
        handler: grpc.RpcMethodHandler[Any, Any] | None = await continuation(handler_call_details)
        if handler_call_details.method.startswith(HEALTH_PREFIX) and handler is not None:
            return handler
        if handler is None:
            refuse = _refuse_unknown(handler_call_details.method)

            async def refuse_later(request: Any, context: Any) -> Any:
                return refuse(request, context)

            handler = grpc.unary_unary_rpc_method_handler(refuse_later)
        return _rewrap(handler, handler_call_details, self._unary, self._stream)

    def _unary(self, behavior: Behavior, details: grpc.HandlerCallDetails) -> Behavior:
        async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            call = Call.received(details.method, details.invocation_metadata, context.peer())
            try:
                with within(self._concerns, call):
                    return await behavior(request, context)
            except StatusError as error:
                await context.abort(error.code, error.message, error.trailing_metadata(call.request_id))

        return answer

    def _stream(self, behavior: Behavior, details: grpc.HandlerCallDetails) -> Behavior:
        async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
            call = Call.received(details.method, details.invocation_metadata, context.peer())
            try:
                with within(self._concerns, call):
                    async for response in behavior(request, context):
                        yield response
            except StatusError as error:
                await context.abort(error.code, error.message, error.trailing_metadata(call.request_id))

        return answer


def _rewrap(
    handler: grpc.RpcMethodHandler[Any, Any],
    details: grpc.HandlerCallDetails,
    unary: Callable[[Behavior, grpc.HandlerCallDetails], Behavior],
    stream: Callable[[Behavior, grpc.HandlerCallDetails], Behavior],
) -> grpc.RpcMethodHandler[Any, Any]:
    """The same handler with its behavior wrapped, by the shape of its answer."""
    wrap = stream if handler.response_streaming else unary
    shapes = {True: "stream", False: "unary"}
    way = f"{shapes[handler.request_streaming]}_{shapes[handler.response_streaming]}"
    make: Callable[..., grpc.RpcMethodHandler[Any, Any]] = getattr(grpc, f"{way}_rpc_method_handler")
    return make(
        wrap(getattr(handler, way), details),
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )


def _refuse_unknown(method: str) -> Behavior:
    def refuse(request: Any, context: Any) -> Any:
        raise StatusError(
            grpc.StatusCode.UNIMPLEMENTED,
            "UNKNOWN_METHOD",
            f"This server has no method {method}.",
            {"method": method},
        )

    return refuse
