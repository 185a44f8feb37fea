"""Explains a photo part by part, with a model or without one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from drawing.pictures import Pixels
from explanation.answer import labels_part, vector_part, votes_part
from explanation.cells import cells_part
from explanation.keypoints import keypoint_part, keypoints_part
from explanation.likeness import compare_exemplars, likeness_part
from explanation.network import network_part
from explanation.part import Part
from explanation.pixels import SHOWN_SIDE_PX, picture_part, pixels_part
from explanation.recognizer import Recognizer, Seen, classifier_file
from explanation.similar import similar_part, similar_pictures
from explanation.stages import Interior, read_interior
from explanation.structure import scales_part, space_of, structure_part
from explanation.support import support_part
from explanation.verdict import Verdict, verdict_of
from explanation.words import find_words, words_part
from vision.answers import Recognition
from vision.extractors import Extractor, LocalFeatures
from vision.extractors.features import GlobalFeatures
from vision.graph import FeatureGraph
from vision.picture import decode
from vision.region import Region


@dataclass(frozen=True)
class Explanation:
    """A photo, explained.

    Attributes:
        name: The photo's name.
        model: The model's name and version; empty without one.
        verdict: The answer in words; None without a model.
        parts: Its parts, in the order in which a picture is processed.
    """

    name: str
    model: str
    verdict: Verdict | None
    parts: tuple[Part, ...]


def explain_picture(
    data: bytes,
    name: str,
    extractor: Extractor | FeatureGraph,
    keypoint: int | None = None,
    region: Region | None = None,
) -> Explanation:
    """Explains a photo as far as that needs no model.

    Args:
        data: The picture file.
        name: Its name.
        extractor: Its keypoints are drawn.
        keypoint: Number of the keypoint to look at; None chooses one.
        region: The part of the picture to look at; None for all of it.

    Raises:
        PictureError: When the picture cannot be read, or has no such part.
        NoSuchKeypoint: When it has fewer keypoints.
    """
    parts = _picture_parts(data, name, region)
    picture = decode(data, max_side_px=extractor.max_side_px, region=region)
    parts += _feature_parts(picture.pixels, extractor.extract(picture.pixels), extractor, keypoint)
    return Explanation(name, "", None, tuple(parts))


def explain_answer(
    data: bytes,
    name: str,
    recognizer: Recognizer,
    keypoint: int | None = None,
    pictures: Path | None = None,
    region: Region | None = None,
) -> Explanation:
    """Explains a photo and the answer that a model gives.

    Args:
        data: The picture file.
        name: Its name.
        recognizer: The model.
        keypoint: Number of the keypoint to look at; None chooses one.
        pictures: A folder, such as that of the training pictures, to look for similar ones in.
        region: The part of the picture to look at; None for all of it.

    Raises:
        PictureError: When the picture cannot be read, or has no such part.
        NoSuchKeypoint: When it has fewer keypoints.
    """
    seen = recognizer.look(data, region)
    found = recognizer.recognize(seen)
    compared = compare_exemplars(seen, found, recognizer)
    manifest = recognizer.manifest
    parts = _picture_parts(data, name, region)
    parts += _feature_parts(seen.picture.pixels, seen.features, recognizer.extractor, keypoint)
    interior = read_interior(classifier_file(recognizer))
    parts += _model_parts(seen, found, recognizer, interior)
    likeness = likeness_part(seen, compared, recognizer)
    parts += [likeness] if likeness else []
    if pictures is not None:
        nearest = similar_pictures(data, seen, recognizer, interior, pictures)
        alike = similar_part(seen, nearest, recognizer)
        parts += [alike] if alike else []
    verdict = verdict_of(found, manifest, recognizer.names, compared)
    return Explanation(name, f"{manifest.name} {manifest.version}", verdict, tuple(parts))


def _picture_parts(data: bytes, name: str, region: Region | None) -> list[Part]:
    picture = decode(data, max_side_px=SHOWN_SIDE_PX, region=region)
    space = space_of(picture.pixels)
    return [
        picture_part(picture, name),
        pixels_part(picture),
        structure_part(picture.pixels, space),
        scales_part(space),
        cells_part(picture.pixels),
    ]


def _feature_parts(
    pixels: Pixels,
    features: LocalFeatures | GlobalFeatures,
    extractor: Extractor | FeatureGraph,
    keypoint: int | None,
) -> list[Part]:
    if not isinstance(features, LocalFeatures):
        return []
    name = getattr(extractor, "name", "the graph")
    parts = [keypoints_part(pixels, features, name)]
    if len(features):
        parts.append(keypoint_part(pixels, features, keypoint, extractor.descriptor_type))
    return parts


def _model_parts(seen: Seen, found: Recognition, recognizer: Recognizer, interior: Interior) -> list[Part]:
    stages = interior.stages(seen.rows)
    labels = recognizer.names
    words = None
    parts: list[Part | None] = []
    if interior.codebook is not None and isinstance(seen.features, LocalFeatures) and len(seen.features):
        words = find_words(recognizer, seen.features, interior.codebook)
        parts.append(words_part(seen.picture.pixels, seen.features, words, found.ranking[0][0], labels))
    parts.append(network_part(seen, interior))
    encoder = recognizer.manifest.encoder
    mixed = encoder is not None and encoder.name in ("joined", "pca")  # no numbers for each word
    count = 0 if interior.codebook is None or mixed else len(interior.codebook)
    parts += [
        vector_part(stages, recognizer, count),
        labels_part(found, stages, recognizer),
        votes_part(stages, labels),
        support_part(seen, found, recognizer, words),
    ]
    return [each for each in parts if each is not None]
