"""Client library of a lienzo gateway: labels, palettes and works in pictures."""

from importlib.metadata import PackageNotFoundError, version

from lienzo_client.aio import AsyncClient
from lienzo_client.client import Client
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
from lienzo_client.line import ConnectionState
from lienzo_client.models import Meaning, Model, ModelPackage, ModelVersion, ServerInfo
from lienzo_client.pictures import Part, Picture, Tapped, Uploaded, Uri
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
