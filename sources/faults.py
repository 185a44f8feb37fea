"""What the clouds' libraries raise, as ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sources.errors import PictureNotFound, SourceBroken, SourceDenied, SourceError, SourceUnavailable

# Classes of the clouds' own libraries, by name: none of them is imported for this.
_NO_CREDENTIALS: Final = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "TokenRetrievalError",
    "DefaultCredentialsError",
    "ClientAuthenticationError",
    "ConfigFileNotFound",
    "InvalidConfig",
)
_BROKEN_OFF: Final = ("ClientPayloadError", "IncompleteReadError", "ResponseStreamingError")
_NOT_THERE: Final = ("NoSuchBucket", "NoSuchKey", "404", "BucketNotFound", "ObjectNotFound")
_REFUSED: Final = (
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "401",
    "403",
)


def translated(uri: str, error: Exception) -> SourceError:
    """What a store's library raised while it read from an address."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        known = _of_system(uri, error)
        if known is not None:
            return known
    names = {kind.__name__ for kind in type(error).__mro__}
    code = str(_code(error) or _code(error.__cause__) or "")
    if names.intersection(_NO_CREDENTIALS):
        return SourceDenied(uri, "no credentials are set up here that the store takes")
    if names.intersection(_BROKEN_OFF):
        return SourceBroken(uri, "the connection ended before the object did")
    if code in _NOT_THERE:
        return PictureNotFound(uri)
    if code in _REFUSED:
        return SourceDenied(uri, f"the store answers {code}")
    return SourceUnavailable(uri, f"the store does not answer as it should ({code or type(error).__name__})")


def is_empty_range(error: Exception) -> bool:
    """Whether a store means that nothing lies in the range that was asked for: the object is empty."""
    code = _code(error) or _code(error.__cause__)
    return code in ("InvalidRange", "416", 416)


def _code(error: BaseException | None) -> object:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return response.get("Error", {}).get("Code")
    codes = (getattr(error, name, None) for name in ("status_code", "code", "status"))
    return next(filter(None, codes), None)


def _of_system(uri: str, error: OSError) -> SourceError | None:
    if isinstance(error, FileNotFoundError):
        return PictureNotFound(uri)
    if isinstance(error, PermissionError) or str(error).startswith("Forbidden"):
        return SourceDenied(uri, "the store refuses the credentials that are set up here")
    return None
