"""Codes and reasons become exceptions."""

from __future__ import annotations

import pytest

import lienzo_client
from lienzo_client import errors
from lienzo_client.errors import LienzoError, error_class


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        ("INVALID_ARGUMENT", "TOO_MANY_PIXELS", errors.InvalidPicture),
        ("INVALID_ARGUMENT", "INVALID_COLOR_COUNT", errors.InvalidRequest),
        ("NOT_FOUND", "UNKNOWN_CATALOGUE", errors.NotFound),
        ("NOT_FOUND", "UNKNOWN_UPLOAD", errors.UnknownUpload),
        ("PERMISSION_DENIED", "URI_NOT_ALLOWED", errors.PermissionDenied),
        ("RESOURCE_EXHAUSTED", "TOO_MANY_UPLOADS", errors.Overloaded),
        ("RESOURCE_EXHAUSTED", "COLLECTION_TOO_LARGE", errors.InvalidRequest),  # waiting makes it no smaller
        ("UNKNOWN", "", errors.ServerFault),
    ],
)
def test_the_reason_decides_before_the_code(code: str, reason: str, kind: type[LienzoError]) -> None:
    assert error_class(code, reason) is kind


def whole_tree(root: type[LienzoError]) -> set[type[LienzoError]]:
    return {root}.union(*(whole_tree(kind) for kind in root.__subclasses__()))


def test_there_is_one_tree_and_all_of_it_is_exported() -> None:
    # The app has one of its own, where it was imported.
    kinds = {kind for kind in whole_tree(LienzoError) if not kind.__module__.startswith("lienzo_client.app.")}
    assert {kind.__name__ for kind in kinds} <= set(lienzo_client.__all__)
    assert sorted(lienzo_client.__all__) == lienzo_client.__all__
