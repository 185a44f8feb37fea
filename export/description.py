"""What an exported model says of itself, for Core ML and ONNX alike."""

from __future__ import annotations

import json
from typing import Final

from bundle.manifest import Manifest
from bundle.meanings import Meanings
from vision.extractors import Extractor
from vision.graph import FeatureGraph

CROP: Final = "lienzo.input.crop"
"""Key of what is cut off before a picture becomes the graph's square, in the words of Vision."""
CENTRED: Final = "centerCrop"
"""How its text begins where the graph takes the largest central square."""


def entries_of(manifest: Manifest, extractor: Extractor | FeatureGraph, meanings: Meanings) -> dict[str, str]:
    """Returns facts of a bundle by key: name, version, threshold, extractor, what picture a graph takes.

    What its labels mean comes along in every language, as JSON.
    """
    entries = {
        "lienzo.model": manifest.name,
        "lienzo.version": str(manifest.version),
        "lienzo.threshold": f"{manifest.threshold:.9g}",  # the same float32, in which answers are compared
        "lienzo.extractor": manifest.extractor.name,
    }
    if meanings:
        entries["lienzo.meanings"] = json.dumps(meanings, ensure_ascii=False)
    if isinstance(extractor, FeatureGraph):
        entries |= {
            "lienzo.input.size_px": f"{extractor.side_px}x{extractor.side_px}",
            "lienzo.input.color": "RGB, sRGB",
            "lienzo.input.scale": "0 to 255; the model scales inside",
            CROP: (
                f"{CENTRED}: the largest central square"
                if extractor.is_centred
                else "scaleFill: the whole picture stretched to the square"
            ),
        }
    return entries


def summary_of(manifest: Manifest) -> str:
    """Says in two sentences what a model recognises, and under which probability it does not."""
    return (
        f"{manifest.name}: recognises {len(manifest.labels)} labels. Under a probability of "
        f"{manifest.threshold:.2f} the answer is: not recognised."
    )
