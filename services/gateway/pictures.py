"""Reads the bytes of a picture: from the request itself, an upload, or an address."""

from __future__ import annotations

from lienzo.image.v1 import image_pb2
from runtime.calls.errors import to_status_error
from runtime.reasons.pictures import PICTURE_TOO_LARGE
from runtime.reasons.reason import refused
from services.addresses import ADDRESS_ERRORS
from services.gateway.deadline import Deadline
from services.gateway.shared_uploads import SharedUploads
from sources.errors import SourceError
from sources.reader import Reader


class Pictures:
    """Gets the bytes of the picture that a request names.

    Addresses are read here and not in the services behind, so that only the gateway needs credentials and
    outbound traffic.

    Attributes:
        reader: Reads addresses.
    """

    def __init__(self, uploads: SharedUploads, reader: Reader, max_picture_bytes: int) -> None:
        self.reader = reader
        self._uploads = uploads
        self._max_picture_bytes = max_picture_bytes

    async def find(self, image: image_pb2.Image, deadline: Deadline) -> image_pb2.Image:
        """Returns the picture with its bytes, as the services behind the gateway take it.

        Raises:
            StatusError: PICTURE_TOO_LARGE; UNKNOWN_UPLOAD or UPLOAD_NOT_FINISHED; for an address the
                reasons of `services.addresses`.
        """
        source = image.WhichOneof("source")
        if source in ("upload_id", "uri"):
            region = image.region if image.HasField("region") else None
            if source == "upload_id":
                data = await self._uploads.picture(image.upload_id, deadline)
            else:
                data = await self._read(image.uri, deadline)
            return image_pb2.Image(data=data, region=region)
        size, limit = len(image.data), self._max_picture_bytes
        if size > limit:
            raise refused(PICTURE_TOO_LARGE, size_bytes=size, limit_bytes=limit)
        return image

    async def _read(self, uri: str, deadline: Deadline) -> bytes:
        try:
            return await self.reader.read_async(uri, deadline.remaining())
        except SourceError as error:
            raise to_status_error(error, ADDRESS_ERRORS) from error
