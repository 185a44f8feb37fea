"""The place of the one writer of a catalogue: a point that says who has it, and until when.

Qdrant knows no sessions, so a place is held by renewing it and taken over when it was not renewed in time. It
changes by conditional updates, of which the server makes one after the other. The clocks of machines that
write must agree within some seconds.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from contextlib import suppress
from functools import partial
from typing import Final

from qdrant_client import models

from catalogue.errors import CatalogueError, CatalogueInUse, CatalogueNotWritten
from catalogue.qdrant.client import CollectionMissing, Server
from catalogue.qdrant.collections import LEASE_ID

_log = logging.getLogger(__name__)

_PAUSE_S: Final = 0.05
_STRONG: Final = models.WriteOrdering.STRONG


class Lease:
    """The place of a writer; it is renewed until `release`.

    Args:
        server: Where the catalogue is.
        name: Which one.
        wait_seconds: How long to wait for another writer.

    Raises:
        CatalogueInUse: When another process writes.
        CatalogueNotWritten: When the server lets us change nothing.
        CollectionMissing: When the catalogue was withdrawn meanwhile.
        CatalogueUnreachable: When the server does not answer.
    """

    def __init__(self, server: Server, name: str, wait_seconds: float) -> None:
        self._server, self._name, self._token = server, name, uuid.uuid4().hex
        self._lock = threading.Lock()
        self._renewed = -float("inf")
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                self._take()
                break
            except CatalogueInUse:
                if time.monotonic() > deadline:
                    raise
            time.sleep(_PAUSE_S)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"writer of {name}", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Refuses a change when another writer may have taken the place.

        Raises:
            CatalogueInUse: When it has.
            CatalogueError: When the server does not answer, or refuses.
        """
        with self._lock:
            if time.monotonic() - self._renewed > self._server.lease_seconds / 2:
                self._take()

    def release(self) -> None:
        """Gives the place back."""
        self._stopping.set()
        self._thread.join()
        with suppress(CatalogueError, CollectionMissing):
            self._write(0)

    def _keep(self) -> None:
        while not self._stopping.wait(self._server.lease_seconds / 3):
            try:
                with self._lock:
                    self._take()
            except (CatalogueError, CollectionMissing) as error:  # the next change is refused, if it lasts
                _log.warning("the place of the writer of %s was not renewed: %s", self._name, error)

    def _take(self) -> None:
        """Takes or renews the place."""
        began = time.monotonic()
        self._write(round((time.time() + self._server.lease_seconds) * 1000))
        found = self._server.ask(
            lambda client: client.retrieve(
                self._server.collection(self._name),
                [LEASE_ID],
                with_payload=["writer"],
                consistency=models.ReadConsistencyType.MAJORITY,
            )
        )
        if [(each.payload or {}).get("writer") for each in found] != [self._token]:
            raise CatalogueInUse(self._name)
        self._renewed = began

    def _write(self, until_ms: int) -> None:
        """Writes who has the place, unless another has it."""
        condition = models.Filter(
            should=[
                models.FieldCondition(key="writer", match=models.MatchValue(value=self._token)),
                models.FieldCondition(key="until", range=models.Range(lt=round(time.time() * 1000))),
            ]
        )
        point = models.PointStruct(id=LEASE_ID, vector={}, payload={"writer": self._token, "until": until_ms})
        self._server.ask(
            lambda client: client.upsert(
                self._server.collection(self._name), [point], update_filter=condition, ordering=_STRONG
            ),
            partial(CatalogueNotWritten, self._server.path(self._name)),
        )
