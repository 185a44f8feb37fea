"""Uploads: pictures in chunks over bad connections, kept until they are used or expire."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from runtime.reasons.pictures import PICTURE_TOO_LARGE
from runtime.reasons.reason import refused
from runtime.reasons.uploads import (
    DIGEST_MISMATCH,
    INVALID_UPLOAD_HEAD,
    TOO_MANY_BYTES,
    TOO_MANY_UPLOADS,
    UNKNOWN_UPLOAD,
    UPLOAD_NOT_FINISHED,
    WRONG_OFFSET,
)

_UPLOAD_ID: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass
class Upload:
    """A picture of which a part or all has arrived.

    Attributes:
        upload_id: Its id in requests.
        total_bytes: Size of the whole picture.
        sha256: Expected digest of the whole picture.
        expires: Time at which it is dropped, in seconds since the epoch.
        data: The bytes so far.
    """

    upload_id: str
    total_bytes: int
    sha256: str
    expires: float
    data: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def finished(self) -> bool:
        """Whether everything has arrived."""
        return len(self.data) == self.total_bytes


class Uploads:
    """The uploads of one gateway process, in memory, limited in size and time."""

    def __init__(
        self,
        max_picture_bytes: int,
        max_total_bytes: int,
        lifetime_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Sets the limits.

        Args:
            max_picture_bytes: Largest picture.
            max_total_bytes: Announced bytes of all uploads together.
            lifetime_seconds: Time after its last chunk for which an upload is kept.
            clock: Returns seconds since the epoch.
        """
        self._max_picture_bytes = max_picture_bytes
        self._max_total_bytes = max_total_bytes
        self._lifetime = lifetime_seconds
        self._clock = clock
        self._uploads: dict[str, Upload] = {}

    def open(self, upload_id: str, total_bytes: int, sha256: str, offset_bytes: int) -> Upload:
        """Opens a new upload, or one to continue; the offset must be that of its next byte.

        Raises:
            StatusError: INVALID_ARGUMENT, PICTURE_TOO_LARGE or INVALID_UPLOAD_HEAD; OUT_OF_RANGE,
                WRONG_OFFSET; RESOURCE_EXHAUSTED, TOO_MANY_UPLOADS.
        """
        self._forget_expired()
        upload = self._uploads.get(upload_id) or self._new(upload_id, total_bytes, sha256)
        if (upload.total_bytes, upload.sha256) != (total_bytes, sha256):
            raise refused(INVALID_UPLOAD_HEAD, "This id belongs to an upload of another picture.")
        if offset_bytes != len(upload.data):
            raise refused(WRONG_OFFSET, received_bytes=len(upload.data), offset_bytes=offset_bytes)
        return self._uploads.setdefault(upload_id, upload)

    def _new(self, upload_id: str, total_bytes: int, sha256: str) -> Upload:
        if total_bytes > self._max_picture_bytes:
            raise refused(PICTURE_TOO_LARGE, size_bytes=total_bytes, limit_bytes=self._max_picture_bytes)
        if total_bytes < 1 or not _SHA256.fullmatch(sha256) or not _UPLOAD_ID.fullmatch(upload_id):
            raise refused(INVALID_UPLOAD_HEAD)
        if sum(each.total_bytes for each in self._uploads.values()) + total_bytes > self._max_total_bytes:
            raise refused(TOO_MANY_UPLOADS)
        return Upload(upload_id, total_bytes, sha256, self._clock() + self._lifetime)

    def append(self, upload: Upload, chunk: bytes) -> None:
        """Adds the next bytes.

        Raises:
            StatusError: INVALID_ARGUMENT, TOO_MANY_BYTES for more bytes than announced.
        """
        if len(upload.data) + len(chunk) > upload.total_bytes:
            raise refused(TOO_MANY_BYTES, total_bytes=upload.total_bytes)
        upload.data += chunk
        upload.expires = self._clock() + self._lifetime

    def finish(self, upload: Upload) -> None:
        """Checks size and digest; drops an upload that fails.

        Raises:
            StatusError: INVALID_ARGUMENT, DIGEST_MISMATCH.
        """
        if upload.finished and hashlib.sha256(upload.data).hexdigest() != upload.sha256:
            del self._uploads[upload.upload_id]
            raise refused(DIGEST_MISMATCH)

    def find(self, upload_id: str) -> Upload:
        """Finds an upload that has not expired.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_UPLOAD.
        """
        self._forget_expired()
        upload = self._uploads.get(upload_id)
        if upload is None:
            raise refused(UNKNOWN_UPLOAD, upload_id=upload_id[:64])
        return upload

    def picture(self, upload_id: str) -> bytes:
        """Returns the whole picture of a finished upload.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_UPLOAD; FAILED_PRECONDITION, UPLOAD_NOT_FINISHED.
        """
        upload = self.find(upload_id)
        if not upload.finished:
            raise refused(
                UPLOAD_NOT_FINISHED, received_bytes=len(upload.data), total_bytes=upload.total_bytes
            )
        return bytes(upload.data)

    def _forget_expired(self) -> None:
        now = self._clock()
        for upload_id in [each.upload_id for each in self._uploads.values() if each.expires <= now]:
            del self._uploads[upload_id]
