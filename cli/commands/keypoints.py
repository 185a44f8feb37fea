"""`lienzo keypoints`: draws the keypoints of a picture, or the matches of two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from cli.errors import CliError
from cli.features.extractors import extractor_by_name
from cli.options import AsJson
from cli.output.console import answers, print_json
from cli.pictures.files import read_picture
from cli.pictures.writing import write_picture
from drawing.keypoints import legible, with_keypoints
from drawing.matches import COMPARED_SIDE_PX, DRAWN_RATIO, draw_matches
from drawing.pictures import Pixels, fitted
from vision.errors import VisionError
from vision.extractors import LocalFeatures, extractor_names
from vision.extractors.features import Extractor, scaled_keypoints
from vision.graph import FeatureGraph
from vision.matching import SURE_POINTS, MatchingSettings, find_agreement
from vision.picture import Picture, decode

_LEAST_SHOWN_SIDE_PX = 640
_MATCHING = MatchingSettings(ratio=DRAWN_RATIO)


def keypoints(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="A picture.")],
    other: Annotated[
        Path | None, typer.Argument(metavar="OTHER", help="Another picture, to draw the matches of both.")
    ] = None,
    extractor: Annotated[
        str, typer.Option(metavar="NAME", help="Extractor, such as orb or dense_sift.")
    ] = "rootsift",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to draw into; PHOTO.keypoints.png by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw the keypoints of a picture, or the matches of two."""
    chosen = extractor_by_name(extractor)
    picture, seen = _look(photo, extractor, chosen)
    destination = output or Path(f"{photo.stem}.keypoints.png")
    facts: dict[str, object] = {"extractor": extractor, "keypoints": len(seen), "output": str(destination)}
    if other is None:
        shown, placed = _enlarged(picture.pixels, seen)
        write_picture(destination, with_keypoints(shown, placed))
        circles = int(legible(placed).sum())
        facts["circles"] = circles
        as_dots = f", {len(seen) - circles} of them as dots" if circles < len(seen) else ""
        line = f"{photo}: {len(seen)} keypoints ({extractor}){as_dots}. Drawn: {destination}"
    else:
        second, seen_there = _look(other, extractor, chosen)
        found = find_agreement(
            seen, _size(picture), seen_there, _size(second), chosen.descriptor_type, _MATCHING
        )
        agree = found.points
        drawn = draw_matches(picture.pixels, second.pixels, seen.keypoints, seen_there.keypoints, found)
        write_picture(destination, drawn.pixels)
        facts |= {"keypoints_other": len(seen_there), "matches": len(found.pairs), "on_one_plane": agree}
        line = (
            f"{photo}: {len(seen)} keypoints, {other}: {len(seen_there)} ({extractor}). "
            f"{len(found.pairs)} match, {agree} of them on one plane: {_verdict(agree)}. Drawn: {destination}"
        )
    if as_json:
        print_json(facts)
    else:
        answers().print(line, markup=False, soft_wrap=True)


def _look(path: Path, name: str, extractor: Extractor | FeatureGraph) -> tuple[Picture, LocalFeatures]:
    try:
        picture = decode(read_picture(path), max_side_px=COMPARED_SIDE_PX)
    except VisionError as error:
        raise CliError(f"{path}: {error}.") from error
    features = extractor.extract(picture.pixels)
    if not isinstance(features, LocalFeatures):
        raise CliError(
            f"{name} gives one vector for a whole picture and has no keypoints. "
            f"These have: {', '.join([*extractor_names(), 'dense_sift'])}."
        )
    return picture, features


def _enlarged(pixels: Pixels, seen: LocalFeatures) -> tuple[Pixels, NDArray[np.float32]]:
    """Enlarges a small picture and its keypoints, so that a thin circle stays thin."""
    factor = _LEAST_SHOWN_SIDE_PX / max(pixels.shape[:2])
    if factor <= 1:
        return pixels, seen.keypoints
    return fitted(pixels, _LEAST_SHOWN_SIDE_PX), scaled_keypoints(seen.keypoints, factor)


def _verdict(agree: int) -> str:
    return "probably the same thing" if agree >= SURE_POINTS else "no sign of the same thing"


def _size(picture: Picture) -> tuple[int, int]:
    height, width = picture.pixels.shape[:2]
    return width, height
