"""Health of a process (`grpc.health.v1`): whether it may be sent calls, and the reason where it may not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from grpc_health.v1 import health, health_pb2

from runtime.calls.callers import machine_of
from runtime.work.slots import Slots

_log = logging.getLogger(__name__)

PROBLEM_KEY: Final = "x-lienzo-problem"
"""Trailer of `Health.Check` with the reason for NOT_SERVING, for which the protocol has no field."""

LAST_WORD_SECONDS: Final = 0.2
"""Time for NOT_SERVING to reach the watchers of a process that stops."""

MOST_WATCHES: Final = 256
"""Watches at a time: they need no key, and stay open."""

WARNING_KEY: Final = "x-lienzo-warning"
"""Trailer of `Health.Check` with what a service that serves cannot do all the same."""


class State(NamedTuple):
    """How a service is.

    Attributes:
        problem: Why it does not serve; empty while it does.
        warning: What it cannot do although it serves; empty where it can do everything.
    """

    problem: str = ""
    warning: str = ""


OtherServices = Callable[[str], Awaitable[State | None]]

STARTING: Final = "it is starting"
STOPPING: Final = "it is stopping"

_SERVING: Final = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING


class AioHealth(health.aio.HealthServicer):  # type: ignore[name-defined, misc]  # the stubs know threads only
    """Health of a server in asyncio.

    Attributes:
        problem: Why it does not serve; empty while it does.
    """

    def __init__(
        self,
        names: Iterable[str],
        stopping: asyncio.Event,
        others: OtherServices,
        warning: Callable[[], str] = lambda: "",
    ) -> None:
        """Begins as NOT_SERVING, once `say` is called.

        Args:
            names: Names of the services that it is asked about; the whole server is always one of them.
            stopping: Ends watches.
            others: Finds the state of a service behind this one by its full name; None for an unknown one.
            warning: Returns what it cannot do although it serves.
        """
        super().__init__()
        self._warning = warning
        self._others = others
        self._names = (health.OVERALL_HEALTH, *names)
        self._stopping = stopping
        self._watches = Slots(MOST_WATCHES, "health watches are open", MOST_WATCHES // 2)
        self.problem = STARTING

    async def say(self, problem: str) -> None:
        """Reports SERVING, or NOT_SERVING with a problem; logs each change."""
        if problem != self.problem:
            _log_change(problem)
        self.problem = problem
        for name in self._names:
            await self.set(name, to_status(problem))

    async def Check(self, request: health_pb2.HealthCheckRequest, context: Any) -> Any:
        """Answers now, with the problem as a trailer; for the services behind this one, too."""
        state = None if request.service in self._names else await self._others(request.service)
        own = State(self.problem, self._warning())
        context.set_trailing_metadata(to_trailers(own if state is None else state))
        if state is None:
            return await super().Check(request, context)
        return health_pb2.HealthCheckResponse(status=to_status(state.problem))

    async def Watch(self, request: health_pb2.HealthCheckRequest, context: Any) -> None:
        """Reports each change until the caller leaves or the process is told to stop."""
        with self._watches.slot(machine_of(context.peer())):
            await self._watch(request, context)

    async def _watch(self, request: health_pb2.HealthCheckRequest, context: Any) -> None:
        watching = asyncio.create_task(super().Watch(request, context))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({watching}, timeout=LAST_WORD_SECONDS)
        finally:
            watching.cancel()
            stopping.cancel()


def to_status(problem: str) -> health_pb2.HealthCheckResponse.ServingStatus:
    """Converts a problem to its status: SERVING without one."""
    return _NOT_SERVING if problem else _SERVING


def to_trailers(state: State) -> tuple[tuple[str, str], ...]:
    """Converts problem and warning to trailing metadata, which is ASCII; nothing without any."""
    texts = {PROBLEM_KEY: state.problem, WARNING_KEY: state.warning}
    return tuple(
        (key, text.encode("ascii", "backslashreplace").decode()) for key, text in texts.items() if text
    )


def from_answer(
    answer: health_pb2.HealthCheckResponse, trailers: Sequence[tuple[str, str | bytes]] | None
) -> State:
    """Reads the state that a server reported."""
    known = {key: value for key, value in trailers or () if isinstance(value, str)}
    warning = known.get(WARNING_KEY, "")
    if answer.status == _SERVING:
        return State("", warning)
    status = str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
    return State(known.get(PROBLEM_KEY, status), warning)


def to_health(states: Mapping[str, State]) -> dict[str, Any]:
    """Converts the states of services, by name, to the answer of `/healthz` and `lienzo status --json`."""
    problems = {name: state.problem for name, state in states.items() if state.problem}
    return {
        "serving": not problems,
        "services": {name: name not in problems for name in states},
        "problems": problems,
        "warnings": {name: state.warning for name, state in states.items() if state.warning},
    }


def _log_change(problem: str) -> None:
    if problem in (STARTING, STOPPING):
        return
    if problem:
        _log.warning("not ready: %s", problem)
    else:
        _log.info("ready")
