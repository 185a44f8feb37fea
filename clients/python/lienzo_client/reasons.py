"""Reasons that no server gives: the call never reached one, or the picture never left this machine.

All others come from the server and stand in its documentation, `docs/errors.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lienzo_client.errors import LienzoError, error_class


@dataclass(frozen=True)
class Reason:
    """Why something failed on this side.

    Attributes:
        name: Stable name in UPPER_SNAKE_CASE.
        code: Canonical gRPC status code by name.
        meaning: For the documentation: what happened, and what to do about it.
        values: Names of the metadata that may come along.
    """

    name: str
    code: str
    meaning: str
    values: tuple[str, ...] = ()

    def error(
        self, message: str, metadata: Mapping[str, str] | None = None, request_id: str = ""
    ) -> LienzoError:
        """The exception for it."""
        kind = error_class(self.code, self.name)
        return kind(self.code, self.name, message, metadata, request_id)


CONNECTION_REFUSED: Final = Reason(
    "CONNECTION_REFUSED",
    "UNAVAILABLE",
    "Nobody listens at the target. Check the address, and start the server.",
    ("target", "problem"),
)
CONNECTION_LOST: Final = Reason(
    "CONNECTION_LOST",
    "UNAVAILABLE",
    "The connection broke, or was never one to a gateway. Try again in a moment.",
    ("target", "problem"),
)
NAME_NOT_RESOLVED: Final = Reason(
    "NAME_NOT_RESOLVED",
    "UNAVAILABLE",
    "The network does not know the host. Check the spelling.",
    ("target", "problem"),
)
UNREACHABLE: Final = Reason(
    "UNREACHABLE",
    "UNAVAILABLE",
    "The host cannot be reached. Check the network of this device.",
    ("target", "problem"),
)
TLS_FAILED: Final = Reason(
    "TLS_FAILED",
    "UNAVAILABLE",
    "The server does not speak TLS, or its certificate is not trusted here. Name its certificate, or connect "
    "without TLS where that is meant.",
    ("target", "problem"),
)
NOT_GRPC: Final = Reason(
    "NOT_GRPC",
    "UNAVAILABLE",
    "Something other than gRPC answers at the target. Check the port: 50050 is the usual one, 8080 is HTTP.",
    ("target", "problem"),
)
NOT_A_GATEWAY: Final = Reason(
    "NOT_A_GATEWAY",
    "UNAVAILABLE",
    "Something other than a gateway answers at the address, such as a proxy or the sign-in page of a "
    "network. Check the address, and open a page in a browser: this network may ask to sign in.",
    ("target", "problem"),
)
NO_ANSWER_IN_TIME: Final = Reason(
    "NO_ANSWER_IN_TIME",
    "DEADLINE_EXCEEDED",
    "Nothing was heard from the server within the timeout. Try again, or with more time.",
    ("target",),
)
UNREADABLE_FILE: Final = Reason(
    "UNREADABLE_FILE",
    "INVALID_ARGUMENT",
    "The file does not exist, or this program may not read it.",
    ("path", "problem"),
)
NOT_A_FILE: Final = Reason(
    "NOT_A_FILE",
    "INVALID_ARGUMENT",
    "The path is a folder, a device or a pipe. Only the reference app says so.",
)
INVALID_ADDRESS: Final = Reason(
    "INVALID_ADDRESS",
    "INVALID_ARGUMENT",
    "What was typed into the reference app is not an address of a server, such as `museum.example:50050`.",
    ("target",),
)
CAMERA_MISSING: Final = Reason(
    "CAMERA_MISSING", "FAILED_PRECONDITION", "The reference app finds no camera. Choose a file instead."
)
CAMERA_REFUSED: Final = Reason(
    "CAMERA_REFUSED",
    "FAILED_PRECONDITION",
    "The reference app may not use the camera. Allow it in the settings of the system.",
)
CAMERA_BUSY: Final = Reason(
    "CAMERA_BUSY", "FAILED_PRECONDITION", "Another program uses the camera. Close that one."
)
CAMERA_FAILED: Final = Reason(
    "CAMERA_FAILED", "FAILED_PRECONDITION", "The camera does not start, or stopped. Choose a file instead."
)

REASONS: Final[Mapping[str, Reason]] = {
    each.name: each for each in list(globals().values()) if isinstance(each, Reason)
}
"""All of them by name."""
