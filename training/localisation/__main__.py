"""Learns the localiser of pictures in photos: `python -m training.localisation FILE.npz`.

Takes PyTorch, and a quarter of an hour on two cores. Learnt once: with other weights, extractors that crop
photos give other descriptors.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from training.localisation.boxes import found_boxes
from training.localisation.examples import examples
from training.networks.localiser import learn_localiser, overlap

_SEED: Final = 5
_EXAMPLES: Final = 20_000
_TESTED: Final = 1_000


def main() -> int:
    """Writes the weights to the file that is named, and prints how well boxes are found."""
    parser = argparse.ArgumentParser(prog="python -m training.localisation")
    parser.add_argument("file", type=Path, metavar="FILE.npz", help="where the weights go")
    file: Path = parser.parse_args().file
    if not file.parent.is_dir():  # before a quarter of an hour, not after it
        parser.error(f"{file.parent}: not a folder")
    photos, boxes = examples(_EXAMPLES, _SEED, jobs=os.cpu_count() or 1)
    learnt = learn_localiser(photos[_TESTED:], boxes[_TESTED:], _SEED, progress=_tell)
    file.write_bytes(learnt.to_bytes())
    wanted = boxes[:_TESTED]
    shared = overlap(found_boxes(learnt, photos[:_TESTED]), wanted)
    whole = (wanted == (0, 0, 1, 1)).all(axis=1)
    walls, wholes = shared[~whole].mean(), shared[whole].mean()
    sys.stdout.write(f"overlap: {walls:.3f} of pictures on walls, {wholes:.3f} of whole ones\n")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
