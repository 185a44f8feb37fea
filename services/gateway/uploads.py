"""Uploads: pictures in chunks over bad connections, kept until they are used or expire."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, NoReturn

from runtime.reasons.pictures import PICTURE_TOO_LARGE
from runtime.reasons.reason import refused
from runtime.reasons.uploads import (
    DIGEST_MISMATCH,
    INVALID_UPLOAD_HEAD,
    TOO_MANY_UPLOADS,
    UNKNOWN_UPLOAD,
    UPLOAD_TAKEN_OVER,
    WRONG_OFFSET,
)
from runtime.status import StatusError
from services.gateway.upload import Upload

USED_SECONDS: Final = 60.0
"""Time for which a picture is kept after its last use: for another question, or the same one again."""

MOST_UPLOADS: Final = 4096
"""Number of uploads at a time, since a head without bytes takes memory, too."""

SWEEP_SECONDS: Final = 5.0

_UPLOAD_ID: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """The uploads of one gateway process, in memory, limited in size and time.

    Each caller has ids of its own: in the calls of another caller the same id names another upload, or none.
    """

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
            max_total_bytes: Bytes of all uploads together. A caller with a key gets at most half of them.
            lifetime_seconds: Time after its last chunk for which an upload is kept.
            clock: Returns seconds since the epoch.
        """
        self._max_picture_bytes = max_picture_bytes
        self._max_total_bytes = max_total_bytes
        self._lifetime = lifetime_seconds
        self._clock = clock
        self._uploads: dict[tuple[str, str], Upload] = {}

    @property
    def kept_bytes(self) -> int:
        """Memory that is set aside for uploads."""
        return sum(each.charged_bytes for each in self._uploads.values())

    def open(self, holder: str, upload_id: str, total_bytes: int, sha256: str, offset_bytes: int) -> Writer:
        """Opens a new upload, or one to continue; the offset must be that of its next byte.

        A call that was sending the same upload loses it to this one: its connection may be dead.

        Raises:
            StatusError: INVALID_ARGUMENT, PICTURE_TOO_LARGE or INVALID_UPLOAD_HEAD; OUT_OF_RANGE,
                WRONG_OFFSET; RESOURCE_EXHAUSTED, TOO_MANY_UPLOADS.
        """
        self.forget_expired()
        upload = self._uploads.get((holder, upload_id)) or self._new(holder, upload_id, total_bytes, sha256)
        if (upload.total_bytes, upload.sha256) != (total_bytes, sha256):
            raise refused(INVALID_UPLOAD_HEAD, "This id belongs to an upload of another picture.")
        if offset_bytes != upload.received_bytes:
            raise refused(WRONG_OFFSET, received_bytes=upload.received_bytes, offset_bytes=offset_bytes)
        self._uploads[holder, upload_id] = upload
        return Writer(self, upload)

    def find(self, holder: str, upload_id: str) -> Upload:
        """Finds an upload of a caller that has not expired.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_UPLOAD.
        """
        self.forget_expired()
        upload = self._uploads.get((holder, upload_id))
        if upload is None:
            unknown_upload(upload_id)
        return upload

    def picture(self, holder: str, upload_id: str) -> bytes:
        """Returns the whole picture of a finished upload, which counts as used from now on.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_UPLOAD; FAILED_PRECONDITION, UPLOAD_NOT_FINISHED.
        """
        upload = self.find(holder, upload_id)
        picture = upload.picture()
        upload.used = self._clock()
        upload.expires = upload.used + min(USED_SECONDS, self._lifetime)
        return picture

    def forget_expired(self) -> None:
        """Frees the memory of uploads whose time has passed."""
        now = self._clock()
        for upload in [each for each in self._uploads.values() if each.expires <= now]:
            self.forget(upload)

    async def keep_forgetting(self) -> None:
        """Forgets expired uploads again and again, until it is cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.forget_expired()

    def forget(self, upload: Upload) -> None:
        """Frees the memory of one upload."""
        upload.writer = None
        self._uploads.pop((upload.holder, upload.upload_id), None)

    def renew(self, upload: Upload) -> None:
        """Starts the lifetime of an upload anew."""
        upload.expires = self._clock() + self._lifetime

    def _new(self, holder: str, upload_id: str, total_bytes: int, sha256: str) -> Upload:
        if total_bytes > self._max_picture_bytes:
            raise refused(PICTURE_TOO_LARGE, size_bytes=total_bytes, limit_bytes=self._max_picture_bytes)
        if total_bytes < 1 or not _SHA256.fullmatch(sha256) or not _UPLOAD_ID.fullmatch(upload_id):
            raise refused(INVALID_UPLOAD_HEAD)
        self.make_room(holder, total_bytes, 1)
        return Upload(holder, upload_id, total_bytes, sha256, self._clock() + self._lifetime)

    def make_room(self, holder: str, more_bytes: int, more_uploads: int = 0) -> None:
        """Makes room by dropping pictures that were used, the least recently used first.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, TOO_MANY_UPLOADS.
        """
        kept = self._uploads.values()
        own = [each for each in kept if each.holder == holder]
        share = max(self._max_total_bytes // 2, self._max_picture_bytes)
        if holder:  # without keys all callers are one
            self._drop_used(own, share - more_bytes, MOST_UPLOADS // 2 - more_uploads)
        self._drop_used(list(kept), self._max_total_bytes - more_bytes, MOST_UPLOADS - more_uploads)

    def _drop_used(self, kept: list[Upload], limit_bytes: int, limit_uploads: int) -> None:
        used = sorted((each for each in kept if each.used), key=lambda each: each.used, reverse=True)
        size, count = sum(each.charged_bytes for each in kept), len(kept)
        while size > limit_bytes or count > limit_uploads:
            if not used:
                raise refused(TOO_MANY_UPLOADS)
            dropped = used.pop()
            size, count = size - dropped.charged_bytes, count - 1
            self.forget(dropped)


class Writer:
    """The right of one call to add to an upload, until it is closed or another call continues the upload."""

    def __init__(self, uploads: Uploads, upload: Upload) -> None:
        """Takes the upload over from the call that had it."""
        self._uploads = uploads
        self._upload = upload
        upload.writer, upload.arriving = self, False

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def append(self, chunk: bytes) -> None:
        """Adds the next bytes. The first ones set memory aside for the whole picture.

        Raises:
            StatusError: INVALID_ARGUMENT, TOO_MANY_BYTES; RESOURCE_EXHAUSTED, TOO_MANY_UPLOADS; ABORTED,
                UPLOAD_TAKEN_OVER.
        """
        upload = self._mine()
        if chunk and not upload.arriving:
            self._uploads.make_room(upload.holder, upload.total_bytes - upload.received_bytes)
            upload.arriving = True
        upload.append(chunk)
        self._uploads.renew(upload)

    def finish(self) -> Upload:
        """Checks size and digest; a picture with another digest is dropped, a part of one is kept.

        Raises:
            StatusError: INVALID_ARGUMENT, DIGEST_MISMATCH; FAILED_PRECONDITION, UPLOAD_NOT_FINISHED; ABORTED,
                UPLOAD_TAKEN_OVER.
        """
        upload = self._mine()
        try:
            upload.check()
        except StatusError as error:
            if error.reason == DIGEST_MISMATCH.name:
                self._uploads.forget(upload)
            raise
        return upload

    def close(self) -> None:
        """Gives back what was set aside for bytes that did not arrive."""
        if self._upload.writer is self:
            self._upload.writer, self._upload.arriving = None, False

    def _mine(self) -> Upload:
        if self._upload.writer is not self:
            raise refused(UPLOAD_TAKEN_OVER)
        return self._upload


def unknown_upload(upload_id: str) -> NoReturn:
    """Refuses an id without an upload.

    Raises:
        StatusError: NOT_FOUND, UNKNOWN_UPLOAD.
    """
    raise refused(UNKNOWN_UPLOAD, upload_id=upload_id[:64])
