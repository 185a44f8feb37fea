"""What a command says when it is told no, and the exit status that goes with it."""

from __future__ import annotations

from lienzo_client.errors import (
    InvalidRequest,
    LienzoError,
    NotFound,
    Overloaded,
    PermissionDenied,
    ServerUnavailable,
    Unauthenticated,
)

FAULT = 1
WRONG_INPUT = 2
INTERRUPTED = 130

# What the caller can mend by calling differently. A server that is not there counts: the usual cause is a
# wrong address, or that nobody started it.
_CALLERS = (InvalidRequest, NotFound, PermissionDenied, ServerUnavailable, Unauthenticated)
_NOBODY_THERE = ("CONNECTION_REFUSED", "NO_ANSWER_IN_TIME", "UNREACHABLE")


class CliError(Exception):
    """Ends a command with one line for people.

    Attributes:
        message: The line.
        status: Exit status: 2 for wrong input, 130 when interrupted, 1 for anything else.
    """

    def __init__(self, message: str, status: int = WRONG_INPUT) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def to_cli_error(error: LienzoError) -> CliError:
    """The line and the status for what a gateway, or the way to it, answered."""
    return CliError(sentence(error), WRONG_INPUT if isinstance(error, _CALLERS) else FAULT)


def sentence(error: LienzoError) -> str:
    """What went wrong, in words, and what to do next where that is known.

    >>> from lienzo_client.errors import ServerUnavailable
    >>> sentence(ServerUnavailable("UNAVAILABLE", "CONNECTION_REFUSED", "a:1 does not answer (x)."))
    'a:1 does not answer (x). Is the gateway running there? Try: lienzo serve'
    """
    return " ".join(filter(None, (ended(error.message), _hint(error))))


def ended(text: str) -> str:
    """A sentence with its full stop, unless it ends in some way already.

    >>> ended("no recipe"), ended("Did you mean tutorial?")
    ('no recipe.', 'Did you mean tutorial?')
    """
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _hint(error: LienzoError) -> str:
    if error.reason in _NOBODY_THERE:
        return "Is the gateway running there? Try: lienzo serve"
    if error.reason in ("CONNECTION_LOST", "NOT_GRPC"):
        return "Is it a gateway, and does it speak TLS? Then name its certificate: --root-certificates FILE."
    if error.reason == "NAME_NOT_RESOLVED":
        return "A target looks like museum.local:50050."
    if error.reason == "TLS_FAILED":
        return "Without TLS there: --insecure. With a certificate of its own: --root-certificates FILE."
    if error.reason == "BACKEND_UNAVAILABLE":
        service = error.metadata.get("service", "NAME")
        return f"Start it where the gateway finds it: lienzo serve {service}"
    if error.reason == "URI_NOT_ALLOWED" and "allowed" in error.metadata:
        return "Set LIENZO_GATEWAY_ALLOWED_URIS there."
    if error.code == "UNAUTHENTICATED":
        return "Put the key into LIENZO_API_KEY."
    if isinstance(error, Overloaded):
        return "Try again in a moment."
    return ""
