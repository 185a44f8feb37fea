"""One log line for every call."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.calls.call import Call
from runtime.reasons.calls import INTERNAL
from runtime.status import StatusError

_log = logging.getLogger("lienzo.calls")


@contextmanager
def access_log(call: Call) -> Iterator[None]:
    """Writes method, code, reason and time when the call ends; failures of ours as errors."""
    start = time.perf_counter()
    code, reason, level = "UNKNOWN", "", logging.ERROR
    try:
        yield
        code, level = "OK", logging.INFO
    except StatusError as error:
        code, reason = error.code.name, error.reason
        level = logging.ERROR if error.reason == INTERNAL.name else logging.INFO
        raise
    except (asyncio.CancelledError, GeneratorExit):
        code, level = "CANCELLED", logging.INFO
        raise
    finally:
        elapsed_ms = (time.perf_counter() - start) * 1e3
        facts = {"method": call.method, "code": code, "ms": round(elapsed_ms, 1), "peer": call.peer}
        if reason:
            facts["reason"] = reason
        _log.log(level, "%s %s", call.method, reason or code, extra={"facts": facts})
