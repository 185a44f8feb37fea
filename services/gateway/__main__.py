"""`python -m services.gateway`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import grpc

from lienzo.gateway.v1 import gateway_pb2_grpc, peers_pb2_grpc
from runtime.calls.call import CallInterceptor
from runtime.configuration.settings import load_settings
from runtime.process.aio_server import AioService, serve_aio
from runtime.work.intake import Intake
from runtime.work.slots import Slots
from services.gateway.backends import Backends
from services.gateway.downloads import Downloads
from services.gateway.http.app import make_app
from services.gateway.http.calls import InterceptedRequests
from services.gateway.http.connect import ConnectApplication
from services.gateway.http.routes import Routes
from services.gateway.http.server import http_server
from services.gateway.keeper_calls import KeeperCalls
from services.gateway.peers import Peers
from services.gateway.pictures import Pictures
from services.gateway.recognition import Recognition
from services.gateway.servicer import ERRORS, GatewayServicer
from services.gateway.settings import GatewaySettings
from services.gateway.shared_uploads import PeerServicer, SharedUploads
from services.gateway.uploads import Uploads
from services.table import GATEWAY


def make_service(settings: GatewaySettings) -> AioService:
    """Makes the gateway: gRPC, HTTP and Connect over the same servicer."""
    backends = Backends(settings)
    uploads = Uploads(settings.max_picture_bytes, settings.max_upload_bytes, 60 * settings.upload_minutes)
    forgetting = asyncio.create_task(uploads.keep_forgetting())
    downloads = Downloads(settings.models)
    peers = Peers(settings)
    shared = SharedUploads(uploads, peers)
    pictures = Pictures(shared, settings.reader(), settings.max_picture_bytes)
    intake = Intake.from_settings(settings, watches_memory=True)
    recognition = Recognition(backends, pictures, peers, intake.budget, settings)
    in_flight = Slots(settings.max_in_flight, "calls are in flight")

    servicer = GatewayServicer(recognition, shared, downloads, in_flight, intake.budget, settings)

    def register(server: grpc.aio.Server) -> None:
        gateway_pb2_grpc.add_GatewayServiceServicer_to_server(servicer, server)
        peers_pb2_grpc.add_PeerServiceServicer_to_server(PeerServicer(uploads), server)

    def http(interceptors: Sequence[CallInterceptor]) -> AbstractAsyncContextManager[None]:
        keeper_calls = KeeperCalls(backends, pictures, in_flight, settings)
        routes = Routes(servicer, keeper_calls, settings, InterceptedRequests(interceptors))
        connect = ConnectApplication(servicer, interceptors, settings.max_body_bytes)
        return http_server(make_app(routes, connect, backends, intake.budget, settings), settings)

    async def stop() -> None:
        forgetting.cancel()
        await backends.close()
        await peers.close()
        await asyncio.to_thread(pictures.reader.close)

    return AioService(
        GATEWAY.contract,
        ERRORS,
        register,
        intake,
        servicer.close,
        stop=stop,
        companion=http,
        state_of=backends.state_of,
        admit=servicer.admit,
    )


def main() -> int:
    """Serves until told to stop; returns the exit status."""
    settings = load_settings(GatewaySettings)
    return serve_aio(settings, lambda: make_service(settings))


if __name__ == "__main__":
    raise SystemExit(main())
