"""The optional libraries that read addresses; an extra of the distribution installs each."""

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
"""Module and extra by scheme. Files need none."""


def load_library(scheme: str) -> None:
    """Imports the library that reads a scheme.

    Raises:
        NotInstalled: When it is missing.
    """
    module, extra = LIBRARIES.get(scheme, ("", ""))
    try:
        if module:
            importlib.import_module(module)
    except ImportError as error:
        raise NotInstalled(scheme, extra) from error
