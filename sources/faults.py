"""Translates exceptions of the cloud libraries to those of `sources.errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sources.errors import PictureNotFound, SourceBroken, SourceDenied, SourceError, SourceUnavailable

# Exception classes of the cloud libraries, by name, so that no library must be imported to compare.
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
_NOT_THERE: Final = frozenset({"NoSuchBucket", "NoSuchKey", "404", "BucketNotFound", "ObjectNotFound"})
_REFUSED: Final = frozenset(
    {
        "AccessDenied",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "401",
        "403",
    }
)


def translated(uri: str, error: Exception) -> SourceError:
    """Converts an exception that a store's library raised while reading an address."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        known = _of_system(uri, error)
        if known is not None:
            return known
    names = {kind.__name__ for kind in type(error).__mro__}
    codes = _codes(error)
    if names.intersection(_NO_CREDENTIALS):
        return SourceDenied(uri, "no credentials for this store are set up here")
    if names.intersection(_BROKEN_OFF):
        return SourceBroken(uri, "the connection ended before the object did")
    if codes & _NOT_THERE:
        return PictureNotFound(uri)
    if codes & _REFUSED:
        return SourceDenied(uri, f"the store answers {min(codes & _REFUSED)}")
    cause = ", ".join(sorted(codes)) or type(error).__name__
    return SourceUnavailable(uri, f"the store answered with an unexpected error ({cause})")


def is_empty_range(error: Exception) -> bool:
    """Returns whether a store refused a byte range because the object is empty."""
    return bool(_codes(error) & {"InvalidRange", "416"})


def _codes(error: BaseException | None) -> set[str]:
    """Finds the store's answer in its library's exception: HTTP status, error code, or both."""
    if error is None:
        return set()
    response = getattr(error, "response", None)
    values = [getattr(error, name, None) for name in ("status_code", "code", "status")]
    if isinstance(response, Mapping):
        values.append(response.get("Error", {}).get("Code"))
    return {str(value) for value in values if value} or _codes(error.__cause__)


def _of_system(uri: str, error: OSError) -> SourceError | None:
    if isinstance(error, FileNotFoundError):
        return PictureNotFound(uri)
    if isinstance(error, PermissionError) or str(error).startswith("Forbidden"):
        return SourceDenied(uri, "the store refuses the credentials that are set up here")
    return None
