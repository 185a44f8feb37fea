"""One call on its way through a server, by gRPC or HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from runtime.status import REQUEST_ID_KEY


@dataclass(frozen=True)
class Call:
    """What interceptors know about a call.

    Attributes:
        method: `/package.Service/Method`, or `POST /path` for HTTP.
        label: The method in metrics; `unknown` for one that does not exist, as callers could make up
            any number of names.
        metadata: Request metadata or headers, lower-case names.
        peer: Where it came from.
        request_id: The caller's `x-request-id`, or a new one.
    """

    method: str
    label: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)
    peer: str = ""
    request_id: str = ""

    @classmethod
    def received(
        cls, method: str, metadata: Iterable[tuple[str, str | bytes]], peer: str, *, known: bool = True
    ) -> Call:
        """Makes a call of what arrived, without binary metadata; replaces an unusable request id."""
        texts = {name.lower(): value for name, value in metadata if isinstance(value, str)}
        offered = texts.get(REQUEST_ID_KEY, "")
        usable = 0 < len(offered) <= 128 and offered.isprintable() and offered.isascii()
        request_id = offered if usable else secrets.token_hex(8)
        return cls(method, method if known else "unknown", texts, peer, request_id)


_OUTSIDE: Final = Call("", request_id="-")
_current: ContextVar[Call] = ContextVar("lienzo_call", default=_OUTSIDE)

CallInterceptor = Callable[[Call], AbstractContextManager[None]]
"""Wraps every call: it may act before it, after it, and on an exception."""


@contextmanager
def within(interceptors: Iterable[CallInterceptor], call: Call) -> Iterator[None]:
    """Enters all interceptors, the first one outermost, and makes the call known inside."""
    token = _current.set(call)
    try:
        with _inside(tuple(interceptors), call):
            yield
    finally:
        # A stream may be closed by another thread or task, whose context has a call of its own.
        with suppress(ValueError):
            _current.reset(token)


@contextmanager
def _inside(interceptors: tuple[CallInterceptor, ...], call: Call) -> Iterator[None]:
    """Enters all interceptors.

    An `ExitStack` would do it, but of an error that one of them replaces its frame keeps the frames, itself
    among them: all that they hold, such as a large picture, would stay until garbage is collected.
    """
    if not interceptors:
        yield
        return
    first, *others = interceptors
    with first(call), _inside(tuple(others), call):
        yield


def current_request_id() -> str:
    """Returns the id of the call that this thread or task works on, `-` outside of one."""
    return _current.get().request_id


def current_call() -> Call:
    """Returns the call that this thread or task works on; one without metadata outside of any."""
    return _current.get()
