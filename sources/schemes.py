"""The libraries that read addresses, each of which comes with an extra of the distribution."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Final

from sources.errors import NotInstalled

LIBRARIES: Final[Mapping[str, tuple[str, str]]] = {
    "s3": ("s3fs", "s3"),
    "gs": ("gcsfs", "gcs"),
    "az": ("adlfs", "azure"),
    "oci": ("ocifs", "oci"),
    "https": ("aiohttp", "https"),
}
"""By scheme: the module, and the extra that brings it. Files need none."""


def load_library(scheme: str) -> None:
    """Imports what reads the addresses of a scheme.

    Raises:
        NotInstalled: It is missing.
    """
    module, extra = LIBRARIES.get(scheme, ("", ""))
    try:
        if module:
            importlib.import_module(module)
    except ImportError as error:
        raise NotInstalled(scheme, extra) from error
