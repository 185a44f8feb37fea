"""Asks a Qdrant server: one client for all threads, and errors that name the server."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Final, TypeVar

from catalogue.errors import CatalogueError, CatalogueUnreachable, EngineNotInstalled
from catalogue.qdrant.address import KEY_VARIABLE, Address, checked_key

try:
    import httpx
    from qdrant_client import QdrantClient
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
except ImportError as error:  # the extra is not installed
    raise EngineNotInstalled("qdrant://…", "qdrant") from error

_log = logging.getLogger(__name__)

T = TypeVar("T")

NOT_QDRANT: Final = "something answers there, but not as Qdrant does"
_ANSWER_S: Final = 20
_LEASE_S: Final = 30.0
_OLDEST: Final = (1, 16)
"""The oldest Qdrant that has conditional updates and metadata of collections; older ones ignore both."""
_LOST: Final = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class CollectionMissing(Exception):  # says what was asked for is not there, not what went wrong
    """The server has no such collection."""


class Server:
    """A Qdrant server. Safe to share between threads.

    Attributes:
        place: What it is called in messages.
        lease_seconds: How long a writer that has died keeps others from writing.
        ready: Names of catalogues that were seen complete; they stay so.

    Args:
        address: Where it is.
        answer_seconds: Time limit of a question.
        lease_seconds: See above.

    Raises:
        InvalidPlace: When the key in `QDRANT_API_KEY` cannot be sent.
    """

    def __init__(
        self, address: Address, answer_seconds: int = _ANSWER_S, lease_seconds: float = _LEASE_S
    ) -> None:
        self.place, self.lease_seconds = address.place, lease_seconds
        self.ready: set[str] = set()
        self._address, self._answer_seconds = address, answer_seconds
        self._key = checked_key(os.environ.get(KEY_VARIABLE, ""))
        self._lock = threading.Lock()
        self._client: QdrantClient | None = None
        self._is_new_enough = False

    @property
    def prefix(self) -> str:
        """What the names of the collections of catalogues begin with."""
        return f"{self._address.prefix}."

    def collection(self, catalogue: str) -> str:
        """Returns the name of the collection of a catalogue."""
        return self.prefix + catalogue

    def path(self, catalogue: str) -> PurePosixPath:
        """Makes the path by which messages name a catalogue, such as `host:6333/lienzo/museum`."""
        return PurePosixPath(self.place.partition("://")[2]) / catalogue

    def ask(
        self, question: Callable[[QdrantClient], T], refused: Callable[[str], CatalogueError] | None = None
    ) -> T:
        """Asks something that may be asked twice: where the connection was lost, it is asked once more.

        Args:
            question: What is asked.
            refused: Makes the error for a change that the server refuses.

        Raises:
            CollectionMissing: When the collection is not there.
            CatalogueUnreachable: When the server does not answer, or refuses.
        """
        for is_last in (False, True):
            try:
                return question(self._connected())
            except UnexpectedResponse as error:
                raise self._refused(error, refused) from error
            except ResourceExhaustedResponse as error:
                raise CatalogueUnreachable(self.place, f"it has too much to do: {error}") from error
            except ResponseHandlingException as error:
                if not isinstance(error.source, _LOST) or is_last:
                    raise CatalogueUnreachable(self.place, self._lost(error.source)) from error
                _log.info("the connection to %s was lost: %s", self.place, error.source)
            except json.JSONDecodeError as error:
                raise CatalogueUnreachable(self.place, NOT_QDRANT) from error
        raise AssertionError("asked twice, and neither answered nor refused")

    def check_version(self) -> None:
        """Refuses a server that would not keep two writers apart; a reader needs no more than any server has.

        Raises:
            CatalogueUnreachable: When it is too old, or does not answer.
        """
        if self._is_new_enough:
            return
        version = str(self.ask(lambda client: client.info()).version)
        number = re.match(r"(\d+)\.(\d+)", version)
        if number is None or tuple(map(int, number.groups())) < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            raise CatalogueUnreachable(self.place, f"it is Qdrant {version}; {oldest} or later is needed")
        self._is_new_enough = True

    def _connected(self) -> QdrantClient:
        with self._lock:
            if self._client is None:
                # As a header, since the client warns of a key without TLS: what a network is, it cannot know.
                headers = {"api-key": self._key} if self._key else None
                self._client = QdrantClient(
                    url=self._address.url,
                    headers=headers,
                    timeout=self._answer_seconds,
                    check_compatibility=False,
                )
            return self._client

    def _refused(
        self, error: UnexpectedResponse, refused: Callable[[str], CatalogueError] | None
    ) -> CatalogueError | CollectionMissing:
        problem = _said(error)
        if error.status_code == 404:
            return CollectionMissing(problem)
        if error.status_code == 401 or (error.status_code == 403 and refused is None):
            key = (
                f"it refuses the key in {KEY_VARIABLE}" if self._key else f"it wants a key, in {KEY_VARIABLE}"
            )
            return CatalogueUnreachable(
                self.place, key, "the database of the catalogues refuses the key of this service"
            )
        return refused(problem) if refused else CatalogueUnreachable(self.place, problem)

    def _lost(self, source: Exception) -> str:
        if isinstance(source, httpx.TimeoutException):
            return f"no answer for {self._answer_seconds} s"
        if isinstance(source, httpx.TransportError):
            return str(source) or type(source).__name__
        return NOT_QDRANT


def _said(error: UnexpectedResponse) -> str:
    """Returns the first line of what the server says about a refusal."""
    try:
        content: Any = json.loads(error.content)
        text = str(content["status"]["error"])
    except (ValueError, KeyError, TypeError):
        text = ""
    return text.strip().partition("\n")[0] or f"status {error.status_code} {error.reason_phrase}".strip()
