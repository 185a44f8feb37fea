"""`serve_aio` runs an asyncio service from its settings to the last call in flight."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from runtime.calls.call import CallInterceptor
from runtime.calls.errors import ErrorTable
from runtime.calls.interceptors import AioGrpcInterceptor
from runtime.configuration.logs import set_up_logging
from runtime.configuration.settings import ServerSettings
from runtime.process.addresses import CannotListen, address_of, bind
from runtime.process.health import STARTING, STOPPING, AioHealth, OtherServices
from runtime.process.metrics import open_metrics
from runtime.process.options import server_options
from runtime.process.server import interceptors_of, settle
from runtime.work.heartbeat import heartbeat

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AioService:
    """Describes one asyncio service to the server that runs it.

    Attributes:
        name: Full name in the contract.
        table: Maps its exceptions to statuses and reasons.
        register: Adds the servicer to a server; called inside the event loop.
        companion: Opens another door, such as HTTP, for as long as the gRPC one is open.
        close: Ends idle streams when the process is told to stop.
        stop: Releases what the servicer holds, after the last call.
        problem_of: Finds why a service behind this one does not serve, see `AioHealth`.
    """

    name: str
    table: ErrorTable
    register: Callable[[grpc.aio.Server], None]
    companion: Callable[[Sequence[CallInterceptor]], AbstractAsyncContextManager[None]]
    close: Callable[[], None]
    stop: Callable[[], Awaitable[None]]
    problem_of: OtherServices


def serve_aio(settings: ServerSettings, make: Callable[[], AioService]) -> int:
    """Serves until SIGTERM or SIGINT, then drains.

    Prints `listening on HOST:PORT` to standard output once calls are answered.

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
    service = make()
    interceptors = interceptors_of(settings, service.table)
    server = grpc.aio.server(
        interceptors=[AioGrpcInterceptor(interceptors, settings.max_message_bytes)],
        options=server_options(settings.max_message_bytes, settings.max_connection_age_seconds),
    )
    health_servicer = AioHealth([service.name], stopping, service.problem_of)
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    service.register(server)
    reflection.enable_server_reflection((service.name, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.stop)
        stack.enter_context(open_metrics(settings))
        stack.enter_context(heartbeat())
        port = bind(server, settings)
        await health_servicer.say(STARTING)
        await server.start()
        stack.push_async_callback(server.stop, settings.drain_seconds)
        async with service.companion(interceptors):
            await health_servicer.say("")
            _log.info("serving %s on %s", service.name, address_of(settings.host, port))
            settle()
            print(f"listening on {address_of(settings.host, port)}", flush=True)  # noqa: T201  # for the parent
            await stopping.wait()
            await health_servicer.say(STOPPING)
            service.close()
            # Both doors drain at the same time, so that together they take no longer than one.
            draining = asyncio.create_task(server.stop(settings.drain_seconds))
        await draining
    _log.info("stopped")
