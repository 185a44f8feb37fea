"""`serve`: the whole life of a synchronous service, from settings to the last call in flight."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from runtime.access_log import access_log
from runtime.admission import Admission
from runtime.authentication import authentication_concern
from runtime.calls import Concern
from runtime.errors import ErrorTable, error_concern
from runtime.interceptors import ConcernInterceptor
from runtime.logs import set_up_logging
from runtime.options import server_options
from runtime.settings import ServerSettings
from runtime.telemetry import telemetry

_log = logging.getLogger(__name__)

SPARE_THREADS = 32
"""Threads beside the admitted calls: refusals, reflection, health watches and stream readers."""


@dataclass(frozen=True)
class Workplace:
    """What a servicer gets to work with.

    Attributes:
        admission: Bounds the calls and items that are worked on.
        executor: Threads for the items of streams.
        table: The service's exceptions.
    """

    admission: Admission
    executor: ThreadPoolExecutor
    table: ErrorTable


@dataclass(frozen=True)
class Service:
    """What makes one service differ from the others.

    Attributes:
        name: Full name in the contract, such as `lienzo.palette.v1.PaletteService`.
        table: Its exceptions.
        register: Adds the servicer to a server.
        start: Loads what the service needs; SERVING is said when it returns.
        stop: Ends what `start` began.
    """

    name: str
    table: ErrorTable
    register: Callable[[grpc.Server, Workplace], None]
    start: Callable[[], None] = lambda: None
    stop: Callable[[], None] = lambda: None


def concerns_of(settings: ServerSettings, table: ErrorTable) -> Sequence[Concern]:
    """What every call goes through, outermost first."""
    return (telemetry, access_log, authentication_concern(settings.credentials()), error_concern(table))


def serve(settings: ServerSettings, service: Service) -> int:
    """Serves until SIGTERM or SIGINT, then drains.

    Prints `listening on HOST:PORT` to standard output once calls are answered, so that whoever started
    the process with port 0 learns the port.

    Returns:
        Exit status: 0 after an orderly stop, 2 when the address cannot be used.
    """
    set_up_logging(settings.process, settings.log_format, settings.log_level)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running = RunningServer(settings, service)
    try:
        port = running.start()
    except RuntimeError as error:
        _log.error("cannot listen on %s:%d: %s", settings.host, settings.grpc_port, error)
        return 2
    open_metrics(settings)
    print(f"listening on {settings.host}:{port}", flush=True)  # noqa: T201  # the one line for the parent
    stopping.wait()
    running.stop(settings.drain_seconds)
    return 0


class RunningServer:
    """A synchronous service on its port."""

    def __init__(self, settings: ServerSettings, service: Service) -> None:
        self._settings = settings
        self._service = service
        threads = settings.workers + settings.queue + SPARE_THREADS
        self._items = ThreadPoolExecutor(settings.workers, thread_name_prefix="item")
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="call"),
            interceptors=[ConcernInterceptor(concerns_of(settings, service.table))],
            options=server_options(
                settings.max_message_bytes, settings.max_connection_age_seconds, settings.drain_seconds
            ),
            maximum_concurrent_rpcs=threads,
        )
        self._health = health.HealthServicer(experimental_non_blocking=False)
        self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        workplace = Workplace(Admission(settings.workers, settings.queue), self._items, service.table)
        service.register(self._server, workplace)
        names = (service.name, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)

    def start(self) -> int:
        """Listens, loads what the service needs, then says SERVING.

        Returns:
            The port.

        Raises:
            RuntimeError: When the address cannot be used.
        """
        port = bind(self._server, self._settings)
        self._server.start()
        self._service.start()
        self._set_health(health_pb2.HealthCheckResponse.SERVING)
        _log.info("serving %s on %s:%d", self._service.name, self._settings.host, port)
        return port

    def stop(self, drain_seconds: float) -> None:
        """Says NOT_SERVING, takes no new calls, waits for those in flight."""
        self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        self._server.stop(drain_seconds).wait()
        self._items.shutdown(wait=False, cancel_futures=True)
        self._service.stop()
        _log.info("stopped")

    def _set_health(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for name in (health.OVERALL_HEALTH, self._service.name):
            self._health.set(name, status)


def bind(server: grpc.Server | grpc.aio.Server, settings: ServerSettings) -> int:
    """Opens the port, with TLS where the settings have it.

    Raises:
        RuntimeError: When the address cannot be used.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"{host}:{settings.grpc_port}"
    pair = settings.tls_pair()
    if pair is None:
        return server.add_insecure_port(address)
    return server.add_secure_port(address, grpc.ssl_server_credentials([pair]))


def open_metrics(settings: ServerSettings) -> None:
    """Serves Prometheus metrics on a port of their own, where the settings name one."""
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port, addr=settings.host)
