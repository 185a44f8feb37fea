"""Messages and exit statuses of failed commands."""

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

NAME_THE_CATALOGUE = "Name it with --name."

# Errors that the caller can fix by calling differently. A missing server counts: the usual causes are a wrong
# address and a server that is not started.
_CALLERS = (InvalidRequest, NotFound, PermissionDenied, ServerUnavailable, Unauthenticated)
_NOBODY_THERE = ("CONNECTION_REFUSED", "NO_ANSWER_IN_TIME", "UNREACHABLE")


class CliError(Exception):
    """Ends a command with one line for people.

    Attributes:
        message: That line.
        status: Exit status: 2 for wrong input, 130 when interrupted, 1 for anything else.
    """

    def __init__(self, message: str, status: int = WRONG_INPUT) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def to_cli_error(error: LienzoError) -> CliError:
    """Converts the error of a call of a gateway to message and exit status."""
    return CliError(sentence(error), WRONG_INPUT if isinstance(error, _CALLERS) else FAULT)


def sentence(error: LienzoError) -> str:
    """Describes an error in sentences, with what to do next where that is known.

    >>> from lienzo_client.errors import ServerUnavailable
    >>> sentence(ServerUnavailable("UNAVAILABLE", "CONNECTION_REFUSED", "a:1 does not answer (x)."))
    'a:1 does not answer (x). Is the gateway running there? Try: lienzo serve'
    """
    return " ".join(filter(None, (ended(error.message), _hint(error))))


def ended(text: str) -> str:
    """Adds a full stop to a sentence without a final mark.

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
        return "Expected a target such as museum.local:50050."
    if error.reason == "TLS_FAILED":
        return "Without TLS there: --insecure. With a certificate of its own: --root-certificates FILE."
    if error.reason == "BACKEND_UNAVAILABLE":
        service = error.metadata.get("service", "NAME")
        return f"Start it where the gateway finds it: lienzo serve {service}"
    if error.reason == "URI_NOT_ALLOWED" and str(error).startswith("The server does not read"):
        return "Set LIENZO_GATEWAY_ALLOWED_URIS there."
    if error.reason == "CATALOGUE_NOT_NAMED":
        return NAME_THE_CATALOGUE
    if error.code == "UNAUTHENTICATED":
        return "Put the key into LIENZO_API_KEY."
    if isinstance(error, Overloaded):
        return "Try again in a moment."
    return ""
