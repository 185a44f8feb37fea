"""Client library of a lienzo gateway: labels, palettes and works in pictures.

The clients, and what they send, are imported when they are first named: whoever needs an error or a result
does not wait for gRPC.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from lienzo_client.errors import (
    Cancelled,
    DeadlineExceeded,
    InvalidPicture,
    InvalidRequest,
    LienzoError,
    NotFound,
    NotSupported,
    Overloaded,
    PermissionDenied,
    ServerFault,
    ServerUnavailable,
    Unauthenticated,
    UnknownModel,
    UnknownUpload,
)
from lienzo_client.models import Meaning, Model, ModelPackage, ModelVersion, ServerInfo
from lienzo_client.results import (
    Analysis,
    Classification,
    CollectionPalette,
    Feeling,
    Group,
    Identification,
    ImageInfo,
    Label,
    Palette,
    PaletteColor,
    PictureFailure,
    PictureShares,
    StreamItem,
    Work,
)

if TYPE_CHECKING:
    from lienzo_client.aio import AsyncClient
    from lienzo_client.client import Client
    from lienzo_client.line import ConnectionState
    from lienzo_client.pictures import Part, Picture, Tapped, Uploaded, Uri
else:
    _MODULES = {
        "AsyncClient": "aio",
        "Client": "client",
        "ConnectionState": "line",
        **dict.fromkeys(("Part", "Picture", "Tapped", "Uploaded", "Uri"), "pictures"),
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return found


__all__ = [
    "Analysis",
    "AsyncClient",
    "Cancelled",
    "Classification",
    "Client",
    "CollectionPalette",
    "ConnectionState",
    "DeadlineExceeded",
    "Feeling",
    "Group",
    "Identification",
    "ImageInfo",
    "InvalidPicture",
    "InvalidRequest",
    "Label",
    "LienzoError",
    "Meaning",
    "Model",
    "ModelPackage",
    "ModelVersion",
    "NotFound",
    "NotSupported",
    "Overloaded",
    "Palette",
    "PaletteColor",
    "Part",
    "PermissionDenied",
    "Picture",
    "PictureFailure",
    "PictureShares",
    "ServerFault",
    "ServerInfo",
    "ServerUnavailable",
    "StreamItem",
    "Tapped",
    "Unauthenticated",
    "UnknownModel",
    "UnknownUpload",
    "Uploaded",
    "Uri",
    "Work",
    "__version__",
]

try:
    __version__ = version("lienzo-client")
except PackageNotFoundError:  # run from a folder that nobody installed
    __version__ = "0"
