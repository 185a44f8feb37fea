"""Converts what a gateway tells about its models and about itself."""

from __future__ import annotations

from datetime import UTC

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import recognition_pb2
from lienzo_client.convert import FORMATS, from_meaning
from lienzo_client.models import Model, ModelVersion, ServerInfo


def from_model(message: recognition_pb2.Model) -> Model:
    """Converts the description of a model."""
    return Model(
        name=message.model.name,
        version=message.model.version,
        labels=tuple(message.labels),
        extractor=message.extractor,
        encoder=message.encoder,
        classifier=message.classifier,
        threshold=message.threshold,
        accuracy=message.accuracy or None,  # 0 on the wire: the bundle does not tell
        created=message.create_time.ToDatetime(tzinfo=UTC),
        has_coreml=message.has_coreml,
        fingerprint=message.fingerprint,
        meanings={label: from_meaning(each) for label, each in message.meanings.items()},
    )


def from_list_models_response(message: gateway_pb2.ListModelsResponse) -> tuple[Model, ...]:
    """Converts the newest version of every model."""
    return tuple(map(from_model, message.models))


def from_get_model_response(message: gateway_pb2.GetModelResponse) -> Model:
    """Converts one model."""
    return from_model(message.model)


def from_server_info_response(message: gateway_pb2.GetServerInfoResponse) -> ServerInfo:
    """Converts the facts about a server; leaves out formats and features that this client does not know."""
    limits, model = message.picture_limits, message.default_model
    return ServerInfo(
        version=message.version,
        max_picture_bytes=limits.max_bytes,
        max_picture_pixels=limits.max_pixels or None,
        min_side_px=limits.min_side_px or None,
        formats=tuple(FORMATS[each] for each in limits.formats if each in FORMATS),
        photo_side_px=message.photo_side_px,
        default_model=ModelVersion(model.name, model.version) if model.name else None,
        catalogues=tuple(message.catalogues),
        features=frozenset(_FEATURES[each] for each in message.features if each in _FEATURES),
        max_message_bytes=message.max_message_bytes,
        default_deadline_s=message.default_deadline_seconds,
    )


_FEATURES = {
    number: name.removeprefix("SERVER_FEATURE_").lower()
    for name, number in gateway_pb2.ServerFeature.items()
    if number != gateway_pb2.SERVER_FEATURE_UNSPECIFIED
}
