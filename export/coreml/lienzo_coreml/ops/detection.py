"""What detectors end in: suppression of overlapping boxes, aligned regions, rows picked by what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.indexing import as_numbers, restored
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, is_known, scalar, shape_of, to_var

FIXED = {2: "max_output_boxes_per_class", 3: "iou_threshold", 4: "score_threshold"}
LOWEST = float(np.finfo(np.float32).min)


def _setting(node: Node, index: int, default: float) -> float:
    return float(np.ravel(node.known(index, FIXED[index]))[0]) if node.has(index) else default


@lowers("NonMaxSuppression", newest=28, fixed=FIXED, limits="at least one box must be found on the device")
def suppression(node: Node) -> Value:
    (count, boxes, _), (_, classes, _) = node.shape(0), node.shape(1)
    most = min(int(_setting(node, 2, 0)), boxes)
    if not most:
        raise node.refused("no box may be selected, and Core ML has no empty tensors")
    threshold = _setting(node, 4, LOWEST)
    # One run for each picture and class: Core ML's suppression by class shares its boxes among the classes.
    runs = count * classes
    centred = mb.expand_dims(x=_centred(node), axes=[1])
    centred = mb.reshape(x=mb.tile(x=centred, reps=[1, classes, 1, 1]), shape=[runs, boxes, 4])
    scores = mb.reshape(x=cast(node.value(1), "fp32"), shape=[runs, boxes, 1])
    chosen, found, kept = _selected(node, centred, scores, most, threshold)
    # "Greater than" for ONNX; Core ML keeps a score that equals the threshold.
    kept = mb.logical_and(x=kept, y=mb.greater(x=found, y=np.float32(threshold))) if node.has(4) else kept
    places = mb.non_zero(x=kept)
    run = mb.squeeze(x=mb.slice_by_size(x=places, begin=[0, 0], size=[-1, 1]), axes=[1])
    picked = mb.gather_nd(x=chosen, indices=places)
    return mb.stack(
        values=[mb.floor_div(x=run, y=np.int32(classes)), mb.mod(x=run, y=np.int32(classes)), picked], axis=1
    )


def _centred(node: Node) -> Value:
    """The boxes as centre and size, width first, in whichever order their corners come."""
    boxes = cast(node.value(0), "fp32")
    if node.attribute("center_point_box", 0):
        return boxes
    y1, x1, y2, x2 = mb.split(x=boxes, num_splits=4, axis=2)
    half = np.float32(0.5)
    centres = [mb.mul(x=mb.add(x=a, y=b), y=half) for a, b in ((x1, x2), (y1, y2))]
    sizes = [mb.abs(x=mb.sub(x=b, y=a)) for a, b in ((x1, x2), (y1, y2))]
    return mb.concat(values=[*centres, *sizes], axis=2)


def _selected(
    node: Node, boxes: Value, scores: Value, most: int, threshold: float
) -> tuple[Value, Value, Value]:
    """Indices, scores, and whether there is one, each (runs, most)."""
    settings: dict[str, Any] = {"iou_threshold": np.float32(_setting(node, 3, 0)), "max_boxes": most}
    if node.target in ("iOS15", "iOS16"):
        _, found, chosen, number = mb.non_maximum_suppression(
            boxes=boxes, scores=scores, score_threshold=np.float32(threshold), **settings
        )
        kept = mb.less(x=np.arange(most, dtype=np.int32)[None], y=mb.expand_dims(x=number, axes=[1]))
        return chosen, mb.squeeze(x=found, axes=[2]), kept
    boxes, scores = (mb.transpose(x=each, perm=[0, 2, 1]) for each in (boxes, scores))
    _, found, chosen = mb.non_maximum_suppression(boxes=boxes, scores=scores, **settings)
    return chosen, mb.squeeze(x=found, axes=[1]), mb.greater_equal(x=chosen, y=np.int32(0))


@lowers("NonZero", newest=28, limits="at least one must be found on the device")
def non_zero(node: Node) -> Value:
    return mb.transpose(x=mb.non_zero(x=node.var(0)), perm=[1, 0])


@lowers("Compress", newest=28, limits="as NonZero")
def compress(node: Node) -> Value:
    x, axis = as_numbers(node.value(0)), node.attribute("axis")
    if axis is None:
        x, axis = mb.reshape(x=x, shape=[-1]), 0
    condition = node.value(1)
    rows = (
        np.flatnonzero(condition) if is_known(condition) else mb.squeeze(x=mb.non_zero(x=condition), axes=[1])
    )
    picked = mb.gather(x=x, indices=to_var(rows), axis=int(axis) % len(x.shape))
    return restored(picked, node.value(0))


@lowers("RoiAlign", newest=28, limits="mode avg, with a sampling_ratio")
def aligned_regions(node: Node) -> Value:
    if node.attribute("mode", "avg") != "avg":
        raise node.refused("the mode max, which takes the largest share of a pixel")
    if not node.attribute("sampling_ratio", 0):
        raise node.refused("a sampling_ratio of 0: as many samples as the size of a region asks for")
    height, width = node.shape(0)[2:]
    pictures = mb.gather(x=node.var(0), indices=node.var(2), axis=0)
    x1, y1, x2, y2 = mb.split(x=node.var(1), num_splits=4, axis=1)
    rows = _region_weights(node, y1, y2, int(node.attribute("output_height", 1)), height)
    columns = _region_weights(node, x1, x2, int(node.attribute("output_width", 1)), width)
    # Bilinear sampling is a weighted sum over the rows, then over the columns.
    return mb.matmul(x=mb.matmul(x=rows, y=pictures), y=columns, transpose_y=True)


def _region_weights(node: Node, first: Value, last: Value, bins: int, length: int) -> Value:
    """Weights of the pixels of one axis in each bin of each region, (regions, 1, bins, length)."""
    ratio, scale = int(node.attribute("sampling_ratio")), node.attribute("spatial_scale", 1.0)
    shift = 0.5 if node.attribute("coordinate_transformation_mode", "half_pixel") == "half_pixel" else 0.0
    begin = mb.sub(x=mb.mul(x=first, y=scalar(scale, first)), y=scalar(shift, first))
    span = mb.mul(x=mb.sub(x=last, y=first), y=scalar(scale, first))
    if not shift:
        span = mb.maximum(x=span, y=scalar(1, span))
    places = ((np.arange(bins * ratio) + 0.5) / (bins * ratio)).astype(np.float32)[None]
    at = mb.add(x=begin, y=mb.mul(x=span, y=places))  # (regions, bins · ratio)
    inside = mb.logical_and(
        x=mb.greater_equal(x=at, y=np.float32(-1)), y=mb.less_equal(x=at, y=np.float32(length))
    )
    at = mb.minimum(x=mb.maximum(x=at, y=np.float32(0)), y=np.float32(length - 1))
    away = mb.abs(x=mb.sub(x=mb.expand_dims(x=at, axes=[2]), y=np.arange(length, dtype=np.float32)))
    share = mb.maximum(x=mb.sub(x=np.float32(1), y=away), y=np.float32(0))
    share = mb.mul(x=share, y=mb.expand_dims(x=cast(inside, "fp32"), axes=[2]))
    grouped = mb.reshape(x=share, shape=[shape_of(first)[0], bins, ratio, length])
    return mb.expand_dims(x=mb.reduce_mean(x=grouped, axes=[2], keep_dims=False), axes=[1])
