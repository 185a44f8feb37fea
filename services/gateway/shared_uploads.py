"""Uploads behind any number of gateways: each is kept by one of them, and found from all."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import grpc

from lienzo.gateway.v1 import gateway_pb2, peers_pb2, peers_pb2_grpc
from runtime.calls.authentication import current_holder
from runtime.reasons.reason import refused
from runtime.reasons.uploads import PEER_GONE, UNKNOWN_UPLOAD
from runtime.status import StatusError
from services.gateway.convert import to_upload_state
from services.gateway.deadline import Deadline
from services.gateway.peers import Peer, PeerGone, Peers, passed_on_metadata
from services.gateway.receiving import Messages, head_of, receive
from services.gateway.relay import Ending
from services.gateway.uploads import Uploads


class SharedUploads:
    """Finds the gateway that keeps an upload, and asks it where it is another one.

    The caller's credentials go along, so that a caller gets from another gateway what it would get there.
    """

    def __init__(self, uploads: Uploads, peers: Peers) -> None:
        """Shares the uploads of this gateway with the others."""
        self._uploads = uploads
        self._peers = peers

    async def picture(self, upload_id: str, deadline: Deadline) -> bytes:
        """Returns the picture of a finished upload.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_UPLOAD; FAILED_PRECONDITION, UPLOAD_NOT_FINISHED.
        """
        request = peers_pb2.ReadUploadRequest(upload_id=upload_id)

        async def here() -> bytes:
            return self._uploads.picture(current_holder(), upload_id)

        async def there(peer: Peer) -> bytes:
            found: peers_pb2.ReadUploadResponse = await peer.ask(peer.uploads.ReadUpload, request, deadline)
            return found.data

        return await self._peers.answer(upload_id, here, there, UNKNOWN_UPLOAD.name)

    async def state(
        self, request: gateway_pb2.GetUploadRequest, deadline: Deadline
    ) -> gateway_pb2.GetUploadResponse:
        """Returns how much of an upload has arrived.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_UPLOAD.
        """

        async def here() -> gateway_pb2.GetUploadResponse:
            return to_upload_state(self._uploads.find(current_holder(), request.upload_id))

        async def there(peer: Peer) -> gateway_pb2.GetUploadResponse:
            state: gateway_pb2.GetUploadResponse = await peer.ask(peer.gateway.GetUpload, request, deadline)
            return state

        return await self._peers.answer(request.upload_id, here, there, UNKNOWN_UPLOAD.name)

    async def receive(self, messages: Messages, deadline: Deadline) -> gateway_pb2.UploadImageResponse:
        """Receives an upload, or hands its messages to the gateway that keeps it.

        Raises:
            StatusError: As `services.gateway.receiving`; UNAVAILABLE, PEER_GONE.
        """
        head = await head_of(messages)
        peer = await self._keeper(head, deadline)
        if peer is None:
            return await receive(self._uploads, head, messages)
        try:
            return await _hand_on(peer, head, messages, deadline)
        except PeerGone as error:
            raise refused(PEER_GONE) from error

    async def _keeper(self, head: gateway_pb2.UploadHead, deadline: Deadline) -> Peer | None:
        """Finds the gateway that has the beginning of an upload, else the first for it; None is this one."""
        if head.offset_bytes:
            request = gateway_pb2.GetUploadRequest(upload_id=head.upload_id)

            async def here() -> Peer | None:
                self._uploads.find(current_holder(), head.upload_id)
                return None

            async def there(peer: Peer) -> Peer | None:
                await peer.ask(peer.gateway.GetUpload, request, deadline)
                return peer

            try:
                return await self._peers.answer(head.upload_id, here, there, UNKNOWN_UPLOAD.name)
            except StatusError as error:
                if error.reason != UNKNOWN_UPLOAD.name:
                    raise
        return await self._peers.reachable(head.upload_id)


async def _hand_on(
    peer: Peer, head: gateway_pb2.UploadHead, chunks: Messages, deadline: Deadline
) -> gateway_pb2.UploadImageResponse:
    call = cast(Any, peer.gateway.UploadImage)(timeout=deadline.remaining(), metadata=passed_on_metadata())
    ending = Ending(call)
    try:
        try:
            await call.write(gateway_pb2.UploadImageRequest(head=head))
            async for message in chunks:
                await call.write(message)
            await call.done_writing()
        except asyncio.InvalidStateError:
            pass  # it has ended, and tells why
        answer: gateway_pb2.UploadImageResponse = await call
        return answer
    except grpc.aio.AioRpcError as error:
        raise peer.failure(await ending.error(error)) from error
    finally:
        call.cancel()


class PeerServicer(peers_pb2_grpc.PeerServiceServicer):
    """`lienzo.gateway.v1.PeerService` over gRPC: the uploads that this gateway keeps."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def ReadUpload(
        self, request: peers_pb2.ReadUploadRequest, context: Any
    ) -> peers_pb2.ReadUploadResponse:
        """Answers a picture to the caller that uploaded it."""
        return peers_pb2.ReadUploadResponse(data=self._uploads.picture(current_holder(), request.upload_id))
