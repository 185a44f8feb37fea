"""Converts between the client's data classes and protobuf messages, which are built and read only here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, palette_pb2, recognition_pb2, work_pb2
from lienzo_client.errors import LienzoError
from lienzo_client.faults import from_item_error
from lienzo_client.models import Meaning, ModelVersion
from lienzo_client.pictures import Picture, to_image
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
    Work,
)

Works = tuple[str, int]
"""Name of a catalogue, and the largest number of works."""


def to_model_version(name: str, version: int) -> recognition_pb2.ModelVersion:
    """Converts name and version; an empty name is the server's default model, version 0 the newest."""
    return recognition_pb2.ModelVersion(name=name, version=version)


def to_classify_request(
    picture: Picture, model: str, version: int, top_k: int, request_id: str = ""
) -> gateway_pb2.ClassifyImageRequest:
    """Builds the request for one picture's label."""
    return gateway_pb2.ClassifyImageRequest(
        image=to_image(picture), model=to_model_version(model, version), top_k=top_k, request_id=request_id
    )


def to_stream_request(
    item: tuple[str, Picture], model: str, version: int, top_k: int
) -> tuple[str, gateway_pb2.StreamClassifyImagesRequest | LienzoError]:
    """Builds a stream's request with the caller's id; returns the error when the picture is unreadable."""
    request_id, picture = item
    try:
        request = to_classify_request(picture, model, version, top_k)
    except LienzoError as error:
        return request_id, error
    return request_id, gateway_pb2.StreamClassifyImagesRequest(request_id=request_id, request=request)


def to_palette_options(
    color_count: int, color_space: str, center_weighted: bool
) -> palette_pb2.PaletteOptions:
    """Builds the options of a palette.

    Raises:
        ValueError: For a colour space other than `oklab`, `lab` and `rgb`.
    """
    if color_space not in _SPACES:
        raise ValueError(f"color_space is {color_space}; it is one of {', '.join(_SPACES)}")
    return palette_pb2.PaletteOptions(
        color_count=color_count, color_space=_SPACES[color_space], center_weighted=center_weighted
    )


def to_palette_request(
    picture: Picture, options: palette_pb2.PaletteOptions
) -> gateway_pb2.ExtractPaletteRequest:
    """Builds the request for one picture's palette."""
    return gateway_pb2.ExtractPaletteRequest(image=to_image(picture), options=options)


def to_collection_request(
    name: str, picture: Picture, options: palette_pb2.PaletteOptions
) -> gateway_pb2.ExtractCollectionPaletteRequest | PictureFailure:
    """Builds one picture's request of a collection; returns the failure when the picture is unreadable."""
    try:
        image = to_image(picture)
    except LienzoError as error:
        return PictureFailure(name, "", error)
    return gateway_pb2.ExtractCollectionPaletteRequest(request_id=name, image=image, options=options)


def to_analyze_request(
    picture: Picture, model: str, version: int, top_k: int, color_count: int, works: Works | None
) -> gateway_pb2.AnalyzeImageRequest:
    """Builds the request for label, palette and, where `works` says which, works in one call."""
    wanted = None if works is None else gateway_pb2.WorksOptions(catalogue=works[0], max_works=works[1])
    return gateway_pb2.AnalyzeImageRequest(
        image=to_image(picture),
        model=to_model_version(model, version),
        top_k=top_k,
        palette_options=palette_pb2.PaletteOptions(color_count=color_count),
        works_options=wanted,
    )


def to_identify_request(picture: Picture, catalogue: str, max_works: int) -> gateway_pb2.IdentifyWorkRequest:
    """Builds the request for the works in a picture."""
    return gateway_pb2.IdentifyWorkRequest(image=to_image(picture), catalogue=catalogue, max_works=max_works)


def to_get_model_request(name: str, version: int) -> gateway_pb2.GetModelRequest:
    """Builds the request for one model."""
    return gateway_pb2.GetModelRequest(model=to_model_version(name, version))


def from_classify_response(message: gateway_pb2.ClassifyImageResponse) -> Classification:
    """Converts the classification of one picture."""
    return _from_recognition(message.recognition, message.image_info, message.timings)


def from_palette_response(message: gateway_pb2.ExtractPaletteResponse) -> Palette:
    """Converts the palette of one picture."""
    return _from_palette(message.palette, message.image_info, message.timings)


def from_collection_response(
    message: gateway_pb2.ExtractCollectionPaletteResponse, unsent: Iterable[PictureFailure]
) -> CollectionPalette:
    """Converts the palette of a collection; adds the pictures that could not be sent to its failures."""
    failures = (
        PictureFailure(each.request_id, each.uri, from_item_error(each.error)) for each in message.failures
    )
    return CollectionPalette(
        palette=_from_palette(message.palette, image_pb2.ImageInfo(), message.timings),
        pictures=tuple(
            PictureShares(each.request_id, each.uri, tuple(each.shares), each.distance)
            for each in message.pictures
        ),
        failures=(*unsent, *failures),
    )


def from_analyze_response(message: gateway_pb2.AnalyzeImageResponse, *, asked_for_works: bool) -> Analysis:
    """Converts classification, palette and works, or the error in the place of each."""
    info, timings = message.image_info, message.timings
    identified: Identification | LienzoError | None = None
    if message.HasField("works_error"):
        identified = from_item_error(message.works_error)
    elif asked_for_works:
        identified = _from_works(message.works, message.not_identified, message.works_partial, info, timings)
    return Analysis(
        from_item_error(message.recognition_error)
        if message.HasField("recognition_error")
        else _from_recognition(message.recognition, info, timings),
        from_item_error(message.palette_error)
        if message.HasField("palette_error")
        else _from_palette(message.palette, info, timings),
        identified,
    )


