"""Reasons about pictures that arrive in chunks."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

MISSING_UPLOAD_HEAD: Final = Reason(
    "MISSING_UPLOAD_HEAD",
    StatusCode.INVALID_ARGUMENT,
    "The first message of an upload is not its head. Send the head first: id, size, SHA-256.",
    "An upload begins with a head: size and SHA-256.",
)
INVALID_UPLOAD_HEAD: Final = Reason(
    "INVALID_UPLOAD_HEAD",
    StatusCode.INVALID_ARGUMENT,
    "The head lacks an id, a size or a digest of the right form, or its id belongs to another picture.",
    "An upload needs an id of 16 to 64 letters and digits, its size, and its SHA-256.",
)
WRONG_OFFSET: Final = Reason(
    "WRONG_OFFSET",
    StatusCode.OUT_OF_RANGE,
    "The upload does not go on where it stopped. Ask `GetUpload`, and go on at `received_bytes`.",
    "Go on at byte {received_bytes}, not at {offset_bytes}.",
    ("received_bytes", "offset_bytes"),
)
TOO_MANY_BYTES: Final = Reason(
    "TOO_MANY_BYTES",
    StatusCode.INVALID_ARGUMENT,
    "More bytes came than the head announced. Begin a new upload with the right size.",
    "More than the announced {total_bytes} bytes.",
    ("total_bytes",),
)
DIGEST_MISMATCH: Final = Reason(
    "DIGEST_MISMATCH",
    StatusCode.INVALID_ARGUMENT,
    "What arrived has another SHA-256 than was announced, and is thrown away. Send it again. "
    "The Python client says the same of a download (`ServerFault`).",
    "The picture did not arrive as it was sent. Send it again.",
)
TOO_MANY_UPLOADS: Final = Reason(
    "TOO_MANY_UPLOADS",
    StatusCode.RESOURCE_EXHAUSTED,
    "The server has no room for another upload now. Try again a little later.",
    "No room for uploads now. Try again later.",
)
UNKNOWN_UPLOAD: Final = Reason(
    "UNKNOWN_UPLOAD",
    StatusCode.NOT_FOUND,
    "The upload never began, was used more than a minute ago, has expired, belongs to another key, or the "
    "gateway that kept it is gone; only gateways know uploads. Upload the picture again.",
    "No upload {upload_id}: it never began, or it has expired.",
    ("upload_id",),
)
PEER_GONE: Final = Reason(
    "PEER_GONE",
    StatusCode.UNAVAILABLE,
    "One of several gateways ended while it received an upload, and what had arrived is lost. "
    "Ask `GetUpload` where to go on: another gateway takes it.",
    "The gateway that received this upload has ended.",
)
UPLOAD_TAKEN_OVER: Final = Reason(
    "UPLOAD_TAKEN_OVER",
    StatusCode.ABORTED,
    "A later call goes on with the same upload, or it has expired, so that this call may add nothing more. "
    "Ask `GetUpload` where to go on.",
    "Another call goes on with this upload.",
)
UPLOAD_NOT_FINISHED: Final = Reason(
    "UPLOAD_NOT_FINISHED",
    StatusCode.FAILED_PRECONDITION,
    "The picture has not arrived whole, or the call that sent it ended early. Send the rest first, from "
    "`received_bytes` on.",
    "{received_bytes} of {total_bytes} bytes have arrived.",
    ("received_bytes", "total_bytes"),
)
