"""`serve` runs a synchronous service from its settings to the last call in flight."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from runtime.calls.access_log import access_log
from runtime.calls.authentication import authentication_interceptor
from runtime.calls.call import CallInterceptor
from runtime.calls.errors import ErrorTable, error_interceptor
from runtime.calls.interceptors import GrpcInterceptor
from runtime.calls.telemetry import telemetry
from runtime.configuration.logs import set_up_logging
from runtime.configuration.settings import ServerSettings
from runtime.process.addresses import CannotListen, address_of, bind
from runtime.process.health import STOPPING, ThreadedHealth
from runtime.process.metrics import open_metrics
from runtime.process.options import server_options
from runtime.process.signals import StopSignal
from runtime.work.closing import Closing
from runtime.work.watchdog import watchdog
from runtime.work.workplace import Workplace

_log = logging.getLogger(__name__)

SPARE_THREADS = 32
"""Threads for refusals, reflection and health watches, beside those for calls and streams."""

MOST_CALLS = 4096
"""Number of calls above which gRPC itself refuses, without a reason of ours: far above our own bound."""


@dataclass(frozen=True)
class Service:
    """Describes one service to the server that runs it.

    Attributes:
        name: Full name in the contract, such as `lienzo.palette.v1.PaletteService`.
        table: Maps its exceptions to statuses and reasons.
        register: Adds the servicer to a server.
        start: Loads what the service needs; until it returns, the health is NOT_SERVING.
        stop: Ends what `start` began.
        problem: Returns why it cannot be used now, such as a model that is missing; empty when it can.
    """

    name: str
    table: ErrorTable
    register: Callable[[grpc.Server, Workplace], None]
    start: Callable[[], None] = lambda: None
    stop: Callable[[], None] = lambda: None
    problem: Callable[[], str] = lambda: ""


def interceptors_of(settings: ServerSettings, table: ErrorTable) -> Sequence[CallInterceptor]:
    """Lists the interceptors of every call, outermost first."""
    return (
        telemetry,
        access_log,
        authentication_interceptor(settings.credentials()),
        error_interceptor(table),
    )


def serve(settings: ServerSettings, service: Service) -> int:
    """Serves until SIGTERM or SIGINT, then drains.

    Prints `listening on HOST:PORT` to standard output once calls are answered, so that the parent of a
    process with port 0 learns the port.

    Returns:
        Exit status: 0 after an orderly stop, 2 when the address cannot be used.
    """
    set_up_logging(settings.process, settings.log_format, settings.log_level)
    stopping = StopSignal()
    running = RunningServer(settings, service)
    try:
        with open_metrics(settings):
            port = running.start()
            settle()
            print(f"listening on {address_of(settings.host, port)}", flush=True)  # noqa: T201  # for the parent
            stopping.wait()
            running.stop(settings.drain_seconds)
    except CannotListen as error:
        _log.error("%s", error)
        return 2
    return 0


class RunningServer:
    """A synchronous service on its port."""

    def __init__(self, settings: ServerSettings, service: Service) -> None:
        self._settings = settings
        self._service = service
        interceptor = GrpcInterceptor(interceptors_of(settings, service.table), settings.max_message_bytes)
        threads = settings.workers + settings.queue + settings.max_streams + SPARE_THREADS
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="call"),
            interceptors=[interceptor],
            options=server_options(settings.max_message_bytes, settings.max_connection_age_seconds),
            maximum_concurrent_rpcs=max(MOST_CALLS, threads),
        )
        self._closing = Closing()
        self._health = ThreadedHealth([service.name], self._closing)
        self._until_stopped = ExitStack()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._workplace = Workplace.from_settings(settings, service.table, self._closing)
        service.register(self._server, self._workplace)
        names = (service.name, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)

    def start(self) -> int:
        """Listens, loads what the service needs, then reports SERVING if it has all it needs.

        Returns:
            The port.

        Raises:
            CannotListen: When the address cannot be used.
        """
        port = bind(self._server, self._settings)
        self._server.start()
        self._service.start()
        limit = self._settings.stall_seconds
        self._until_stopped.enter_context(watchdog(self._problem, self._health.say, limit / 4))
        _log.info("serving %s on %s:%d", self._service.name, self._settings.host, port)
        return port

    def stop(self, drain_seconds: float) -> None:
        """Reports NOT_SERVING, refuses new calls, and waits for those in flight."""
        self._until_stopped.close()
        self._health.say(STOPPING)
        self._closing.close()
        self._server.stop(drain_seconds).wait()
        self._workplace.workers.close()
        self._service.stop()
        _log.info("stopped")

    def _problem(self) -> str:
        """Why it should not be sent calls now; a collection of many pictures moves with each of them."""
        limit = self._settings.stall_seconds
        if self._workplace.workers.stalled_seconds() > limit:
            return f"there is work, and none of it has begun or ended for {limit:g} s"
        return self._service.problem()


def settle() -> None:
    """Excludes everything that was loaded at the start from garbage collection.

    Modules and models stay until the end. A full collection that looks through all of them halts every call
    for some 50 ms, and the interpreter would do it several times more before it exits.
    """
    gc.collect()
    gc.freeze()
