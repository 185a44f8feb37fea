"""Suppression of overlapping boxes, places of what is not zero, and sampling (Apple: tensor_operation,
image_resizing)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.errors import UnsupportedProgram
from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array


@evaluates("non_zero")
def non_zero(x: Array) -> Array:
    return np.argwhere(x).astype(np.int32)


def _overlap(box: Array, others: Array) -> Array:
    """Intersection over union of a box with others, each centre and size, width first."""
    low = np.maximum(box[:2] - box[2:] / 2, others[:, :2] - others[:, 2:] / 2)
    high = np.minimum(box[:2] + box[2:] / 2, others[:, :2] + others[:, 2:] / 2)
    shared = np.maximum(high - low, 0).prod(1)
    union = box[2:].prod() + others[:, 2:].prod(1) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def _suppressed(boxes: Array, scores: Array, overlap: float, least: float, most: int) -> list[int]:
    left = [int(i) for i in np.argsort(-scores, kind="stable") if scores[i] >= least]
    chosen: list[int] = []
    while left and len(chosen) < most:
        best, *rest = left
        chosen.append(best)
        apart = _overlap(boxes[best], boxes[rest]) <= overlap if rest else ()
        left = [each for each, keeps in zip(rest, apart, strict=True) if keeps]
    return chosen


@evaluates("non_maximum_suppression")
def non_maximum_suppression(
    boxes: Array,
    scores: Array,
    iou_threshold: Any,
    max_boxes: Any,
    score_threshold: Any = None,
    per_class_suppression: bool = False,
) -> tuple[Array, ...]:
    newer = score_threshold is None  # from iOS17 on the boxes are the last axis, and they are not counted
    if newer:
        boxes, scores = boxes.swapaxes(1, 2), scores.swapaxes(1, 2)
    if scores.shape[2] != 1:
        raise UnsupportedProgram("non_maximum_suppression of several classes at once")
    count, most = len(boxes), int(max_boxes)
    least = -np.inf if newer else float(score_threshold)
    chosen = np.full((count, most), -1, np.int32)
    kept_boxes, kept_scores = (
        np.zeros((count, most, 4), boxes.dtype),
        np.zeros((count, most, 1), scores.dtype),
    )
    number = np.zeros(count, np.int32)
    for i in range(count):
        found = _suppressed(boxes[i], scores[i, :, 0], float(iou_threshold), least, most)
        number[i] = len(found)
        chosen[i, : len(found)] = found
        kept_boxes[i, : len(found)], kept_scores[i, : len(found)] = boxes[i, found], scores[i, found]
    if newer:
        return kept_boxes.swapaxes(1, 2), kept_scores.swapaxes(1, 2), chosen
    return kept_boxes, kept_scores, chosen, number


@evaluates("resample")
def resample(
    x: Array,
    coordinates: Array,
    sampling_mode: str,
    padding_mode: str,
    padding_value: Any,
    coordinates_mode: str,
    align_corners: bool,
) -> Array:
    if sampling_mode != "bilinear" or padding_mode not in ("constant", "border"):
        raise UnsupportedProgram(f"resample with {sampling_mode} and {padding_mode}")
    height, width = x.shape[2:]
    at = coordinates.astype(np.float64)
    columns, rows = (
        _pixels(at[..., i], size, coordinates_mode, align_corners) for i, size in ((0, width), (1, height))
    )
    if padding_mode == "border":
        columns, rows = np.clip(columns, 0, width - 1), np.clip(rows, 0, height - 1)
    result = np.zeros((x.shape[0], *rows.shape[1:], x.shape[1]))
    batch = np.arange(x.shape[0])[:, None, None]
    for down in (0, 1):
        for right in (0, 1):
            row, column = np.floor(rows) + down, np.floor(columns) + right
            share = (1 - np.abs(rows - row)) * (1 - np.abs(columns - column))
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            i, j = np.clip(row, 0, height - 1).astype(int), np.clip(column, 0, width - 1).astype(int)
            values = np.where(inside[..., None], x.transpose(0, 2, 3, 1)[batch, i, j], padding_value)
            result += share[..., None] * values
    return result.transpose(0, 3, 1, 2).astype(x.dtype)


def _pixels(at: Array, size: int, mode: str, align_corners: bool) -> Array:
    if mode == "unnormalized":
        return at
    share = at if mode == "normalized_zero_to_one" else (at + 1) / 2
    return share * (size - 1) if align_corners else share * size - 0.5
