"""The schemes of addresses: which library reads each, and the extra of the distribution that brings it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sources.errors import NotInstalled


@dataclass(frozen=True)
class Scheme:
    """What one kind of address needs.

    Attributes:
        module: Of the library that reads it; empty where none is needed.
        extra: Brings the library.
        options: What the store's fsspec file system is made with, beside what it finds for itself.
    """

    module: str = ""
    extra: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


SCHEMES: Final[Mapping[str, Scheme]] = {
    "s3": Scheme("s3fs", "s3", {"config_kwargs": {"connect_timeout": 5, "max_pool_connections": 32}}),
    "oci": Scheme("ocifs", "oci"),
    "gs": Scheme("gcsfs", "gcs"),
    "az": Scheme("adlfs", "azure"),
    "https": Scheme("aiohttp", "https"),
    "file": Scheme(),
}


def load_library(name: str) -> None:
    """Imports what reads the addresses of a scheme.

    Raises:
        NotInstalled: It is missing.
    """
    scheme = SCHEMES[name]
    try:
        if scheme.module:
            importlib.import_module(scheme.module)
    except ImportError as error:
        raise NotInstalled(name, scheme.extra) from error
