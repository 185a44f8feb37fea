"""Talk to a lienzo gateway: labels and palettes of pictures."""

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
)
from lienzo_client.pictures import Picture, Uri
from lienzo_client.results import (
    Analysis,
    Classification,
    Feeling,
    ImageInfo,
    Label,
    Model,
    ModelVersion,
    Palette,
    PaletteColor,
    StreamItem,
)

__all__ = [
    "Analysis",
    "AsyncClient",
    "Cancelled",
    "Classification",
    "Client",
    "DeadlineExceeded",
    "Feeling",
    "ImageInfo",
    "InvalidPicture",
    "InvalidRequest",
    "Label",
    "LienzoError",
    "Model",
    "ModelVersion",
    "NotFound",
    "NotSupported",
    "Overloaded",
    "Palette",
    "PaletteColor",
    "PermissionDenied",
    "Picture",
    "ServerFault",
    "ServerUnavailable",
    "StreamItem",
    "Unauthenticated",
    "UnknownModel",
    "Uri",
]
