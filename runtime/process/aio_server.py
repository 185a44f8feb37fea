"""`serve_aio` runs a service from its settings to the last call in flight."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from dataclasses import dataclass
from typing import Final

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from runtime.calls.access_log import access_log
from runtime.calls.authentication import authentication_interceptor
from runtime.calls.call import CallInterceptor
from runtime.calls.errors import ErrorTable, error_interceptor
from runtime.calls.telemetry import telemetry
from runtime.configuration.logs import set_up_logging
from runtime.configuration.settings import ServerSettings
from runtime.process.addresses import CannotListen, address_of, bind
from runtime.process.health import STARTING, STOPPING, AioHealth, OtherServices, State
from runtime.process.interceptors import Admit, GrpcInterceptor, admit_all
from runtime.process.metrics import open_metrics
from runtime.process.options import server_options
from runtime.work.heartbeat import heartbeat
from runtime.work.intake import Intake
from runtime.work.watchdog import watchdog

_log = logging.getLogger(__name__)

MOST_CALLS: Final = 4096
"""Calls at a time, above which gRPC itself refuses, without a reason of ours: far above our own bounds."""


async def nothing() -> None:
    """Does nothing, for services that have nothing to load or release."""


async def none_behind(name: str) -> State | None:
    """Finds no service behind this one."""
    return None


@asynccontextmanager
async def _no_companion(interceptors: Sequence[CallInterceptor]) -> AsyncIterator[None]:
    yield


@dataclass(frozen=True)
class AioService:
    """Describes one service to the server that runs it.

    Attributes:
        name: Full name in the contract.
        table: Maps its exceptions to statuses and reasons.
        register: Adds the servicer to a server; called inside the event loop.
        intake: Bounds what is being received.
        close: Ends idle streams when the process is told to stop.
        start: Loads what the service needs; the health is SERVING when it returns.
        stop: Releases what the servicer holds, after the last call.
        companion: Opens another door, such as HTTP, for as long as the gRPC one is open.
        problem: Returns why it should not be sent calls now; empty when it should.
        warning: Returns what it cannot do although it serves; empty when it can do everything.
        state_of: Finds the state of a service behind this one, see `AioHealth`.
        admit: Refuses calls before their messages are received.
    """

    name: str
    table: ErrorTable
    register: Callable[[grpc.aio.Server], None]
    intake: Intake
    close: Callable[[], None]
    start: Callable[[], Awaitable[None]] = nothing
    stop: Callable[[], Awaitable[None]] = nothing
    companion: Callable[[Sequence[CallInterceptor]], AbstractAsyncContextManager[None]] = _no_companion
    problem: Callable[[], str] = lambda: ""
    warning: Callable[[], str] = lambda: ""
    state_of: OtherServices = none_behind
    admit: Admit = admit_all


def interceptors_of(settings: ServerSettings, table: ErrorTable) -> Sequence[CallInterceptor]:
    """Lists the interceptors of every call, outermost first."""
    return (
        telemetry,
        access_log,
        authentication_interceptor(settings.credentials()),
        error_interceptor(table),
    )


def serve_aio(settings: ServerSettings, make: Callable[[], AioService]) -> int:
    """Serves until SIGTERM or SIGINT, then drains.

    Prints `listening on HOST:PORT` to standard output once calls are answered, so that the parent of a
    process with port 0 learns the port.

    Args:
        settings: Of the process.
        make: Makes the service; called inside the event loop, which channels of grpc.aio belong to.

    Returns:
        Exit status: 0 after an orderly stop, 2 when an address cannot be used.
    """
    set_up_logging(settings.process, settings.log_format, settings.log_level)
    try:
        asyncio.run(_serve(settings, make))
    except CannotListen as error:
        _log.error("%s", error)
        return 2
    return 0


async def _serve(settings: ServerSettings, make: Callable[[], AioService]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    running = RunningServer(settings, make())
    with open_metrics(settings):
        try:
            port = await running.start()
            settle()
            print(f"listening on {address_of(settings.host, port)}", flush=True)  # noqa: T201  # for the parent
            await stopping.wait()
        finally:
            await running.stop(settings.drain_seconds)


class RunningServer:
    """A service on its port."""

    def __init__(self, settings: ServerSettings, service: AioService) -> None:
        self._settings = settings
        self._service = service
        self._interceptors = interceptors_of(settings, service.table)
        self._server = grpc.aio.server(
            interceptors=[
                GrpcInterceptor(self._interceptors, service.intake, settings.max_message_bytes, service.admit)
            ],
            options=server_options(settings.max_message_bytes, settings.max_connection_age_seconds),
            maximum_concurrent_rpcs=MOST_CALLS,
        )
        self._stopping = asyncio.Event()
        self._health = AioHealth([service.name], self._stopping, service.state_of, service.warning)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        service.register(self._server)
        names = (service.name, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        self._doors = AsyncExitStack()

    async def start(self) -> int:
        """Listens, loads what the service needs, then reports SERVING if it has all it needs.

        Returns:
            The port.

        Raises:
            CannotListen: When the port cannot be used.
        """
        port = bind(self._server, self._settings)
        await self._health.say(STARTING)
        await self._server.start()
        self._doors.enter_context(heartbeat())
        await self._service.start()
        await self._doors.enter_async_context(self._service.companion(self._interceptors))
        await self._health.say(self._service.problem())
        self._doors.enter_context(self._watchdog())
        watching = asyncio.create_task(self._service.intake.watch())
        self._doors.callback(watching.cancel)
        _log.info("serving %s on %s", self._service.name, address_of(self._settings.host, port))
        return port

    async def stop(self, drain_seconds: float) -> None:
        """Reports NOT_SERVING, refuses new calls, and waits for those in flight."""
        self._stopping.set()
        await self._health.say(STOPPING)
        self._service.close()
        # All doors drain at the same time, so that together they take no longer than one.
        draining = asyncio.create_task(self._server.stop(drain_seconds))
        await self._doors.aclose()
        await draining
        await self._service.stop()
        _log.info("stopped")

    def _watchdog(self) -> AbstractContextManager[None]:
        loop = asyncio.get_running_loop()

        async def say(problem: str) -> None:
            if not self._stopping.is_set():
                await self._health.say(problem)

        def tell(problem: str) -> None:
            if problem != self._health.problem:
                asyncio.run_coroutine_threadsafe(say(problem), loop)

        return watchdog(self._service.problem, tell, self._settings.stall_seconds / 4)


def settle() -> None:
    """Excludes everything that was loaded at the start from garbage collection, which begins now.

    Modules and models stay until the end. A full collection that looks through all of them halts every call
    for some 50 ms, and the interpreter would do it several times more before it exits.
    """
    gc.freeze()
    gc.enable()
