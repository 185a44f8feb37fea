"""Identification: which works of a catalogue a photo shows, and where. Arrays in, works out."""

from vision.identification.finding import Works, find_works, identify
from vision.identification.found import FoundWork, Identification, NotRecognized
from vision.identification.photo import PHOTO_SIDE_PX
from vision.identification.reference import Reference, reference_of

__all__ = [
    "PHOTO_SIDE_PX",
    "FoundWork",
    "Identification",
    "NotRecognized",
    "Reference",
    "Works",
    "find_works",
    "identify",
    "reference_of",
]
