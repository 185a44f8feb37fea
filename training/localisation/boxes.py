"""Asks a localiser for boxes, by the graph that extractors have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.graphs.extractors.localiser import LOOK_PX, Localiser
from training.graphs.extractors.picture import PictureGraph
from training.graphs.session import GraphSession


def found_boxes(localiser: Localiser, photos: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Finds the box in each photo.

    Args:
        localiser: The localiser.
        photos: As it sees them, RGB, uint8, shape (N, LOOK_PX, LOOK_PX, 3).

    Returns:
        Left, top, right and bottom in sides of the photo, with the margin, float32, shape (N, 4).
    """
    graph = PictureGraph("localiser")
    shape = [1, 3, LOOK_PX, LOOK_PX]
    graph.add("Identity", localiser.add_box(graph, "planes", LOOK_PX), output="box")
    session = GraphSession(graph.model({"planes": shape}, {"box": [4]}))
    planes = photos.transpose(0, 3, 1, 2).astype(np.float32)
    return np.stack([session.run(each[None]) for each in planes]) / np.float32(LOOK_PX)
