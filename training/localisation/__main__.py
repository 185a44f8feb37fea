"""Learns the localiser of pictures in photos: `python -m training.localisation FILE.npz`.

Takes PyTorch, and a quarter of an hour on two cores. Learnt once: with other weights, extractors that crop
photos give other descriptors.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.graphs.extractors.localiser import LOOK_PX, Localiser
from training.graphs.extractors.picture import PictureGraph
from training.graphs.session import GraphSession
from training.localisation.examples import examples
from training.networks.localiser import learn_localiser, overlap

_SEED: Final = 5
_EXAMPLES: Final = 20_000
_TESTED: Final = 1_000


def main() -> int:
    """Writes the weights to the file that is named, and prints how well boxes are found."""
    photos, boxes = examples(_EXAMPLES, _SEED, jobs=os.cpu_count() or 1)
    learnt = learn_localiser(photos[_TESTED:], boxes[_TESTED:], _SEED, progress=_tell)
    Path(sys.argv[1]).write_bytes(learnt.to_bytes())
    wanted = boxes[:_TESTED]
    shared = overlap(found_boxes(learnt, photos[:_TESTED]), wanted)
    whole = (wanted == (0, 0, 1, 1)).all(axis=1)
    walls, wholes = shared[~whole].mean(), shared[whole].mean()
    sys.stdout.write(f"overlap: {walls:.3f} of pictures on walls, {wholes:.3f} of whole ones\n")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def found_boxes(localiser: Localiser, photos: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Finds boxes in sides of the photo, float32, shape (N, 4), as extractors do."""
    graph = PictureGraph("localiser")
    shape = [1, 3, LOOK_PX, LOOK_PX]
    graph.add("Identity", localiser.add_box(graph, "planes", LOOK_PX), output="box")
    session = GraphSession(graph.model({"planes": shape}, {"box": [4]}))
    planes = photos.transpose(0, 3, 1, 2).astype(np.float32)
    return np.stack([session.run(each[None]) for each in planes]) / np.float32(LOOK_PX)


if __name__ == "__main__":
    raise SystemExit(main())
