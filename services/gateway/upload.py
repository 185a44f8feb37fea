"""One picture that is uploaded in chunks: the bytes that have arrived, and their digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from runtime.reasons.reason import refused
from runtime.reasons.uploads import DIGEST_MISMATCH, TOO_MANY_BYTES, UPLOAD_NOT_FINISHED


@dataclass(eq=False)
class Upload:
    """A picture of which a part or all has arrived.

    Attributes:
        holder: Who began it; it is hidden from all others.
        upload_id: Its id in requests.
        total_bytes: Size of the whole picture.
        sha256: Expected digest of the whole picture.
        expires: Time at which it is dropped, in seconds since the epoch.
        used: Time at which a call last took the picture; 0 before that.
        arriving: Whether a call is sending its bytes.
        writer: The call that may add bytes; None when there is none.
    """

    holder: str
    upload_id: str
    total_bytes: int
    sha256: str
    expires: float
    used: float = 0.0
    arriving: bool = False
    writer: object = None
    _data: bytearray | bytes = field(default_factory=bytearray, repr=False)
    _digest: Any = field(default_factory=hashlib.sha256, repr=False)

    @property
    def received_bytes(self) -> int:
        """Bytes that have arrived, from the picture's start."""
        return len(self._data)

    @property
    def charged_bytes(self) -> int:
        """Memory that is set aside: what has arrived, or the whole picture while it is arriving."""
        return self.total_bytes if self.arriving else len(self._data)

    def append(self, chunk: bytes) -> None:
        """Adds the next bytes.

        Raises:
            StatusError: INVALID_ARGUMENT, TOO_MANY_BYTES for more bytes than announced.
        """
        if len(self._data) + len(chunk) > self.total_bytes:
            raise refused(TOO_MANY_BYTES, total_bytes=self.total_bytes)
        self._data += chunk
        self._digest.update(chunk)  # piece by piece: megabytes at once would halt the event loop

    def check(self) -> None:
        """Checks size and digest of the whole picture.

        Raises:
            StatusError: INVALID_ARGUMENT, DIGEST_MISMATCH; FAILED_PRECONDITION, UPLOAD_NOT_FINISHED.
        """
        self.picture()
        if self._digest.hexdigest() != self.sha256:
            raise refused(DIGEST_MISMATCH)
        self._data = bytes(self._data)

    def picture(self) -> bytes:
        """Returns the whole picture.

        Raises:
            StatusError: FAILED_PRECONDITION, UPLOAD_NOT_FINISHED.
        """
        if len(self._data) != self.total_bytes:
            raise refused(UPLOAD_NOT_FINISHED, received_bytes=len(self._data), total_bytes=self.total_bytes)
        return bytes(self._data)
