"""A resumable upload of a picture in chunks. No sockets: the clients carry the messages."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from datetime import UTC

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client.backoff import Backoff
from lienzo_client.errors import LienzoError, ServerFault, UnknownUpload
from lienzo_client.pictures import Picture, Uploaded, to_image

CHUNK_BYTES = 64 * 1024


class PendingUpload:
    """The state of one upload: the next messages, and what to do with each response.

    Args:
        picture: Bytes or a path.
        reconnect_s: Seconds without progress after which the upload fails.

    Attributes:
        upload_id: Chosen by the client, so that the upload can be resumed at any point.
        is_broken: Whether to ask the server how much has arrived before sending more.
    """

    def __init__(self, picture: Picture, reconnect_s: float) -> None:
        self._data = to_image(picture).data
        self._sha256 = hashlib.sha256(self._data).hexdigest()
        self._offset = 0
        self._backoff = Backoff(reconnect_s, reconnect_s)
        self.upload_id = secrets.token_urlsafe(24)
        self.is_broken = False

    def messages(self) -> Iterator[gateway_pb2.UploadImageRequest]:
        """Yields the head, then everything that has not arrived."""
        head = gateway_pb2.UploadHead(
            upload_id=self.upload_id,
            total_bytes=len(self._data),
            sha256=self._sha256,
            offset_bytes=self._offset,
        )
        yield gateway_pb2.UploadImageRequest(head=head)
        for start in range(self._offset, len(self._data), CHUNK_BYTES):
            yield gateway_pb2.UploadImageRequest(chunk=self._data[start : start + CHUNK_BYTES])

    def state_request(self) -> gateway_pb2.GetUploadRequest:
        """Builds the request for how much has arrived."""
        return gateway_pb2.GetUploadRequest(upload_id=self.upload_id)

    def resume_at(self, received_bytes: int) -> None:
        """Resumes at `received_bytes`; more than the last time counts as progress."""
        if received_bytes > self._offset:
            self._backoff.progress()
        self._offset = received_bytes
        self.is_broken = False

    def finish(self, response: gateway_pb2.UploadImageResponse) -> Uploaded | None:
        """Returns the uploaded picture, or None while a part of it is missing."""
        if response.received_bytes < len(self._data):
            self.interrupt(ServerFault("UNKNOWN", "", "The upload ended early."))
            return None
        return Uploaded(response.upload_id, response.expire_time.ToDatetime(tzinfo=UTC))

    def interrupt(self, error: LienzoError) -> float:
        """Records a failure.

        Returns:
            Seconds to wait before the next attempt.

        Raises:
            LienzoError: When retries cannot help or are exhausted.
        """
        if self.is_broken and isinstance(error, UnknownUpload):
            self.resume_at(0)  # nothing arrived, or another server has taken over
            return 0.0
        now = time.monotonic()
        self._backoff.fail(error, now)
        self._backoff.check(now)
        self.is_broken = True
        return self._backoff.retry_at - now
