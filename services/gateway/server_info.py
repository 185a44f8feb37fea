"""Collects facts about this server, for apps that adapt to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from importlib.metadata import PackageNotFoundError, version
from typing import Final, TypeVar

from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.features.v1 import features_pb2
from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2
from runtime.status import StatusError
from services.gateway.deadline import Deadline
from services.gateway.fields import CHUNK_BYTES, REQUEST_ID_CHARACTERS
from services.gateway.recognition import Recognition
from services.gateway.settings import GatewaySettings

AnswerT = TypeVar("AnswerT")

PATIENCE_SECONDS: Final = 2.0
"""Time limit for each service. The facts of one that takes longer are left out: apps begin with this call."""


async def server_info(
    recognition: Recognition, settings: GatewaySettings, deadline: Deadline
) -> gateway_pb2.GetServerInfoResponse:
    """Collects the facts from settings and services, which are asked side by side."""
    soon = Deadline(min(deadline.moment, time.monotonic() + PATIENCE_SECONDS))
    limits, model, catalogues = await asyncio.gather(
        _or_none(_picture_limits(recognition, settings, soon)),
        _or_none(recognition.model(gateway_pb2.GetModelRequest(), soon)),
        _or_none(_catalogues(recognition, soon)),
    )
    return gateway_pb2.GetServerInfoResponse(
        version=_version(),
        picture_limits=limits or image_pb2.PictureLimits(max_bytes=settings.max_picture_bytes),
        photo_side_px=settings.photo_side_px,
        default_model=model.model.model if model else None,
        catalogues=catalogues or (),
        features=_features(recognition, settings),
        max_message_bytes=settings.max_message_bytes,
        max_chunk_bytes=CHUNK_BYTES,
        max_request_id_characters=REQUEST_ID_CHARACTERS,
        default_deadline_seconds=settings.default_deadline_seconds,
    )


async def _picture_limits(
    recognition: Recognition, settings: GatewaySettings, deadline: Deadline
) -> image_pb2.PictureLimits:
    backends = recognition.backends
    listed = await backends.call(
        "features", backends.features.ListExtractors, features_pb2.ListExtractorsRequest(), deadline
    )
    limits = listed.picture_limits
    limits.max_bytes = min(limits.max_bytes or settings.max_picture_bytes, settings.max_picture_bytes)
    return limits


async def _catalogues(recognition: Recognition, deadline: Deadline) -> list[str]:
    backends = recognition.backends
    if backends.catalogue is None:
        return []
    listed = await backends.call(
        "catalogue",
        backends.catalogue.ListCatalogues,
        catalogue_pb2.ListCataloguesRequest(),
        deadline,
    )
    return sorted(each.name for each in listed.catalogues if not each.problem)


def _features(
    recognition: Recognition, settings: GatewaySettings
) -> list[gateway_pb2.ServerFeature.ValueType]:
    switched_on = {
        gateway_pb2.SERVER_FEATURE_CREDENTIALS: settings.api_keys_file or settings.jwt_key_file,
        gateway_pb2.SERVER_FEATURE_ADDRESSES: settings.allowed_uris,
        gateway_pb2.SERVER_FEATURE_CATALOGUES: recognition.backends.catalogue is not None,
    }
    return [feature for feature, is_on in switched_on.items() if is_on]


async def _or_none(work: Awaitable[AnswerT]) -> AnswerT | None:
    try:
        return await work
    except StatusError:
        return None


def _version() -> str:
    try:
        return version("lienzo")
    except PackageNotFoundError:
        return ""