def _from_recognition(
    recognition: recognition_pb2.Recognition,
    info: image_pb2.ImageInfo,
    timings: Iterable[image_pb2.StageTiming],
) -> Classification:
    recognized = recognition.WhichOneof("outcome") == "recognized"
    best, refused = recognition.recognized, recognition.not_recognized
    verification, group, has_group = (
        recognition.verification,
        recognition.group,
        recognition.HasField("group"),
    )
    return Classification(
        label=best.label if recognized else None,
        probability=best.probability if recognized else refused.score,
        threshold=None if recognized else refused.threshold,
        labels=tuple(Label(each.label, each.probability, _meaning_of(each)) for each in recognition.labels),
        model=ModelVersion(recognition.model.name, recognition.model.version),
        image_info=from_image_info(info),
        timings_ms=from_timings(timings),
        verified=verification.verified,
        agreeing_points=verification.agreeing_points if recognition.HasField("verification") else None,
        outline=tuple((corner.x_px, corner.y_px) for corner in verification.outline),
        meaning=_meaning_of(best) if recognized else None,
        group=Group(group.name, group.probability, _meaning_of(group)) if has_group else None,
    )


def _meaning_of(
    message: recognition_pb2.LabelProbability | recognition_pb2.Recognized | recognition_pb2.LabelGroup,
) -> Meaning | None:
    return from_meaning(message.meaning) if message.HasField("meaning") else None


def _from_palette(
    palette: palette_pb2.Palette, info: image_pb2.ImageInfo, timings: Iterable[image_pb2.StageTiming]
) -> Palette:
    colors = tuple(map(_from_color, palette.colors))
    return Palette(
        colors=colors,
        dominant=_at(colors, palette.dominant_index),
        dominant_without_background=_at(colors, palette.dominant_without_background_index),
        has_background=palette.has_background,
        image_info=from_image_info(info),
        timings_ms=from_timings(timings),
    )


def from_identify_response(message: gateway_pb2.IdentifyWorkResponse) -> Identification:
    """Converts the works in a picture."""
    return _from_works(
        message.works, message.not_identified, message.partial, message.image_info, message.timings
    )


def _from_works(
    found: Iterable[gateway_pb2.IdentifiedWork],
    not_identified: work_pb2.NotIdentified.ValueType,
    partial: bool,
    info: image_pb2.ImageInfo,
    timings: Iterable[image_pb2.StageTiming],
) -> Identification:
    works = tuple(
        Work(
            id=work.work_id,
            title=work.title,
            artist=work.artist,
            confidence=work.confidence,
            quad=tuple((corner.x_px, corner.y_px) for corner in work.quad),
            record=dict(work.record),
            points=work.points,
        )
        for work in found
    )
    reason = work_pb2.NotIdentified.Name(not_identified).removeprefix("NOT_IDENTIFIED_")
    why = "" if not_identified == work_pb2.NOT_IDENTIFIED_UNSPECIFIED else reason
    return Identification(works, from_image_info(info), from_timings(timings), why, partial)


def from_meaning(message: recognition_pb2.LabelMeaning) -> Meaning:
    """Converts what a label means."""
    fields = {each.name: each.text for each in message.fields}
    return Meaning(message.name, message.description, message.link, fields, message.parent)


def from_image_info(message: image_pb2.ImageInfo) -> ImageInfo:
    """Converts the header's facts; a format that this client does not know becomes an empty string."""
    seen = message.region
    region = (seen.x_px, seen.y_px, seen.width_px, seen.height_px) if message.HasField("region") else None
    return ImageInfo(FORMATS.get(message.format, ""), message.width_px, message.height_px, region)


def from_timings(timings: Iterable[image_pb2.StageTiming]) -> dict[str, float]:
    """Converts timings to milliseconds by stage."""
    return {timing.stage: timing.duration_ms for timing in timings}


def _from_color(message: palette_pb2.PaletteColor) -> PaletteColor:
    rgb, hsl, oklch, lab = message.rgb, message.hsl, message.oklch, message.lab
    feeling = message.feeling
    return PaletteColor(
        hex=message.hex,
        share=message.share,
        rgb=(rgb.red, rgb.green, rgb.blue),
        hsl=(hsl.hue_degrees, hsl.saturation, hsl.lightness),
        oklch=(oklch.lightness, oklch.chroma, oklch.hue_degrees),
        lab=(lab.lightness, lab.a, lab.b),
        css_name=message.css_name,
        name=message.name,
        text_hex=message.text.hex,
        text_contrast=message.text.contrast_ratio,
        temperature=_TEMPERATURES.get(message.temperature, ""),
        feeling=Feeling(feeling.pleasure, feeling.arousal, feeling.dominance, tuple(feeling.words)),
        is_background=message.is_background,
    )


def _at(colors: tuple[PaletteColor, ...], index: int) -> PaletteColor | None:
    return colors[index] if index < len(colors) else None


FORMATS: Final = {
    number: name.removeprefix("IMAGE_FORMAT_").lower()
    for name, number in image_pb2.ImageFormat.items()
    if number != image_pb2.IMAGE_FORMAT_UNSPECIFIED
}
"""Names of the formats of pictures that this client knows, by their numbers."""
_SPACES = {
    name.removeprefix("COLOR_SPACE_").lower(): number
    for name, number in palette_pb2.ColorSpace.items()
    if number != palette_pb2.COLOR_SPACE_UNSPECIFIED
}
_TEMPERATURES = {
    number: name.removeprefix("COLOR_TEMPERATURE_").lower()
    for name, number in palette_pb2.ColorTemperature.items()
    if number != palette_pb2.COLOR_TEMPERATURE_UNSPECIFIED
}
