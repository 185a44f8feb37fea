"""A resumable download of a model's Core ML package. No sockets: the clients carry the messages."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client.backoff import Backoff
from lienzo_client.convert import to_model_version
from lienzo_client.errors import LienzoError, ServerFault
from lienzo_client.models import ModelPackage, ModelVersion


class PendingDownload:
    """The state of one download: the next request, and what to do with each response.

    Chunks are appended to `<destination>.<first digits of the digest>.part`, with which a later call, even
    of another process, resumes. The destination is written atomically.

    Args:
        destination: The zip file to write.
        name: Name of the model.
        version: Version of the model; 0 is the newest.
        newer_than: The version that the caller already has.
        reconnect_s: Seconds without progress after which the download fails.
    """

    def __init__(
        self, destination: Path, name: str, version: int, newer_than: int, reconnect_s: float
    ) -> None:
        self._destination = destination
        self._model = to_model_version(name, version)
        self._newer_than = newer_than
        self._backoff = Backoff(reconnect_s, reconnect_s)
        self._head: gateway_pb2.DownloadHead | None = None
        self._offset = 0

    def request(self) -> gateway_pb2.DownloadModelRequest:
        """Builds the request for everything that has not arrived."""
        self._offset = self._arrived()
        return gateway_pb2.DownloadModelRequest(
            model=self._model, offset_bytes=self._offset, if_version_newer_than=self._newer_than
        )

    def take(self, message: gateway_pb2.DownloadModelResponse) -> bool:
        """Stores one message of the response.

        Returns:
            True to continue the call. False to send another request: the server's package is a different
            one than before, or a part of it was already downloaded.
        """
        if message.WhichOneof("content") == "head":
            self._head = message.head
            if self._arrived() > self._head.total_bytes:
                self._part().unlink()  # longer than the package: two processes have written to it
            return self._head.is_current or self._arrived() == self._offset
        with self._part().open("ab") as stream:
            stream.write(message.chunk)
        self._backoff.progress()
        return True

    def finish(self) -> ModelPackage | None:
        """Verifies the package and moves it to its destination; None when the caller has the newest version.

        Raises:
            ServerFault: When a part is missing, which is retried; DIGEST_MISMATCH when it arrived damaged.
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
        """Records a failure.

        Returns:
            Seconds to wait before the next attempt.

        Raises:
            LienzoError: When retries cannot help or are exhausted.
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
