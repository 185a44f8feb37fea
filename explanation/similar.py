"""Finds the most similar pictures of a folder, and draws what they have in common with the photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from drawing.matches import DRAWN_RATIO, draw_matches
from drawing.pictures import fitted
from explanation.part import Drawing, Part, picture_drawing
from explanation.recognizer import Recognizer, Seen
from explanation.stages import Interior
from vision.decoding.formats import HEAD_BYTES, begins_like_a_picture
from vision.errors import PictureError
from vision.extractors import LocalFeatures
from vision.matching import MatchingSettings, find_agreement

_SHOWN: Final = 6
_MATCHED: Final = 2
_SIDE_PX: Final = 300


@dataclass(frozen=True)
class SimilarPicture:
    """A picture of the folder.

    Attributes:
        path: From the folder.
        label: The name of the folder that it lies in.
        distance: Euclidean distance of the encoded vectors.
        seen: The picture with its features.
    """

    path: str
    label: str
    distance: float
    seen: Seen


def similar_pictures(
    data: bytes, seen: Seen, recognizer: Recognizer, interior: Interior, folder: Path
) -> tuple[SimilarPicture, ...]:
    """Finds the pictures of a folder whose encoded vectors are nearest to the photo's, nearest first.

    The photo itself is left out, and so are files that cannot be read.

    Args:
        data: The photo's file.
        seen: The photo.
        recognizer: The model.
        interior: Its classifier.
        folder: A folder with pictures at any depth.

    Returns:
        Six at most; empty where the encoded vector of the model is not known.
    """
    vector = interior.encode(seen.rows)
    found: list[SimilarPicture] = []
    for path, other in _others(folder, data) if vector is not None else ():
        try:
            looked = recognizer.look(other)
        except PictureError:
            continue
        encoded = interior.encode(looked.rows)
        if encoded is not None and vector is not None:
            distance = float(np.linalg.norm(encoded - vector))
            name = path.relative_to(folder).as_posix()
            found.append(SimilarPicture(name, path.parent.name, distance, looked))
            # Only the nearest are kept: a folder may be large.
            found = sorted(found, key=lambda each: each.distance)[:_SHOWN]
    return tuple(found)


def similar_part(seen: Seen, nearest: tuple[SimilarPicture, ...], recognizer: Recognizer) -> Part | None:
    """Draws the nearest pictures, and matches with the first of them; None without any."""
    if not nearest:
        return None
    drawings = [
        picture_drawing(
            f"neighbour_{place}",
            fitted(each.seen.picture.pixels, _SIDE_PX),
            f"{each.label}: {each.path}, distance {each.distance:.3f}",
        )
        for place, each in enumerate(nearest, 1)
    ]
    for place, each in enumerate(nearest[:_MATCHED], 1):
        if drawn := _matches(seen, each, recognizer, place):
            drawings.append(drawn)
    text = (
        "The pictures of the folder whose encoded vectors are nearest to this one. What is similar in these "
        "numbers need not show the same thing: lines show which points agree."
    )
    facts = {
        "pictures": [
            {"path": each.path, "label": each.label, "distance": round(each.distance, 6)} for each in nearest
        ]
    }
    return Part("neighbours", "Most similar pictures", (text,), tuple(drawings), facts)


def _matches(seen: Seen, other: SimilarPicture, recognizer: Recognizer, place: int) -> Drawing | None:
    here, there = other.seen.features, seen.features
    if not isinstance(here, LocalFeatures) or not isinstance(there, LocalFeatures):
        return None
    kind = recognizer.extractor.descriptor_type
    settings = MatchingSettings(ratio=DRAWN_RATIO)
    found = find_agreement(here, other.seen.size_px, there, seen.size_px, kind, settings)
    left, right = other.seen.picture.pixels, seen.picture.pixels
    drawn = draw_matches(left, right, here.keypoints, there.keypoints, found)
    caption = f"{other.path}: {len(found.pairs)} pairs, {found.points} points agree on one view"
    return picture_drawing(f"neighbour_{place}_matches", drawn.pixels, caption, kind="wide")


def _others(folder: Path, data: bytes) -> Iterator[tuple[Path, bytes]]:
    """Yields the picture files below a folder by path, but the photo itself, hidden and unreadable ones."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if content != data and begins_like_a_picture(content[:HEAD_BYTES]):
            yield path, content
