"""`serve` runs a service whose work is done by worker threads, behind a server in asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from runtime.calls.errors import ErrorTable
from runtime.configuration.settings import ServerSettings
from runtime.process.aio_server import AioService, serve_aio
from runtime.work.workplace import Workplace


@dataclass(frozen=True)
class Service:
    """Describes one service to the server that runs it.

    Attributes:
        name: Full name in the contract, such as `lienzo.palette.v1.PaletteService`.
        table: Maps its exceptions to statuses and reasons.
        register: Adds the servicer to a server.
        start: Loads what the service needs, in a thread; until it returns, the health is NOT_SERVING.
        stop: Ends what `start` began.
        problem: Returns why it cannot be used now, such as a model that is missing; empty when it can.
        warning: Returns what it cannot do although it can be used; empty when it can do everything.
    """

    name: str
    table: ErrorTable
    register: Callable[[grpc.aio.Server, Workplace], None]
    start: Callable[[], None] = lambda: None
    stop: Callable[[], None] = lambda: None
    problem: Callable[[], str] = lambda: ""
    warning: Callable[[], str] = lambda: ""


def serve(settings: ServerSettings, service: Service) -> int:
    """Serves until SIGTERM or SIGINT, then drains; returns the exit status, as `serve_aio` does."""
    return serve_aio(settings, lambda: with_workers(settings, service))


def with_workers(settings: ServerSettings, service: Service) -> AioService:
    """Gives a service its workplace; to be called inside the event loop."""
    workplace = Workplace.from_settings(settings, service.table)

    async def stop() -> None:
        workplace.workers.close()
        await asyncio.to_thread(service.stop)

    def problem() -> str:
        """Why it should not be sent calls now; a collection of many pictures moves with each of them."""
        limit = settings.stall_seconds
        if workplace.workers.stalled_seconds() > limit:
            return f"there is work, and none of it has begun or ended for {limit:g} s"
        return service.problem()

    return AioService(
        service.name,
        service.table,
        lambda server: service.register(server, workplace),
        workplace.intake,
        workplace.closing.set,
        lambda: asyncio.to_thread(service.start),
        stop,
        problem=problem,
        warning=service.warning,
    )
