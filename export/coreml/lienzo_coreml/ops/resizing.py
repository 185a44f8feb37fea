"""Resize and Upsample in every mode of ONNX; Core ML's own operation where it is equivalent."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.sampling import axis_weights
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Array, Value, cast, dtype_name, shape_of

NATIVE = {"half_pixel": "UNALIGN_CORNERS", "align_corners": "STRICT_ALIGN_CORNERS", "asymmetric": "DEFAULT"}
MAX_TAPS = 4
FIXED = {1: "roi", 2: "scales", 3: "sizes"}


@lowers("Upsample", newest=10, fixed={1: "scales"})
def upsample(node: Node) -> Value:
    scales = node.known(1, "scales") if node.has(1) else np.array(node.attribute("scales"), np.float32)
    sizes = [int(np.floor(n * s)) for n, s in zip(node.shape(0), scales, strict=True)]
    mode = {"linear": "linear", "bilinear": "linear"}.get(node.attribute("mode", "nearest"), "nearest")
    settings = {"mode": mode, "coordinates": "asymmetric", "nearest": "floor"}
    return _resized(node, list(range(node.rank())), sizes, [float(s) for s in scales], settings, None)


@lowers("Resize", newest=19, fixed=FIXED)
def resize(node: Node) -> Value:
    if node.opset < 11:
        return _resize_10(node)
    rank = node.rank()
    axes = [node.natural(int(axis), rank) for axis in node.attribute("axes") or range(rank)]
    sizes, scales = _goal(node, axes)
    settings = {
        "mode": node.attribute("mode", "nearest"),
        "coordinates": node.attribute("coordinate_transformation_mode", "half_pixel"),
        "nearest": node.attribute("nearest_mode", "round_prefer_floor"),
        "cubic": node.attribute("cubic_coeff_a", -0.75),
        "outside": bool(node.attribute("exclude_outside", 0)),
        "antialias": bool(node.attribute("antialias", 0)),
        "extrapolation": node.attribute("extrapolation_value", 0.0),
    }
    roi = node.known(1, "roi") if settings["coordinates"] == "tf_crop_and_resize" else None
    return _resized(node, axes, sizes, scales, settings, roi)


def _resize_10(node: Node) -> Value:
    scales = [float(s) for s in node.known(1, "scales")]
    sizes = [int(np.floor(n * s)) for n, s in zip(node.shape(0), scales, strict=True)]
    mode = "linear" if node.attribute("mode", "nearest") == "linear" else "nearest"
    settings = {"mode": mode, "coordinates": "asymmetric", "nearest": "floor"}
    return _resized(node, list(range(node.rank())), sizes, scales, settings, None)


def _goal(node: Node, axes: list[int]) -> tuple[list[int], list[float]]:
    """Computes output size and scale of each axis (ONNX operators, Resize, `keep_aspect_ratio_policy`)."""
    old = [node.shape(0)[axis] for axis in axes]
    if node.has(3) and node.known(3, "sizes").size:
        sizes = [int(size) for size in node.known(3, "sizes")]
        policy = node.attribute("keep_aspect_ratio_policy", "stretch")
        if policy == "stretch":
            return sizes, [new / n for new, n in zip(sizes, old, strict=True)]
        choose = min if policy == "not_larger" else max
        scale = choose(new / n for new, n in zip(sizes, old, strict=True))
        return [int(np.floor(scale * n + 0.5)) for n in old], [scale] * len(old)
    scales = [float(scale) for scale in node.known(2, "scales")]
    return [int(np.floor(n * s)) for n, s in zip(old, scales, strict=True)], scales


def _resized(
    node: Node,
    axes: list[int],
    sizes: list[int],
    scales: list[float],
    settings: dict[str, Any],
    roi: Array | None,
) -> Value:
    kind = dtype_name(node.value(0))
    x = cast(node.value(0), "fp32") if kind == "int32" else node.var(0)
    native = _native(x, axes, sizes, scales, settings)
    if native is not None:
        return cast(native, kind)
    for position, (axis, size, scale) in enumerate(zip(axes, sizes, scales, strict=True)):
        length = shape_of(x)[axis]
        if size == length and scale == 1.0 and roi is None:
            continue
        span = (0.0, 1.0) if roi is None else (float(roi[position]), float(roi[position + len(axes)]))
        weights, outside = axis_weights(length, size, scale, settings, span)
        x = _sampled(x, axis, weights)
        if outside.any():
            x = _filled(x, axis, outside, settings["extrapolation"])
    return cast(mb.identity(x=x), kind)


def _native(
    x: Value, axes: list[int], sizes: list[int], scales: list[float], settings: dict[str, Any]
) -> Value | None:
    """Builds Core ML's bilinear resizing of the last two axes, or returns None when it is not equivalent."""
    rank = len(x.shape)
    changed = {axis for axis, scale in zip(axes, scales, strict=True) if scale != 1.0}
    if rank not in (3, 4) or not changed <= {rank - 2, rank - 1} or settings.get("antialias"):
        return None
    if settings["mode"] != "linear" or settings["coordinates"] not in NATIVE:
        return None
    old = shape_of(x)
    goal = list(old)
    for axis, size, scale in zip(axes, sizes, scales, strict=True):
        if size != old[axis] * scale:
            return None
        goal[axis] = size
    if settings["coordinates"] == "align_corners" and 1 in goal[-2:]:
        return None
    return mb.resize_bilinear(
        x=x,
        target_size_height=goal[-2],
        target_size_width=goal[-1],
        sampling_mode=NATIVE[settings["coordinates"]],
    )


def _sampled(x: Value, axis: int, weights: Array) -> Value:
    """Computes every output along an axis as a weighted sum of inputs.

    With few weights per output the inputs are gathered, scaled and added: tap k of all outputs at once. With
    many the axis is moved last and multiplied by the whole matrix of weights.
    """
    taps = int((weights != 0).sum(1).max())
    if taps > MAX_TAPS:
        order = [i for i in range(len(x.shape)) if i != axis] + [axis]
        result = mb.linear(x=mb.transpose(x=x, perm=order), weight=weights.astype(np.float32))
        return mb.transpose(x=result, perm=[order.index(i) for i in range(len(order))])
    chosen = np.argsort(weights == 0, axis=1, kind="stable")[:, :taps]
    factors = np.take_along_axis(weights, chosen, 1).astype(np.float32)
    total: Value = None
    for rows, factor in zip(chosen.T, factors.T, strict=True):
        part = mb.gather(x=x, indices=rows.astype(np.int32), axis=axis)
        if not (factor == 1).all():
            part = mb.mul(x=part, y=factor.reshape([-1 if i == axis else 1 for i in range(len(x.shape))]))
        total = part if total is None else mb.add(x=total, y=part)
    return total


def _filled(x: Value, axis: int, outside: Array, value: float) -> Value:
    """Sets the outputs outside the input to a value: x · inside + value · outside."""
    shape = [-1 if i == axis else 1 for i in range(len(x.shape))]
    inside = mb.mul(x=x, y=(~outside).astype(np.float32).reshape(shape))
    return mb.add(x=inside, y=(outside * np.float32(value)).astype(np.float32).reshape(shape))
