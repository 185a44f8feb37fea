"""Passes calls of a catalogue's keepers on to the catalogue service, with their keys."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import Message

from runtime.calls.authentication import KEEPER_KEY, offered_keys
from runtime.calls.call import current_call
from runtime.configuration.settings import is_loopback
from runtime.reasons.reason import refused
from runtime.reasons.works import NOT_A_KEEPER
from runtime.work.slots import Slots
from services.gateway.backends import Backends
from services.gateway.deadline import Deadline
from services.gateway.pictures import Pictures
from services.gateway.settings import GatewaySettings

CHANGES: Final = {"AddWork", "UpdateWork", "RemoveWork"}
_PROXIED: Final = ("forwarded", "x-forwarded-for")


class KeeperCalls:
    """Asks the catalogue service to list, add, change and remove works."""

    def __init__(
        self, backends: Backends, pictures: Pictures, in_flight: Slots, settings: GatewaySettings
    ) -> None:
        self._backends = backends
        self._pictures = pictures
        self._in_flight = in_flight
        self._deadline_seconds = settings.default_deadline_seconds
        # Whoever reaches such a gateway could as well ask the catalogue service itself.
        self._is_private = (
            is_loopback(settings.host) and not settings.hosts and not settings.credentials().required
        )

    def check(self) -> None:
        """Refuses a change without a key, as the catalogue service would, before its picture is received.

        Raises:
            StatusError: PERMISSION_DENIED, NOT_A_KEEPER.
        """
        if self._keys() == [b""]:
            raise refused(NOT_A_KEEPER)

    async def ask(self, method: str, request: Any) -> Message:
        """Calls one method of `lienzo.catalogue.v1.CatalogueService`.

        Args:
            method: Its name.
            request: Its message; a reference may be an upload or an address.

        Raises:
            StatusError: The service's own; NOT_FOUND, UNKNOWN_CATALOGUE on a gateway without one; as
                `Pictures.find` for the reference.
        """
        service = self._backends.catalogue_for(getattr(request, "catalogue", ""))
        deadline = Deadline.after(None, self._deadline_seconds)
        keys = [(KEEPER_KEY, key) for key in self._keys()] if method in CHANGES else []
        with self._in_flight.slot():
            if "reference" in request.DESCRIPTOR.fields_by_name and request.HasField("reference"):
                request.reference.CopyFrom(await self._pictures.find(request.reference, deadline))
            answer: Message = await self._backends.call(
                "catalogue", getattr(service, method), request, deadline, keys
            )
        return answer

    def _keys(self) -> list[bytes]:
        """Returns the keys that the caller offers; an empty one where a key is needed and none is offered."""
        metadata = current_call().metadata
        offered = [each.encode() for each in offered_keys(metadata)]
        is_private = self._is_private and not any(each in metadata for each in _PROXIED)
        return offered or ([] if is_private else [b""])
