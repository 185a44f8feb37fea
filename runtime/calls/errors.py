"""The innermost interceptor turns exceptions into statuses, and hides what callers must not see."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import grpc

from runtime.calls.call import Call, CallInterceptor, current_request_id
from runtime.reasons.calls import INTERNAL
from runtime.reasons.reason import Reason, refused
from runtime.status import StatusError

_log = logging.getLogger(__name__)

ErrorTable = Mapping[type[Exception], Reason]
"""Exception class to reason; a subclass is found before its parents."""


def to_status_error(error: Exception, table: ErrorTable) -> StatusError:
    """Finds the status of an exception: its own, the table's, or INTERNAL without the cause.

    The text of an exception in the table is sent to the caller, or its `for_callers` where it has that, with
    its `details` (a mapping) as metadata. Anything else is logged with its traceback and answered by a fixed
    sentence.
    """
    if isinstance(error, StatusError):
        return error
    for kind in type(error).__mro__:
        if kind in table:
            details: Mapping[str, str] = getattr(error, "details", {})
            return table[kind].error(str(getattr(error, "for_callers", error)), details)
    _log.error("unexpected fault", exc_info=error)
    return unexpected_fault(current_request_id())


def unexpected_fault(request_id: str) -> StatusError:
    """Makes the error for a fault of ours: it names only the request id to look for in the log."""
    return refused(INTERNAL, request_id=request_id)


def forget_frames(error: BaseException | None) -> None:
    """Takes the frames from an error that is about to be answered, and from those that led to it.

    A frame that holds the error which passed through it is a cycle, as where a task has failed: all that the
    frames hold, such as a picture of the largest size, would stay in memory until garbage is collected.
    """
    while error is not None and error.__traceback__ is not None:
        error.__traceback__ = None
        forget_frames(error.__cause__)
        error = error.__context__


def error_interceptor(table: ErrorTable) -> CallInterceptor:
    """Makes an interceptor that translates exceptions by a service's table.

    What gRPC itself raises to end a call (`context.abort` raises a bare Exception, or AbortError in
    asyncio) has already told the caller, and passes.
    """

    @contextmanager
    def translate(call: Call) -> Iterator[None]:
        try:
            yield
        except (StatusError, grpc.aio.AbortError):
            raise
        except Exception as error:
            if type(error) is Exception and not error.args:
                raise
            raise to_status_error(error, table) from error

    return translate
