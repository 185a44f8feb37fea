"""Errors of reading a picture from its address: one tree of plain exceptions.

Every exception keeps the values in its message in `details`, so that they can be sent to another process.
"""

from __future__ import annotations


class SourceError(Exception):
    """Root of everything that `sources` raises on purpose.

    Attributes:
        details: The values in the message, by name.
    """

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details: dict[str, str] = {name: str(value) for name, value in details.items()}


class InvalidAddress(SourceError):
    """The text is not an address that can be read."""

    def __init__(self, uri: str, problem: str) -> None:
        super().__init__(f"{uri} is not the address of a picture: {problem}", uri=uri, problem=problem)


class AddressIsFolder(SourceError):
    """The address is a folder, but one picture was expected."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri} is a folder, not a picture", uri=uri)


class NotAllowed(SourceError):
    """The allow-list does not name the address, or the address leads into a private network.

    The rest of the list is nobody's business: it names buckets and hosts of its operator.
    """

    def __init__(self, uri: str, problem: str = "") -> None:
        details = {"uri": uri, **({"problem": problem} if problem else {})}
        super().__init__(f"The server does not read {uri}{f': {problem}' if problem else ''}", **details)


class PictureNotFound(SourceError):
    """Nothing exists at the address."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri}: nothing is there", uri=uri)


class SourceDenied(SourceError):
    """The store denies access."""

    def __init__(self, uri: str, problem: str) -> None:
        super().__init__(f"{uri} may not be read: {problem}", uri=uri, problem=problem)


class SourceUnavailable(SourceError):
    """The store does not answer, or answers with an unexpected error."""

    def __init__(self, uri: str, problem: str) -> None:
        super().__init__(f"{uri} cannot be read now: {problem}", uri=uri, problem=problem)


class SourceBroken(SourceUnavailable):
    """The connection ended before the content did."""


class SourceTooSlow(SourceError):
    """The picture did not arrive in time."""

    def __init__(self, uri: str, seconds: float) -> None:
        super().__init__(f"{uri} did not come within {seconds:g} s", uri=uri, seconds=f"{seconds:g}")


class TooManyBytes(SourceError):
    """The file exceeds the limit; reading stopped there."""

    def __init__(self, uri: str, limit_bytes: int) -> None:
        super().__init__(
            f"{uri} has more than {limit_bytes} bytes, the most that are read",
            uri=uri,
            limit_bytes=limit_bytes,
        )


class NotInstalled(SourceError):
    """The library for this kind of address is not installed."""

    def __init__(self, scheme: str, extra: str) -> None:
        super().__init__(
            f"{scheme}:// needs a library that is not installed: pip install 'lienzo[{extra}]'",
            scheme=scheme,
            extra=extra,
        )
