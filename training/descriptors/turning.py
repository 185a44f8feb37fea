"""Pictures turned as nobody hangs them: strangers with the strokes and shapes of real works.

Descriptors that know up from down differ then, so that a classifier can learn to refuse these pictures, and
with them other works that nobody brought. Nothing is extracted again: the elements of a descriptor change
places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import Photographs
from training.graphs.extractors.dense_sift import TURNS, Turn, turned_rows


def turned_pictures(descriptors: DescriptorSet, photographs: Sequence[DescriptorSet]) -> Photographs:
    """Turns pictures, and photographs of them, in every way: for each way other photographs, where there are.

    Args:
        descriptors: Of the pictures.
        photographs: Of all pictures again, each time photographed in another way; may be empty.
    """
    found = [_turned(descriptors, turn) for turn in TURNS]
    for number, turn in enumerate(TURNS):
        if photographs:
            found.append(_turned(photographs[number % len(photographs)], turn))
    shown = np.tile(np.arange(len(descriptors)), len(found))
    return Photographs(shown, DescriptorSet.joined(found), "turned pictures")


def _turned(descriptors: DescriptorSet, turn: Turn) -> DescriptorSet:
    return replace(descriptors, values=turned_rows(np.asarray(descriptors.values, np.uint8), turn))
