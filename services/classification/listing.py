"""Pages of the list of models."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Final

from bundle.description import describe
from bundle.manifest import Manifest
from lienzo.classification.v1 import classification_pb2
from runtime.models.errors import BrokenBundle
from runtime.reasons.reason import refused
from runtime.reasons.works import UNKNOWN_PAGE
from services.classification.convert import to_model

LARGEST_PAGE: Final = 1000
PAGE_BYTES: Final = 3 * 2**20
"""A page that reaches it has no further models, so that any client can take it."""

Version = tuple[str, int]


def to_page(
    versions: Iterable[Version],
    manifest: Callable[[str, int], Manifest],
    request: classification_pb2.ListModelsRequest,
) -> classification_pb2.ListModelsResponse:
    """Makes a page of models, by name and the newest version first; its token is that of its last model.

    Models that appear or go between two pages move no other model from one to the other.

    Args:
        versions: Name and version of each.
        manifest: Finds the manifest of one; those that cannot be used are left out.
        request: Size and token.

    Raises:
        StatusError: INVALID_ARGUMENT, UNKNOWN_PAGE for a token that is not one of ours.
    """
    last = _from_token(request.page_token) if request.page_token else None
    size = min(request.page_size or LARGEST_PAGE, LARGEST_PAGE)
    response = classification_pb2.ListModelsResponse()
    reached = None
    for version in sorted(versions, key=_order):
        if last is not None and _order(version) <= _order(last):
            continue
        if len(response.models) >= size or response.ByteSize() > PAGE_BYTES:
            response.next_page_token = _to_token(reached or version)
            break
        try:
            response.models.append(to_model(describe(manifest(*version))))
        except BrokenBundle:
            continue
        reached = version
    return response


def _order(version: Version) -> tuple[str, int]:
    name, number = version
    return name, -number


def _to_token(version: Version) -> str:
    name, number = version
    return urlsafe_b64encode(f"{number} {name}".encode()).decode()


def _from_token(token: str) -> Version:
    try:
        number, _, name = b64decode(token, altchars=b"-_", validate=True).decode().partition(" ")
        return name, int(number)
    except ValueError as error:
        raise refused(UNKNOWN_PAGE) from error
