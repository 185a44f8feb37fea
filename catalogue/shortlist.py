"""What databases of catalogues share: their vectors make a shortlist, and its votes are counted here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from catalogue.columns import words_from_column
from catalogue.manifest import new_manifest
from vision.extractors.features import LocalFeatures
from vision.identification.index import indexed
from vision.identification.votes import Votes, votes_for, word_weights
from vision.identification.windows import window_centres

NEAREST: Final = 15
"""Works that a database returns for each window; together they are the shortlist, some hundred works."""
WORDS_BYTES: Final = 64 * 2**20
"""Bytes of words that a reader caches."""
BODY_BYTES: Final = 128 * 2**20
"""Bytes of works that a reader caches."""


def votes_of(features: LocalFeatures, size_px: tuple[int, int], words: Mapping[int, bytes]) -> Votes:
    """Collects the votes of a photo, of that width and height, for the works of a shortlist.

    Args:
        features: Features of the photo.
        size_px: Its width and height.
        words: Words of each work of the shortlist, as `words_to_column` writes them, by its number in a view.
    """
    parts = [indexed({number: words_from_column(words[number]) for number in words})] if words else []
    is_live = np.ones(max(words, default=-1) + 1, np.bool_)
    return votes_for(features, max(size_px), parts, word_weights(parts, len(words)), is_live)


def database_manifest(version: int) -> dict[str, object]:
    """Makes what a database stores of a catalogue of this version.

    Args:
        version: Version of the format of that database.
    """
    current = new_manifest()
    return {
        "format": version,
        "extractor": current.extractor,
        "vocabulary": current.vocabulary,
        "windows": window_centres().digest,
    }


def problem_of_manifest(manifest: Mapping[str, Any], version: int) -> str:
    """Says why a catalogue of that manifest cannot be read; empty where it can."""
    if manifest.get("format") != version:
        return f"its format is {manifest.get('format')}, this lienzo reads {version}"
    same = manifest == database_manifest(version)
    return "" if same else "its features were made by another version of lienzo"
