"""Pictures turned as nobody hangs them: strangers with the strokes and shapes of real works.

Descriptors that know up from down differ then, so that a classifier can learn to refuse these pictures, and
with them other works that nobody brought. Nothing is extracted again: the elements of a descriptor change
places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import Photographs
from training.graphs.extractors.dense_sift import Turn, turned_rows

OF_PICTURES: Final[tuple[Turn, ...]] = ("flipped", "upside_down")
OF_PHOTOGRAPHS: Final[tuple[Turn, ...]] = (*OF_PICTURES, "left", "right")
"""A picture is hung mirrored now and then, so that is not among them."""


def turned_pictures(descriptors: DescriptorSet, photographs: Sequence[DescriptorSet]) -> Photographs:
    """Turns pictures, and photographs of them: for each way other photographs, where there are.

    Args:
        descriptors: Of the pictures.
        photographs: Of all pictures again, each time photographed in another way; may be empty.
    """
    found = [turned_set(descriptors, turn) for turn in OF_PICTURES]
    for number, turn in enumerate(OF_PHOTOGRAPHS):
        if photographs:
            found.append(turned_set(photographs[number % len(photographs)], turn))
    shown = np.tile(np.arange(len(descriptors)), len(found))
    return Photographs(shown, DescriptorSet.joined(found), "turned pictures")


def turned_set(descriptors: DescriptorSet, turn: Turn) -> DescriptorSet:
    """Turns every picture of a set; descriptors keep their order."""
    return replace(descriptors, values=turned_rows(np.asarray(descriptors.values, np.uint8), turn))
