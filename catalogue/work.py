"""Works, and their bytes: the record, and the features of the reference."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

import numpy as np

from vision.extractors.features import LocalFeatures
from vision.identification.index import WorkWords
from vision.identification.reference import Reference

_HEAD: Final = struct.Struct("<IIIIII")
"""Bytes of the record, bytes of the preview, number of keypoints, width, height, 0."""
_DIMENSION: Final = 128
_LARGEST: Final = 65535.0


@dataclass(frozen=True)
class Record:
    """The record of a work.

    Attributes:
        id: Its id.
        title: Title; empty where it has none.
        artist: Artist, likewise.
        columns: Further columns, by their names; titles in other languages are `title_es` and the like.
        reference: SHA-256 (hexadecimal) of the reference's file.
        score: How easily the reference is found again, 0 to 100.
    """

    id: str
    title: str = ""
    artist: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    score: int = 0

    @property
    def texts(self) -> Mapping[str, str]:
        """Title, artist and all further columns, by their names."""
        return {**self.columns, "title": self.title, "artist": self.artist}

    @property
    def facts(self) -> Mapping[str, object]:
        """The record without digest and score of its reference."""
        return {"id": self.id, "title": self.title, "artist": self.artist, "columns": dict(self.columns)}


@dataclass(frozen=True)
class Work:
    """A work of a catalogue."""

    record: Record
    reference: Reference


def to_bytes(work: Work) -> bytes:
    """Writes a work: about 144 bytes for each keypoint, the preview, and the record as JSON.

    Keypoints are kept in 65,535ths of the longer side, their diameters in sixteenths of an octave and their
    angles in 256ths of a circle: finer than anything that compares them.
    """
    reference, words = work.reference, work.reference.words
    record = json.dumps(asdict(work.record), ensure_ascii=False).encode()
    width, height = reference.size_px
    places = np.rint(reference.features.keypoints[:, :2] * (_LARGEST / max(width, height)))
    return b"".join(
        (
            _HEAD.pack(len(record), len(reference.preview), len(words), width, height, 0),
            words.signatures.astype("<u8").tobytes(),
            np.ascontiguousarray(reference.features.descriptors).tobytes(),
            np.clip(places, 0, _LARGEST).astype("<u2").tobytes(),
            words.words.astype("<u2").tobytes(),
            words.turns.tobytes(),
            words.octaves.tobytes(),
            record,
            reference.preview,
        )
    )


def work_from_bytes(body: memoryview) -> Work:
    """Reads a work; the descriptors are not copied."""
    return Work(record_from_bytes(body), reference_from_bytes(body))


def words_from_bytes(body: memoryview) -> WorkWords:
    """Reads the words of a work; the arrays are not copied."""
    _, _, count, *_ = _HEAD.unpack_from(body)
    at = _HEAD.size
    signatures = np.frombuffer(body, "<u8", count, at)
    at += count * (8 + _DIMENSION + 4)
    words = np.frombuffer(body, "<u2", count, at)
    turns = np.frombuffer(body, np.uint8, count, at + 2 * count)
    return WorkWords(words, signatures, turns, np.frombuffer(body, np.uint8, count, at + 3 * count))


def record_from_bytes(body: memoryview) -> Record:
    """Reads the record of a work."""
    length, _, count, *_ = _HEAD.unpack_from(body)
    at = _HEAD.size + count * (8 + _DIMENSION + 8)
    return Record(**json.loads(bytes(body[at : at + length])))


def reference_from_bytes(body: memoryview) -> Reference:
    """Reads the reference of a work; the descriptors are not copied."""
    record_length, preview_length, count, width, height, _ = _HEAD.unpack_from(body)
    words = words_from_bytes(body)
    at = _HEAD.size + 8 * count
    descriptors = np.frombuffer(body, np.uint8, count * _DIMENSION, at).reshape(count, _DIMENSION)
    at += count * _DIMENSION
    longer = max(width, height)
    keypoints = np.empty((count, 4), np.float32)
    keypoints[:, :2] = np.frombuffer(body, "<u2", 2 * count, at).reshape(count, 2) * (longer / _LARGEST)
    keypoints[:, 2] = np.exp2(words.octaves / 16.0) * (longer / 512)
    keypoints[:, 3] = words.turns * (360 / 256)
    at += 8 * count + record_length
    preview = bytes(body[at : at + preview_length])
    return Reference(LocalFeatures(descriptors, keypoints), words, (width, height), preview)
