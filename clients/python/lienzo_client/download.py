"""A model's Core ML package on its way into a file, a piece at a time, from wherever it stopped."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client.backoff import Backoff
from lienzo_client.convert import to_model_version
from lienzo_client.errors import LienzoError, ServerFault
from lienzo_client.results import ModelPackage, ModelVersion


class PendingDownload:
    """One package on its way. No sockets: the clients ask what it says and hand it what comes.

    Pieces go into `<destination>.<first digits of the digest>.part`, which a later call, also of another
    process, goes on with. The destination appears whole or not at all.

    Args:
        destination: Where the zip file goes.
        name: The model.
        version: Its version; 0 is the newest.
        newer_than: The version that the caller has.
        reconnect_s: Seconds without a byte arriving after which the server is given up.
    """

    def __init__(
        self, destination: Path, name: str, version: int, newer_than: int, reconnect_s: float
    ) -> None:
        self._destination = destination
        self._model = to_model_version(name, version)
        self._newer_than = newer_than
        self._backoff = Backoff(reconnect_s, reconnect_s)
        self._head: gateway_pb2.DownloadHead | None = None
        self._asked_from = 0

    def request(self) -> gateway_pb2.DownloadModelRequest:
        """The question for everything that has not arrived."""
        self._asked_from = self._arrived()
        return gateway_pb2.DownloadModelRequest(
            model=self._model, offset_bytes=self._asked_from, if_version_newer_than=self._newer_than
        )

    def take(self, message: gateway_pb2.DownloadModelResponse) -> bool:
        """Keeps one piece.

        Returns:
            Whether the call goes on; otherwise ask again, because a part of this package is here already,
            or because it is another package than before.
        """
        if message.WhichOneof("content") == "head":
            self._head = message.head
            if self._arrived() > self._head.total_bytes:
                self._part().unlink()  # two processes have written to it
            return self._head.is_current or self._arrived() == self._asked_from
        with self._part().open("ab") as stream:
            stream.write(message.chunk)
        self._backoff.progress()
        return True

    def finish(self) -> ModelPackage | None:
        """The package, once all of it is here; None when the caller has the newest version.

        Raises:
            ServerFault: When pieces are missing, so that it is asked again; DIGEST_MISMATCH.
        """
        head = self._head
        if head is not None and head.is_current:
            return None
        if head is None or self._arrived() < head.total_bytes:
            raise ServerFault("UNKNOWN", "", "The download ended early.")
        part = self._part()
        with part.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != head.sha256:
            part.unlink()
            raise ServerFault("DATA_LOSS", "DIGEST_MISMATCH", "The package did not arrive as it was sent.")
        os.replace(part, self._destination)
        model = ModelVersion(head.model.name, head.model.version)
        return ModelPackage(self._destination, model, head.total_bytes, head.sha256)

    def interrupt(self, error: LienzoError) -> float:
        """Something broke.

        Returns:
            Seconds to wait before the next try.

        Raises:
            LienzoError: When another try is not worth it.
        """
        now = time.monotonic()
        self._backoff.fail(error, now)
        self._backoff.check(now)
        return self._backoff.retry_at - now

    def _arrived(self) -> int:
        if self._head is None or self._head.is_current:
            return 0
        part = self._part()
        return part.stat().st_size if part.exists() else 0

    def _part(self) -> Path:
        digest = self._head.sha256[:16] if self._head else ""
        return self._destination.with_name(f"{self._destination.name}.{digest}.part")
