"""Counts and times every call for Prometheus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

from runtime.calls.call import Call
from runtime.status import StatusError

CALLS = Counter("lienzo_calls_total", "Finished calls.", ["method", "code"])
SECONDS = Histogram(
    "lienzo_call_seconds",
    "Wall time of finished calls.",
    ["method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_FLIGHT = Gauge("lienzo_calls_in_flight", "Calls that are being answered.", ["method"])


@contextmanager
def telemetry(call: Call) -> Iterator[None]:
    """Counts and times a call: the outermost interceptor, which sees the code that the caller gets."""
    start = time.perf_counter()
    IN_FLIGHT.labels(call.label).inc()
    code = "UNKNOWN"
    try:
        yield
        code = "OK"
    except StatusError as error:
        code = error.code.name
        raise
    except (asyncio.CancelledError, GeneratorExit):
        code = "CANCELLED"
        raise
    finally:
        IN_FLIGHT.labels(call.label).dec()
        SECONDS.labels(call.label).observe(time.perf_counter() - start)
        CALLS.labels(call.label, code).inc()
