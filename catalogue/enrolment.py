"""Makes works of reference pictures, and refuses those that could not be found again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Final

from catalogue.errors import InvalidRecord, UnusableReference
from catalogue.work import Record, Work
from vision.identification.plain import colors_of, is_uniform
from vision.identification.quality import quality_of
from vision.identification.reference import EXTRACTOR, reference_of
from vision.matching import SURE_POINTS
from vision.picture import PictureLimits, decode

LEAST_SIDE_PX: Final = 64
"""Longer side of a reference. Of 30 photos of a museum 27 found works of 96 pixels, 17 of 64, 1 of 32."""
LONGEST_ID: Final = 128
LARGEST_RECORD: Final = 64 * 1024
"""Bytes of a record as JSON: it travels with every answer that names its work."""


def enrol(record: Record, data: bytes, limits: PictureLimits | None = None) -> Work:
    """Makes a work of its record and the file of its reference picture.

    Args:
        record: Its record; digest and score of the reference are filled in.
        data: The picture's bytes.
        limits: Limits of the picture.

    Raises:
        InvalidRecord: When the id is empty or too long, or the record too large.
        PictureError: When the picture cannot be read.
        UnusableReference: When the picture is too small, or of one colour all over.
    """
    check_record(record)
    picture = decode(data, limits or PictureLimits(), 2 * EXTRACTOR.max_side_px)
    if max(picture.info.width_px, picture.info.height_px) < LEAST_SIDE_PX:
        size = f"{picture.info.width_px} × {picture.info.height_px} pixels"
        problem = (
            f"it has {size}, too few to be found in any photo; its longer side must have {LEAST_SIDE_PX}"
        )
        raise UnusableReference(record.id, problem)
    reference = reference_of(picture)
    # With fewer keypoints only colours can identify it.
    if len(reference.features) < SURE_POINTS and is_uniform(colors_of(picture.pixels)):
        raise UnusableReference(record.id, "it is one colour all over, as any wall is")
    score = quality_of(reference).score
    return Work(replace(record, reference=digest_of(data), score=score), reference)


def check_record(record: Record) -> None:
    """Refuses records with an id that cannot be used, and those that are too large.

    Raises:
        InvalidRecord: When it is refused; the message names the id.
    """
    check_id(record.id)
    size_bytes = len(json.dumps(record.facts, ensure_ascii=False).encode())
    if size_bytes > LARGEST_RECORD:
        raise InvalidRecord(
            f'the record of "{record.id}" has {size_bytes} bytes; at most {LARGEST_RECORD} are kept',
            work=record.id,
        )


def check_id(work_id: str) -> None:
    """Refuses ids that are empty, too long, or hold control characters.

    Raises:
        InvalidRecord: When it is refused; the message names the id.
    """
    if not work_id.strip() or len(work_id) > LONGEST_ID or not work_id.isprintable():
        raise InvalidRecord(
            f'"{work_id}" cannot be the id of a work: 1 to {LONGEST_ID} printable characters', work=work_id
        )


def digest_of(data: bytes) -> str:
    """Computes the SHA-256 of a reference's file, by which an unchanged one is recognised."""
    return hashlib.sha256(data).hexdigest()
