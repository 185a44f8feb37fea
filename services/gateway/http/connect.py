"""Answers Connect and gRPC-Web: the whole contract for browsers, by the servicer of gRPC.

Protocols: https://connectrpc.com/docs/protocol and gRPC's PROTOCOL-WEB.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from typing import Any, Final

import grpc
from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from protobuf.wkt import Any as AnyDetail

from lienzo.gateway.v1 import gateway_pb2
from runtime.calls.call import Call, CallInterceptor, within
from runtime.reasons.calls import CALLER_LEFT, DEADLINE_EXCEEDED
from runtime.reasons.pictures import PICTURE_TOO_LARGE
from runtime.reasons.requests import INVALID_REQUEST, MALFORMED_REQUEST, UNSUPPORTED_ENCODING
from runtime.status import REQUEST_ID_KEY, StatusError
from services.gateway.http.codecs import CODECS, message_of
from services.gateway.http.context import HttpContext
from services.gateway.http.malformed import one_line

SERVICE: Final = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"]
PATH: Final = f"/{SERVICE.full_name}"

_STREAMS: Final[dict[tuple[bool, bool], tuple[StreamType, Callable[..., Any]]]] = {
    (False, False): (StreamType.UNARY, Endpoint.unary),
    (True, False): (StreamType.CLIENT_STREAM, Endpoint.client_stream),
    (False, True): (StreamType.SERVER_STREAM, Endpoint.server_stream),
    (True, True): (StreamType.BIDI_STREAM, Endpoint.bidi_stream),
}

_LEVELS: Final = {
    MethodOptions.IDEMPOTENCY_UNKNOWN: IdempotencyLevel.UNKNOWN,
    MethodOptions.NO_SIDE_EFFECTS: IdempotencyLevel.NO_SIDE_EFFECTS,
    MethodOptions.IDEMPOTENT: IdempotencyLevel.IDEMPOTENT,
}
READING: Final = {
    f"{PATH}/{each.name}"
    for each in SERVICE.methods
    if _LEVELS[each.GetOptions().idempotency_level] is IdempotencyLevel.NO_SIDE_EFFECTS
}
"""Paths of the methods without side effects, which may be called by GET."""

_REASONS: Final = {
    Code.INVALID_ARGUMENT: MALFORMED_REQUEST,
    Code.UNIMPLEMENTED: UNSUPPORTED_ENCODING,
    Code.RESOURCE_EXHAUSTED: PICTURE_TOO_LARGE,
    Code.DEADLINE_EXCEEDED: DEADLINE_EXCEEDED,
    Code.CANCELED: CALLER_LEFT,
}
"""Reasons of the library's own errors, by its code."""


class ConnectApplication(ConnectASGIApplication[Any]):
    """An ASGI application for the methods of the contract."""

    def __init__(self, servicer: Any, interceptors: Sequence[CallInterceptor], max_body_bytes: int) -> None:
        super().__init__(
            service=servicer,
            endpoints=_endpoints,
            interceptors=[_ConnectInterceptor(interceptors)],
            read_max_bytes=max_body_bytes,
            codecs=CODECS,
        )

    @property
    def path(self) -> str:
        """Path prefix of its methods."""
        return PATH


class _ConnectInterceptor:
    """Enters the interceptors before a call's body is read, and leaves them with its result or error."""

    def __init__(self, interceptors: Sequence[CallInterceptor]) -> None:
        self._interceptors = interceptors

    async def on_start(self, ctx: RequestContext[Any, Any]) -> tuple[Call, AbstractContextManager[None]]:
        call = Call.received(
            f"{PATH}/{ctx.method.name}", ctx.request_headers.items(), ctx.client_address or ""
        )
        ctx.response_headers[REQUEST_ID_KEY] = call.request_id
        passing = within(self._interceptors, call)
        try:
            passing.__enter__()
        except StatusError as error:
            raise _to_connect_error(error, call.request_id) from error
        return call, passing

    async def on_end(
        self,
        token: tuple[Call, AbstractContextManager[None]],
        ctx: RequestContext[Any, Any],
        error: Exception | None,
        /,
    ) -> None:
        call, passing = token
        failed = _to_status_error(error) if isinstance(error, ConnectError) else error
        try:
            passing.__exit__(type(failed) if failed else None, failed, None)
            if isinstance(failed, StatusError):
                raise failed
        except StatusError as known:
            raise _to_connect_error(known, call.request_id) from error


def _endpoints(servicer: Any) -> Mapping[str, Any]:
    return {f"{PATH}/{each.name}": _endpoint(each, getattr(servicer, each.name)) for each in SERVICE.methods}


def _endpoint(method: Any, answer: Callable[..., Any]) -> Any:
    shape, make = _STREAMS[method.client_streaming, method.server_streaming]
    info: MethodInfo[Any, Any] = MethodInfo(
        name=method.name,
        service_name=SERVICE.full_name,
        input=GetMessageClass(method.input_type),
        output=GetMessageClass(method.output_type),
        idempotency_level=_LEVELS[method.GetOptions().idempotency_level],
        stream_type=shape,
    )

    async def unary_answer(request: Any, ctx: RequestContext[Any, Any]) -> Any:
        return await answer(await message_of(request), _context(ctx))

    async def streamed_answers(request: Any, ctx: RequestContext[Any, Any]) -> AsyncIterator[Any]:
        async with aclosing(answer(await message_of(request), _context(ctx))) as responses:
            async for response in responses:
                yield response

    def of_stream(requests: Any, ctx: RequestContext[Any, Any]) -> Any:
        return answer(_readable(requests), _context(ctx))

    of_one = streamed_answers if method.server_streaming else unary_answer
    return make(method=info, function=of_stream if method.client_streaming else of_one)


def _context(ctx: RequestContext[Any, Any]) -> HttpContext:
    return HttpContext.within(None if ctx.timeout_ms is None else ctx.timeout_ms / 1000)


async def _readable(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    try:
        async for request in requests:
            yield await message_of(request)
    except ConnectError as error:
        raise _to_status_error(error) from error


def _to_status_error(error: ConnectError) -> StatusError:
    cause = error.__cause__
    if isinstance(cause, StatusError):
        return cause
    reason = _REASONS.get(error.code, INVALID_REQUEST)
    if isinstance(cause, DecodeError) or reason in (DEADLINE_EXCEEDED, CALLER_LEFT):
        return reason.error(reason.sentence)
    return reason.error(f"The request cannot be read: {one_line(error.message)}.")


def _to_connect_error(error: StatusError, request_id: str) -> ConnectError:
    name = "CANCELED" if error.code is grpc.StatusCode.CANCELLED else error.code.name
    details = [
        ErrorDetail(AnyDetail(type_url=each.type_url, value=each.value)) for each in error.details(request_id)
    ]
    return ConnectError(Code[name], error.message, details)
