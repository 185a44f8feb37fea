"""Reasons for which a picture cannot be used. Most sentences come from the exceptions of `vision`."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

MISSING_IMAGE: Final = Reason(
    "MISSING_IMAGE",
    StatusCode.INVALID_ARGUMENT,
    "The request has no picture: none of `data`, `uri` and `upload_id` is set, or the body is empty.",
    "The request has no picture.",
    worded=True,
)
NOT_A_PICTURE: Final = Reason(
    "NOT_A_PICTURE",
    StatusCode.INVALID_ARGUMENT,
    "The bytes are not a JPEG, PNG, WebP, GIF, TIFF, BMP or HEIC picture. Convert it.",
    values=("media_type",),
    http=415,
    worded=True,
)
TRUNCATED_PICTURE: Final = Reason(
    "TRUNCATED_PICTURE",
    StatusCode.INVALID_ARGUMENT,
    "The file ends before the picture does; perhaps it was not copied whole. Send the whole file.",
    values=("format",),
    worded=True,
)
DAMAGED_PICTURE: Final = Reason(
    "DAMAGED_PICTURE",
    StatusCode.INVALID_ARGUMENT,
    "The format is known, but the content breaks its rules. Save the picture again.",
    values=("format", "problem"),
    worded=True,
)
PICTURE_TOO_LARGE: Final = Reason(
    "PICTURE_TOO_LARGE",
    StatusCode.INVALID_ARGUMENT,
    "The file has more bytes than the server reads (20 MiB by default). Make it smaller; "
    "the model looks at some hundred thousand pixels only.",
    "picture of {size_bytes} bytes; at most {limit_bytes} are read",
    ("size_bytes", "limit_bytes", "uri"),
    http=413,
    worded=True,
)
TOO_MANY_PIXELS: Final = Reason(
    "TOO_MANY_PIXELS",
    StatusCode.INVALID_ARGUMENT,
    "Width times height is more than the server decodes; nothing was decoded. Make the picture smaller.",
    values=("width_px", "height_px", "limit_px"),
    http=413,
    worded=True,
)
TOO_MUCH_TO_DECODE: Final = Reason(
    "TOO_MUCH_TO_DECODE",
    StatusCode.INVALID_ARGUMENT,
    "Decoding the picture would take more memory or work than the server gives to one; it was not decoded. "
    "Save it smaller, with 8 bits a channel, and without many scans or pieces.",
    values=("format", "problem"),
    http=413,
    worded=True,
)
PICTURE_TOO_SMALL: Final = Reason(
    "PICTURE_TOO_SMALL",
    StatusCode.INVALID_ARGUMENT,
    "A side has fewer pixels than there must be to see anything (16 by default). Send a larger picture.",
    values=("width_px", "height_px", "min_side_px"),
    worded=True,
)
FULLY_TRANSPARENT: Final = Reason(
    "FULLY_TRANSPARENT",
    StatusCode.INVALID_ARGUMENT,
    "Every pixel is transparent, so that the picture has no colours. Send one in which something is visible.",
)
UNUSABLE_PICTURE: Final = Reason(
    "UNUSABLE_PICTURE",
    StatusCode.INVALID_ARGUMENT,
    "The picture cannot be used for another reason, which the sentence tells. Send another one.",
    worded=True,
)
EMPTY_REGION: Final = Reason(
    "EMPTY_REGION",
    StatusCode.INVALID_ARGUMENT,
    "The part of the picture to look at has neither a rectangle nor a place, or no area. Leave `region` "
    "unset for the whole picture.",
)
REGION_OUTSIDE_PICTURE: Final = Reason(
    "REGION_OUTSIDE_PICTURE",
    StatusCode.INVALID_ARGUMENT,
    "The part of the picture to look at lies outside of it. Coordinates are pixels of the upright picture at "
    "the size in which it is sent.",
    values=("x_px", "y_px", "width_px", "height_px", "picture_width_px", "picture_height_px"),
)
REGION_TOO_SMALL: Final = Reason(
    "REGION_TOO_SMALL",
    StatusCode.INVALID_ARGUMENT,
    "Inside the picture, a side of the part to look at has fewer pixels than a picture must have (16 by "
    "default). Take a larger part.",
    values=("x_px", "y_px", "width_px", "height_px", "min_side_px"),
)
