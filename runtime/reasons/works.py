"""Reasons about catalogues and their works."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

UNKNOWN_CATALOGUE: Final = Reason(
    "UNKNOWN_CATALOGUE",
    StatusCode.NOT_FOUND,
    "The server has no such catalogue, or none at all. Choose one of those it has, or go on without works.",
    values=("catalogue", "known"),
)
CATALOGUE_NOT_NAMED: Final = Reason(
    "CATALOGUE_NOT_NAMED",
    StatusCode.INVALID_ARGUMENT,
    "The server has several catalogues, and the request names none. Name one.",
    values=("known",),
)
INVALID_CATALOGUE_NAME: Final = Reason(
    "INVALID_CATALOGUE_NAME",
    StatusCode.INVALID_ARGUMENT,
    "A new catalogue cannot have that name. Use up to 64 letters, digits, dots, dashes and underscores.",
    values=("catalogue",),
)
UNUSABLE_CATALOGUE: Final = Reason(
    "UNUSABLE_CATALOGUE",
    StatusCode.FAILED_PRECONDITION,
    "The catalogue's files are damaged, or of another version. An operator imports its works again.",
    values=("catalogue", "problem"),
)
CATALOGUE_IN_USE: Final = Reason(
    "CATALOGUE_IN_USE",
    StatusCode.ABORTED,
    "Another process writes to the catalogue, an import for example. Try again when it is done.",
    values=("catalogue",),
)
CATALOGUE_NOT_WRITTEN: Final = Reason(
    "CATALOGUE_NOT_WRITTEN",
    StatusCode.RESOURCE_EXHAUSTED,
    "The server's disk is full, or refuses to be written to. Nothing was changed; an operator makes room.",
    values=("catalogue", "problem"),
)
CATALOGUE_UNREACHABLE: Final = Reason(
    "CATALOGUE_UNREACHABLE",
    StatusCode.UNAVAILABLE,
    "The database of the catalogues does not answer. Try again; an operator looks after it.",
    values=("problem",),
)
UNKNOWN_WORK: Final = Reason(
    "UNKNOWN_WORK",
    StatusCode.NOT_FOUND,
    "The catalogue has no work of that id. `ListWorks` lists those that it has.",
    values=("catalogue", "work", "suggestion"),
)
WORK_EXISTS: Final = Reason(
    "WORK_EXISTS",
    StatusCode.ALREADY_EXISTS,
    "The catalogue has a work of that id. Update it, or choose another id.",
    values=("catalogue", "work"),
)
INVALID_RECORD: Final = Reason(
    "INVALID_RECORD",
    StatusCode.INVALID_ARGUMENT,
    "A record cannot be used: its id is empty, too long, or not printable.",
    values=("work", "line", "column", "catalogue"),
)
UNUSABLE_REFERENCE: Final = Reason(
    "UNUSABLE_REFERENCE",
    StatusCode.INVALID_ARGUMENT,
    "Too little is to be seen in the reference picture, so that the work could not be found in any photo. "
    "Take a sharper or larger one.",
    values=("work", "problem"),
)
UNKNOWN_PAGE: Final = Reason(
    "UNKNOWN_PAGE",
    StatusCode.INVALID_ARGUMENT,
    "A page token did not come from the page before. Begin again without one.",
    "The page token was not made by this server.",
)
NOT_A_KEEPER: Final = Reason(
    "NOT_A_KEEPER",
    StatusCode.PERMISSION_DENIED,
    "Works are added, changed and removed by keepers, and neither the bearer token nor `x-api-key` is a "
    "key of theirs. An operator names their keys: `LIENZO_CATALOGUE_KEEPER_KEYS_FILE`.",
    "This credential may not change works.",
)
