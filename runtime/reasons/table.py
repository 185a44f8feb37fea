"""All reasons, by area and by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from runtime.reasons import addresses, calls, models, palettes, pictures, requests, uploads, works
from runtime.reasons.reason import HTTP_STATUS, Reason
from runtime.status import StatusError

_MODULES: Final = {
    "Any call": calls,
    "Requests": requests,
    "Pictures": pictures,
    "Addresses": addresses,
    "Uploads": uploads,
    "Models and features": models,
    "Palettes": palettes,
    "Catalogues and works": works,
}

AREAS: Final[Mapping[str, tuple[Reason, ...]]] = {
    title: tuple(each for each in vars(module).values() if isinstance(each, Reason))
    for title, module in _MODULES.items()
}
"""Reasons by the heading of their area."""

REASONS: Final[Mapping[str, Reason]] = {each.name: each for area in AREAS.values() for each in area}
"""Reasons by name."""


def http_status(error: StatusError) -> int:
    """The HTTP status of an error, also of one whose reason only a newer service knows."""
    known = REASONS.get(error.reason)
    return known.http_status if known else HTTP_STATUS.get(error.code, 500)
