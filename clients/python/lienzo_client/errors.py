"""What can go wrong between a caller and a gateway: one tree of exceptions.

Every exception carries the same facts as the wire: the canonical code, a stable reason, one English
sentence, the values in that sentence, and the id under which the server's log tells more.
"""

from __future__ import annotations

from collections.abc import Mapping


class LienzoError(Exception):
    """Root of everything that this package raises on purpose.

    Attributes:
        code: Canonical gRPC status code by name, such as `NOT_FOUND`.
        reason: Stable reason in UPPER_SNAKE_CASE, such as `UNKNOWN_MODEL`; empty where the far end gave none.
        message: One English sentence.
        metadata: The values in the sentence, by name, so that an app can say it in its user's language.
        request_id: Id of the call in the server's log; empty where the call never reached one.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        message: str,
        metadata: Mapping[str, str] | None = None,
        request_id: str = "",
    ) -> None:
        # All of them are handed on, so that the exception survives pickling between processes.
        super().__init__(code, reason, message, metadata, request_id)
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata: Mapping[str, str] = dict(metadata or {})
        self.request_id = request_id

    def __str__(self) -> str:
        return self.message


class InvalidRequest(LienzoError):
    """The request cannot be answered as it is; sending it again will not help."""


class InvalidPicture(InvalidRequest):
    """The picture cannot be used: not a picture, damaged, too large, too small."""


class NotFound(LienzoError):
    """What was asked for is not there."""


class UnknownModel(NotFound):
    """The server has no such model, or not in that version."""


class UnknownUpload(NotFound):
    """The server does not know this upload, or has forgotten it."""


class Unauthenticated(LienzoError):
    """The server wants an API key, or does not accept this one."""


class PermissionDenied(LienzoError):
    """The server knows the caller and refuses, for instance to read an address."""


class Overloaded(LienzoError):
    """The server has too much to do; the same call may succeed a little later."""


class ServerUnavailable(LienzoError):
    """Nobody answers at the target, or the way there broke."""


class DeadlineExceeded(LienzoError):
    """No answer came in time."""


class NotSupported(LienzoError):
    """This server does not do that."""


class Cancelled(LienzoError):
    """The call was cancelled before an answer came."""


class ServerFault(LienzoError):
    """The server failed in a way nobody foresaw; its log tells more under `request_id`."""


_PICTURE_REASONS = frozenset(
    {
        "DAMAGED_PICTURE",
        "EMPTY_REGION",
        "FULLY_TRANSPARENT",
        "MISSING_IMAGE",
        "NOT_A_FILE",
        "NOT_A_PICTURE",
        "PICTURE_TOO_LARGE",
        "PICTURE_TOO_SMALL",
        "REGION_OUTSIDE_PICTURE",
        "REGION_TOO_SMALL",
        "TOO_MANY_PIXELS",
        "TOO_MUCH_TO_DECODE",
        "TRUNCATED_PICTURE",
        "UNUSABLE_PICTURE",
        "UNREADABLE_FILE",
    }
)
_BY_REASON: Mapping[str, type[LienzoError]] = {
    **dict.fromkeys(_PICTURE_REASONS, InvalidPicture),
    "COLLECTION_TOO_LARGE": InvalidRequest,
    "UNKNOWN_MODEL": UnknownModel,
    "UNKNOWN_UPLOAD": UnknownUpload,
}
_BY_CODE: Mapping[str, type[LienzoError]] = {
    "CANCELLED": Cancelled,
    "INVALID_ARGUMENT": InvalidRequest,
    "FAILED_PRECONDITION": InvalidRequest,
    "OUT_OF_RANGE": InvalidRequest,
    "ALREADY_EXISTS": InvalidRequest,
    "ABORTED": InvalidRequest,
    "NOT_FOUND": NotFound,
    "UNAUTHENTICATED": Unauthenticated,
    "PERMISSION_DENIED": PermissionDenied,
    "RESOURCE_EXHAUSTED": Overloaded,
    "UNAVAILABLE": ServerUnavailable,
    "DEADLINE_EXCEEDED": DeadlineExceeded,
    "UNIMPLEMENTED": NotSupported,
}


def error_class(code: str, reason: str) -> type[LienzoError]:
    """The exception for a code and a reason: the reason decides where it is known, else the code.

    >>> error_class("INVALID_ARGUMENT", "NOT_A_PICTURE").__name__
    'InvalidPicture'
    >>> error_class("DATA_LOSS", "").__name__
    'ServerFault'
    """
    return _BY_REASON.get(reason) or _BY_CODE.get(code, ServerFault)
