"""Channels to the other services, and the translation of their failures for callers of the gateway."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lienzo.catalogue.v1.catalogue_pb2_grpc import CatalogueServiceStub
from lienzo.classification.v1.classification_pb2_grpc import ClassificationServiceStub
from lienzo.features.v1.features_pb2_grpc import FeatureServiceStub
from lienzo.palette.v1.palette_pb2_grpc import PaletteServiceStub
from runtime.calls.call import current_request_id
from runtime.calls.callers import WAITS_KEY
from runtime.process.health import State, from_answer
from runtime.process.options import channel_options
from runtime.reasons.calls import (
    BACKEND_FAILED,
    BACKEND_UNAVAILABLE,
    DEADLINE_EXCEEDED,
    MESSAGE_TOO_LARGE,
)
from runtime.reasons.reason import refused
from runtime.reasons.works import UNKNOWN_CATALOGUE
from runtime.status import REQUEST_ID_KEY, StatusError, from_rpc_error
from services.gateway.deadline import Deadline
from services.gateway.pacing import Pacing
from services.gateway.settings import GatewaySettings
from services.gateway.shedding import Shedding, overloaded
from services.table import SERVICES

if TYPE_CHECKING:
    from lienzo.catalogue.v1.catalogue_pb2_grpc import CatalogueServiceAsyncStub

_log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT", covariant=True)

HEALTH_TIMEOUT_SECONDS: Final = 2.0

GONE_SECONDS: Final = 5.0
"""Time after which calls no longer wait for a service to come back; a restart takes a little less."""


class Method(Protocol[AnswerT]):
    """A unary method of a stub."""

    def __call__(
        self, request: Any, /, *, timeout: float, metadata: tuple[tuple[str, str | bytes], ...]
    ) -> Awaitable[AnswerT]:
        """Sends a request."""


class Backends:
    """The services behind the gateway."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Opens the channels; nothing is connected before the first call."""
        self._channels = {name: _channel(target, settings) for name, target in settings.targets.items()}
        self._pacing = {name: Pacing(settings.max_in_flight) for name in settings.targets}
        self._shedding = {name: Shedding(name) for name in settings.targets}
        self._lost: dict[str, float] = {}
        self._key = settings.backend_api_key
        self.features = FeatureServiceStub(self._channels["features"])
        self.classification = ClassificationServiceStub(self._channels["classification"])
        self.palette = PaletteServiceStub(self._channels["palette"])
        catalogue = self._channels.get("catalogue")
        self.catalogue = None if catalogue is None else CatalogueServiceStub(catalogue)

    def catalogue_for(self, name: str) -> CatalogueServiceAsyncStub:
        """Returns the stub of the catalogue service, for a call about a catalogue.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_CATALOGUE on a gateway without that service.
        """
        if self.catalogue is None:
            raise refused(UNKNOWN_CATALOGUE, "This server has no catalogues.", catalogue=name)
        return self.catalogue

    async def call(
        self,
        service: str,
        method: Method[AnswerT],
        request: Any,
        deadline: Deadline,
        further: Iterable[tuple[str, str | bytes]] = (),
    ) -> AnswerT:
        """Sends one request within the caller's remaining time; an item of a stream waits for its turn.

        Args:
            service: Name of the service.
            method: Method of its stub.
            request: The message.
            deadline: The caller's deadline.
            further: Metadata beside that of every call.

        Raises:
            StatusError: The service's own error; RESOURCE_EXHAUSTED, OVERLOADED at once when it has just
                refused others; or UNAVAILABLE, BACKEND_UNAVAILABLE: after some tries, or at once when the
                service has been gone for `GONE_SECONDS`.
        """
        if self._is_gone(service):
            raise refused(BACKEND_UNAVAILABLE, service=service)
        metadata: list[tuple[str, str | bytes]] = [(REQUEST_ID_KEY, current_request_id()), *further]
        if self._key:
            metadata.append(("authorization", f"Bearer {self._key}"))
        can_wait = deadline.step_seconds is not None
        if can_wait:
            metadata.append((WAITS_KEY, "1"))

        async def send() -> AnswerT:
            try:
                answer = await method(request, timeout=deadline.remaining(), metadata=tuple(metadata))
            except grpc.aio.AioRpcError as error:
                # Not a name of this frame, which it holds: a cycle would keep the picture.
                raise self._refusal(service, error) from error
            self._lost.pop(service, None)
            return answer

        bounds = self._pacing if can_wait else self._shedding
        return await bounds[service].answer(send)

    def check(self, service: str) -> None:
        """Refuses a call to a service that has just refused others.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED.
        """
        if service in self._shedding:
            self._shedding[service].check()

    def _refusal(self, service: str, error: grpc.aio.AioRpcError) -> StatusError:
        refusal = to_refusal(service, error)
        if refusal.reason == BACKEND_UNAVAILABLE.name:
            self._lost.setdefault(service, time.monotonic())
        return refusal

    def _is_gone(self, service: str) -> bool:
        """Tells whether no replica has answered for a while, and none is connected now."""
        since = self._lost.get(service)
        if since is None or time.monotonic() - since < GONE_SECONDS:
            return False
        state = self._channels[service].get_state(try_to_connect=True)
        if state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            return True
        del self._lost[service]
        return False

    async def states(self, timeout_seconds: float = HEALTH_TIMEOUT_SECONDS) -> Mapping[str, State]:
        """Asks each service whether it serves, all at the same time."""
        asked = [_state(channel, timeout_seconds) for channel in self._channels.values()]
        return dict(zip(self._channels, await asyncio.gather(*asked), strict=True))

    async def state_of(self, contract: str) -> State | None:
        """Asks the service with a contract, by full name, whether it serves; None if unknown."""
        for name, channel in self._channels.items():
            if SERVICES[name].contract == contract:
                return await _state(channel, HEALTH_TIMEOUT_SECONDS)
        return None

    async def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels.values():
            await channel.close(None)


def _channel(target: str, settings: GatewaySettings) -> grpc.aio.Channel:
    changes = [(SERVICES["catalogue"].contract, method) for method in ("AddWork", "RemoveWork")]
    options = channel_options(settings.max_message_bytes, once=changes)
    if settings.backend_ca is None:
        return grpc.aio.insecure_channel(target, options)
    credentials = grpc.ssl_channel_credentials(settings.backend_ca.read_bytes())
    return grpc.aio.secure_channel(target, credentials, options)


async def _state(channel: grpc.aio.Channel, timeout_seconds: float) -> State:
    call = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=timeout_seconds)
    try:
        return from_answer(await call, await call.trailing_metadata())
    except grpc.aio.AioRpcError as error:  # its details name machines, and everybody may read this
        return State(f"it does not answer ({error.code().name})")


def to_refusal(service: str, error: grpc.aio.AioRpcError) -> StatusError:
    """Translates the failure of a service for the gateway's caller."""
    known = from_rpc_error(cast(grpc.Call, error))
    if known is not None and known.code != grpc.StatusCode.UNAUTHENTICATED:
        return known
    code = error.code()
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return refused(DEADLINE_EXCEEDED, "The deadline passed in the {service} service.", service=service)
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        _log.warning("the %s service does not answer: %s", service, error.details())
        return refused(BACKEND_UNAVAILABLE, service=service)
    if code == grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in (error.details() or ""):
        return refused(MESSAGE_TOO_LARGE, service=service)
    if code == grpc.StatusCode.RESOURCE_EXHAUSTED:
        return overloaded(service)
    _log.error("the %s service failed with %s: %s", service, code.name, error.details())
    return refused(BACKEND_FAILED, service=service)
