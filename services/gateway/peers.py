"""Asks the gateway that is responsible for an upload or a request id, among those that share them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast

import grpc

from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.gateway.v1.peers_pb2_grpc import PeerServiceStub
from runtime.calls.authentication import CREDENTIALS
from runtime.calls.call import current_call
from runtime.process.options import channel_options
from runtime.status import REQUEST_ID_KEY, StatusError, from_rpc_error
from services.gateway.backends import to_refusal
from services.gateway.deadline import Deadline
from services.gateway.pacing import Pacing
from services.gateway.settings import GatewaySettings

_log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")

PASSED_ON_KEY: Final = "x-lienzo-passed-on"
"""Request metadata of a call that another gateway passes on; it is answered here and passed on no further."""

CONNECT_SECONDS: Final = 1.0
"""Time to connect to a gateway; one that takes longer counts as gone."""


class PeerGone(Exception):
    """A gateway cannot be reached, or ended before it answered."""


class Peer:
    """Another gateway.

    Attributes:
        address: Its `host:port`, as in the settings.
        gateway: Stub of the contract for apps.
        uploads: Stub of the contract between gateways.
    """

    def __init__(self, address: str, settings: GatewaySettings) -> None:
        """Opens the channel; nothing is connected before the first call."""
        self.address = address
        self._pacing = Pacing(settings.max_in_flight)
        options = channel_options(settings.max_message_bytes, retries=False)
        if settings.tls_certificate is None:
            self._channel = grpc.aio.insecure_channel(address, options)
        else:
            roots = settings.peer_ca.read_bytes() if settings.peer_ca else None
            self._channel = grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(roots), options)
        self.gateway = GatewayServiceStub(self._channel)
        self.uploads = PeerServiceStub(self._channel)

    async def is_reachable(self) -> bool:
        """Tells whether there is a connection, or one can be made at once."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while (state := self._channel.get_state(try_to_connect=True)) in _ON_THE_WAY:
                    await self._channel.wait_for_state_change(state)
        except TimeoutError:
            return False
        return state is grpc.ChannelConnectivity.READY

    async def ask(self, method: Callable[..., Any], request: Any, deadline: Deadline) -> Any:
        """Passes the current call on; an item of a stream waits for its turn there.

        Raises:
            PeerGone: It cannot be reached.
            StatusError: Its own error.
        """

        async def send() -> Any:
            try:
                return await method(request, timeout=deadline.remaining(), metadata=passed_on_metadata())
            except grpc.aio.AioRpcError as error:
                raise self.failure(error) from error

        return await (send() if deadline.step_seconds is None else self._pacing.answer(send))

    def failure(self, error: grpc.aio.AioRpcError) -> Exception:
        """Makes the exception for a call that failed there."""
        if error.code() in _BROKEN and from_rpc_error(cast(grpc.Call, error)) is None:
            _log.warning("the gateway %s does not answer: %s", self.address, error.details())
            return PeerGone(self.address)
        return to_refusal("gateway", error)

    async def close(self) -> None:
        """Closes the channel."""
        await self._channel.close(None)


# INTERNAL and UNKNOWN without a reason of ours: gRPC's core, when it writes to a call that has just ended.
_BROKEN: Final = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
)
_ON_THE_WAY: Final = (grpc.ChannelConnectivity.IDLE, grpc.ChannelConnectivity.CONNECTING)


def passed_on_metadata() -> tuple[tuple[str, str], ...]:
    """Makes the metadata with which the current call is passed on: its credentials and its request id."""
    call = current_call()
    known = [(name, call.metadata[name]) for name in CREDENTIALS if name in call.metadata]
    return ((PASSED_ON_KEY, "1"), (REQUEST_ID_KEY, call.request_id), *known)


class Peers:
    """All gateways that share uploads and request ids, this one among them.

    For each id they have an order of their own, by rendezvous hashing (Thaler and Ravishankar, "A name-based
    mapping scheme for rendezvous", 1996). All gateways with the same list find the same order; a gateway that
    comes or goes moves only the ids that it is first for.
    """

    def __init__(self, settings: GatewaySettings) -> None:
        """Opens channels to the others; there are none in the default settings."""
        self._own = settings.peer_address
        self._others = {each: Peer(each, settings) for each in settings.gateways if each != self._own}

    def ranked(self, name: str) -> list[Peer | None]:
        """Lists the gateways to ask about an id, the one that is responsible first; None is this one.

        A call that was passed on is answered here.
        """
        if not self._others or PASSED_ON_KEY in current_call().metadata:
            return [None]
        addresses = sorted((*self._others, self._own), key=lambda each: _weight(each, name), reverse=True)
        return [self._others.get(each) for each in addresses]

    async def reachable(self, name: str) -> Peer | None:
        """Finds the first gateway for an id that can be reached; None is this one."""
        for peer in self.ranked(name):
            if peer is None or await peer.is_reachable():
                return peer
        return None

    async def answer(
        self,
        name: str,
        here: Callable[[], Awaitable[AnswerT]],
        there: Callable[[Peer], Awaitable[AnswerT]],
        unknown: str = "",
    ) -> AnswerT:
        """Answers about an id by the first gateway for it; where that is gone, by the next.

        Args:
            name: The id.
            here: Answers in this gateway, which is always one of them.
            there: Asks another one.
            unknown: Reason of a gateway that does not have what the id stands for: the next one is asked. It
                may have begun while the first was away, or while the gateways' lists differed.

        Raises:
            StatusError: The error of the first gateway that answered.
        """
        refusal: StatusError | None = None
        for peer in self.ranked(name):
            try:
                if peer is None:
                    return await here()
                if await peer.is_reachable():
                    return await there(peer)
            except PeerGone:
                continue
            except StatusError as error:
                if error.reason != unknown:
                    raise
                refusal = refusal or error
        assert refusal is not None  # this gateway has answered
        raise refusal

    async def close(self) -> None:
        """Closes the channels."""
        for peer in self._others.values():
            await peer.close()


def _weight(address: str, name: str) -> bytes:
    return hashlib.sha256(f"{address} {name}".encode()).digest()
