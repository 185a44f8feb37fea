"""Matching: what two pictures share, verified by geometry. Features in; pairs, agreement and outlines out."""

from vision.matching.agreement import SURE_POINTS, Agreement, MatchingSettings, find_agreement
from vision.matching.descriptors import nearest_pairs
from vision.matching.exemplars import Exemplar, Exemplars, Mirror, read_exemplars
from vision.matching.homography import Plane, find_plane

__all__ = [
    "SURE_POINTS",
    "Agreement",
    "Exemplar",
    "Exemplars",
    "MatchingSettings",
    "Mirror",
    "Plane",
    "find_agreement",
    "find_plane",
    "nearest_pairs",
    "read_exemplars",
]
