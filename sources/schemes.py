"""The schemes of addresses, and the optional library that reads each; an extra installs it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sources.errors import NotInstalled


@dataclass(frozen=True)
class Scheme:
    """How to read one kind of address.

    Attributes:
        form: Of what stands behind `scheme://`.
        module: Of the library; empty where none is needed.
        extra: Installs the library.
        options: Options of its fsspec file system; it finds the rest itself.
    """

    form: str
    module: str = ""
    extra: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


SCHEMES: Final[Mapping[str, Scheme]] = {
    "s3": Scheme(
        "bucket/key", "s3fs", "s3", {"config_kwargs": {"connect_timeout": 5, "max_pool_connections": 32}}
    ),
    "oci": Scheme("bucket@namespace/key", "ocifs", "oci"),
    "gs": Scheme("bucket/key", "gcsfs", "gcs"),
    "az": Scheme("container/key", "adlfs", "azure"),
    "https": Scheme("host[:port]/path", "aiohttp", "https"),
    "file": Scheme("/path"),
}


def load_library(name: str) -> None:
    """Imports the library that reads a scheme, and fsspec, whose event loop all are read in.

    fsspec looks through everything that is installed, which a process does without that reads no addresses.

    Raises:
        NotInstalled: When it is missing.
    """
    scheme = SCHEMES[name]
    try:
        if scheme.module:
            importlib.import_module(scheme.module)
        importlib.import_module("fsspec.asyn")
    except ImportError as error:
        raise NotInstalled(name, scheme.extra) from error
