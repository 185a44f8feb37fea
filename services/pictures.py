"""Settings, errors and picture bytes of the services that decode pictures."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from lienzo.image.v1 import image_pb2
from runtime.calls.callers import Caller
from runtime.calls.errors import ErrorTable
from runtime.reasons import pictures as reasons
from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST
from runtime.reasons.uploads import UNKNOWN_UPLOAD
from services.addresses import ADDRESS_ERRORS, AddressSettings
from sources.reader import Reader
from vision import errors
from vision.picture import PictureInfo, PictureLimits
from vision.region import Rectangle, Region, Tap

PICTURE_ERRORS: Final[ErrorTable] = {
    **ADDRESS_ERRORS,
    errors.NotAPicture: reasons.NOT_A_PICTURE,
    errors.TruncatedPicture: reasons.TRUNCATED_PICTURE,
    errors.DamagedPicture: reasons.DAMAGED_PICTURE,
    errors.PictureTooLarge: reasons.PICTURE_TOO_LARGE,
    errors.TooManyPixels: reasons.TOO_MANY_PIXELS,
    errors.TooMuchToDecode: reasons.TOO_MUCH_TO_DECODE,
    errors.PictureTooSmall: reasons.PICTURE_TOO_SMALL,
    errors.EmptyRegion: reasons.EMPTY_REGION,
    errors.RegionOutsidePicture: reasons.REGION_OUTSIDE_PICTURE,
    errors.RegionTooSmall: reasons.REGION_TOO_SMALL,
    errors.PictureError: reasons.UNUSABLE_PICTURE,
}


class PictureSettings(AddressSettings):
    """Settings of a process that decodes pictures."""

    max_picture_pixels: int = Field(
        PictureLimits.max_pixels, ge=1, description="largest width times height, before decoding"
    )
    max_decoded_bytes: int = Field(
        PictureLimits.max_decoded_bytes,
        ge=1,
        description="most bytes of decoded samples, before decoding: three for each of 50 megapixels",
    )
    min_picture_side: int = Field(
        PictureLimits.min_side_px, ge=1, description="smallest width and height in pixels"
    )

    @property
    def picture_limits(self) -> PictureLimits:
        """Limits that are checked before anything is decoded."""
        return PictureLimits(
            self.max_picture_bytes, self.max_picture_pixels, self.min_picture_side, self.max_decoded_bytes
        )


async def image_data(image: image_pb2.Image, reader: Reader, caller: Caller) -> bytes:
    """Returns the bytes of a picture, read from its address where it has one.

    A slow address takes no worker: it is read before the work is handed to one.

    Raises:
        StatusError: INVALID_ARGUMENT, MISSING_IMAGE without bytes or address; NOT_FOUND, UNKNOWN_UPLOAD for
            an upload, which only the gateway has.
        SourceError: As by `sources.reader.Reader.read_async`.
    """
    source = image.WhichOneof("source")
    if source == "data":
        return image.data
    if source == "uri":
        return await reader.read_async(image.uri, caller.remaining())
    if source == "upload_id":
        raise refused(UNKNOWN_UPLOAD, upload_id=image.upload_id)
    raise refused(reasons.MISSING_IMAGE)


async def whole_image_data(image: image_pb2.Image, reader: Reader, caller: Caller) -> bytes:
    """Returns the bytes of a picture that is kept whole.

    Raises:
        StatusError: INVALID_ARGUMENT, INVALID_REQUEST for one with a region; as `image_data`.
        SourceError: As `image_data`.
    """
    if image.HasField("region"):
        raise refused(
            INVALID_REQUEST, problem="reference.region: a reference is kept whole, cut it out before"
        )
    return await image_data(image, reader, caller)


def asked_region(image: image_pb2.Image) -> Region | None:
    """Returns the part of a picture to look at; None for all of it.

    Raises:
        EmptyRegion: For a region that says nothing, or nothing that this version knows.
    """
    if not image.HasField("region"):
        return None
    shape = image.region.WhichOneof("shape")
    if shape == "rectangle":
        found = image.region.rectangle
        return Rectangle(found.x_px, found.y_px, found.width_px, found.height_px)
    if shape == "tap":
        return Tap(image.region.tap.x_px, image.region.tap.y_px)
    raise errors.EmptyRegion("the part to look at has neither a rectangle nor a place")


def to_picture_limits(limits: PictureLimits) -> image_pb2.PictureLimits:
    """Converts the limits of pictures, and the formats that are read, to their message."""
    known = image_pb2.ImageFormat.values()
    return image_pb2.PictureLimits(
        max_bytes=limits.max_bytes,
        max_pixels=limits.max_pixels,
        min_side_px=limits.min_side_px,
        formats=[each for each in known if each != image_pb2.IMAGE_FORMAT_UNSPECIFIED],
    )


def to_image_info(info: PictureInfo) -> image_pb2.ImageInfo:
    """Converts the facts of a picture's header, and the part that was looked at, to their message."""
    return image_pb2.ImageInfo(
        format=image_pb2.ImageFormat.Value(f"IMAGE_FORMAT_{info.format.upper()}"),
        width_px=info.width_px,
        height_px=info.height_px,
        region=None if info.region is None else _to_rectangle(info.region),
    )


def _to_rectangle(region: Rectangle) -> image_pb2.Rectangle:
    return image_pb2.Rectangle(x_px=region.x, y_px=region.y, width_px=region.width, height_px=region.height)
