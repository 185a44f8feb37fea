"""Why a picture could not be had from its address: one tree of plain exceptions.

Every exception keeps the values of its sentence in `details`, so that whoever reports it to another
process can send them along.
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
    """The text is no address that could be read."""

    def __init__(self, uri: str, problem: str) -> None:
        super().__init__(f"{uri} is not the address of a picture: {problem}", uri=uri, problem=problem)


class AddressIsFolder(SourceError):
    """A folder where one picture was wanted."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri} is a folder, not a picture", uri=uri)


class NotAllowed(SourceError):
    """The allow-list does not name the address, or it leads into a network where nobody is to look."""

    def __init__(self, uri: str, allowed: str, problem: str = "") -> None:
        detail = f": {problem}" if problem else ""
        super().__init__(f"The server does not read {uri} (allowed: {allowed or 'nothing'}){detail}")
        self.details = {"uri": uri, "allowed": allowed, **({"problem": problem} if problem else {})}


class PictureNotFound(SourceError):
    """Nothing is there."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri}: nothing is there", uri=uri)


class SourceDenied(SourceError):
    """The store does not let us read."""

    def __init__(self, uri: str, problem: str) -> None:
        super().__init__(f"{uri} may not be read: {problem}", uri=uri, problem=problem)


class SourceUnavailable(SourceError):
    """The store does not answer, or not as it should."""

    def __init__(self, uri: str, problem: str) -> None:
        super().__init__(f"{uri} cannot be read now: {problem}", uri=uri, problem=problem)


class SourceBroken(SourceUnavailable):
    """The store broke off before the end."""


class SourceTooSlow(SourceError):
    """The store did not deliver in time."""

    def __init__(self, uri: str, seconds: float) -> None:
        super().__init__(f"{uri} did not come within {seconds:g} s", uri=uri, seconds=f"{seconds:g}")


class TooManyBytes(SourceError):
    """More bytes lie there than a picture may have; no more than that were read."""

    def __init__(self, uri: str, limit_bytes: int) -> None:
        super().__init__(
            f"{uri} has more than {limit_bytes} bytes; at most so many are read",
            uri=uri,
            limit_bytes=limit_bytes,
        )


class NotInstalled(SourceError):
    """The library that reads such addresses is not installed."""

    def __init__(self, scheme: str, extra: str) -> None:
        super().__init__(
            f"{scheme}:// needs a library that is not installed: pip install 'lienzo[{extra}]'",
            scheme=scheme,
            extra=extra,
        )
