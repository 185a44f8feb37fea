"""The input of a feature graph: a square, without the picture's border where the recipe trims it."""

from __future__ import annotations

from typing import Final

import numpy as np
from onnx import TensorProto

from drawing.pictures import Pixels, jpeg_uri
from training.extractors import AnyExtractor
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph, add_planes, add_trimmed
from training.imagesets.imageset import ImageSet
from training.report.pictures import picture_pixels
from training.report.sight import spread
from vision.inference import open_session
from vision.ports import IMAGE

_DRAWN: Final = 4


def square_pictures(extractor: AnyExtractor, image_set: ImageSet) -> list[dict[str, str]]:
    """Draws a few pictures as the extractor gets them: `uri` and `label` of each.

    Empty for extractors of OpenCV, which get the picture as it is.
    """
    if not isinstance(extractor, GraphExtractor):
        return []
    side = extractor.side_px
    graph = PictureGraph("square")
    planes = add_planes(graph, IMAGE)
    if extractor.border == "trim":
        planes, _ = add_trimmed(graph, planes, side)
    graph.add("Identity", planes, output="planes")
    model = graph.model({IMAGE: [1, side, side, 3]}, {"planes": [1, 3, side, side]})
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    session = open_session(model.SerializeToString())
    found = []
    for index in spread(image_set, _DRAWN):
        square = extractor.loaded.fitted(picture_pixels(image_set, index, extractor.max_side_px))
        [seen] = session.run(None, {IMAGE: square[np.newaxis]})
        pixels: Pixels = np.clip(np.rint(seen[0].transpose(1, 2, 0)), 0, 255).astype(np.uint8)
        found.append({"uri": jpeg_uri(pixels), "label": image_set.pictures[index].label})
    return found
