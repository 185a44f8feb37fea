"""Convolutions over one, two or three spatial axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.slicing import padded
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, is_known, to_core_ml


def window(node: Node, spatial: int) -> tuple[list[int], list[int]]:
    """Returns strides and dilations of a window that slides over `spatial` axes."""
    return node.attribute("strides") or [1] * spatial, node.attribute("dilations") or [1] * spatial


def explicit_pads(node: Node, sizes: tuple[int, ...], kernel: list[int]) -> list[tuple[int, int]]:
    """Computes the padding before and after each spatial axis (ONNX operators, Conv, `auto_pad`)."""
    spatial = len(kernel)
    strides, dilations = window(node, spatial)
    mode = node.attribute("auto_pad", "NOTSET")
    if mode in ("NOTSET", ""):
        pads = node.attribute("pads") or [0] * (2 * spatial)
        return list(zip(pads[:spatial], pads[spatial:], strict=True))
    if mode == "VALID":
        return [(0, 0)] * spatial
    # SAME: ceil(size / stride) outputs. The odd element goes after for SAME_UPPER, before for SAME_LOWER.
    found = []
    for size, length, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        steps = -(-size // stride)
        total = max((steps - 1) * stride + (length - 1) * dilation + 1 - size, 0)
        found.append(
            (total // 2, total - total // 2) if mode == "SAME_UPPER" else (total - total // 2, total // 2)
        )
    return found


def sliding(node: Node, kernel: list[int]) -> dict[str, Any]:
    """Returns how a kernel slides, as settings of Core ML's convolution: its steps, padding and groups."""
    strides, dilations = window(node, len(kernel))
    groups = int(node.attribute("group", 1))
    settings: dict[str, Any] = {"strides": strides, "dilations": dilations, "groups": groups}
    mode = node.attribute("auto_pad", "NOTSET")
    explicit = mode in ("NOTSET", "")
    if mode == "VALID" or (explicit and not node.attribute("pads")):
        return settings | {"pad_type": "valid"}
    pads = explicit_pads(node, () if explicit else node.shape(0)[2:], kernel)
    return settings | {"pad_type": "custom", "pad": [amount for pair in pads for amount in pair]}


@lowers("Conv", newest=22)
def convolution(node: Node) -> Value:
    weight = node.value(1)
    settings = sliding(node, list(weight.shape[2:]))
    bias: Value = node.value(2) if node.has(2) else None
    if is_known(bias):
        settings["bias"] = to_core_ml(bias)
    result = mb.conv(
        x=node.var(0),
        weight=to_core_ml(weight) if is_known(weight) else weight,
        **settings,
    )
    if bias is None or is_known(bias):
        return result
    return mb.add(x=result, y=mb.reshape(x=bias, shape=[-1, *[1] * (len(weight.shape) - 2)]))


@lowers("ConvTranspose", newest=22, fixed={1: "W", 2: "B"})
def transposed_convolution(node: Node) -> Value:
    weight = node.known(1, "W")
    kernel = list(weight.shape[2:])
    strides, dilations = window(node, len(kernel))
    settings = {"bias": to_core_ml(node.known(2, "B"))} if node.has(2) else {}
    full = mb.conv_transpose(
        x=node.var(0),
        weight=to_core_ml(weight),
        pad_type="valid",
        strides=strides,
        dilations=dilations,
        groups=int(node.attribute("group", 1)),
        **settings,
    )
    # The full result first, then cropped or padded as ONNX says: ONNX and Core ML agree only on "valid".
    amounts = {axis + 2: pair for axis, pair in enumerate(_trim(node, kernel)) if any(pair)}
    if any(after > 0 for _, after in amounts.values()) and settings:
        raise node.refused("output padding beyond the full result together with a bias")
    return padded(node, full, amounts, "constant") if amounts else full


def _trim(node: Node, kernel: list[int]) -> list[tuple[int, int]]:
    """Computes what to add before and after each spatial axis of the full result; negative means crop.

    The full result has (n - 1) · stride + (kernel - 1) · dilation + 1 elements along an axis. `pads` crop it;
    `output_shape` and SAME give the goal, from which the cropping follows.
    """
    spatial = len(kernel)
    strides, dilations = window(node, spatial)
    extra = node.attribute("output_padding") or [0] * spatial
    sizes = node.shape(0)[2:]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    full = [(n - 1) * s + r for n, s, r in zip(sizes, strides, reach, strict=True)]
    mode = node.attribute("auto_pad", "NOTSET")
    wanted = node.attribute("output_shape")
    if wanted is None and mode in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [n * s for n, s in zip(sizes, strides, strict=True)]
    if wanted is None:
        pads = node.attribute("pads") or [0] * (2 * spatial)
        return [(-a, more - b) for a, b, more in zip(pads[:spatial], pads[spatial:], extra, strict=True)]
    found = []
    for length, goal, more in zip(full, wanted[-spatial:], extra, strict=True):
        total = length + more - goal
        small, large = total // 2, total - total // 2
        before, after = (small, large) if mode == "SAME_UPPER" else (large, small)
        found.append((-before, more - after))
    return found


@lowers("ConvInteger", newest=10, fixed={1: "w", 3: "w_zero_point"}, limits="exact up to 2²⁴")
def integer_convolution(node: Node) -> Value:
    weight = node.known(1, "w").astype(np.float32)
    if node.has(3):
        zero = node.known(3, "w_zero_point").astype(np.float32)
        weight = weight - zero.reshape(-1, *[1] * (weight.ndim - 1))
    x = mb.cast(x=node.var(0), dtype="fp32")
    if node.has(2):
        x = mb.sub(x=x, y=cast(node.value(2), "fp32"))
    result = mb.conv(x=x, weight=weight, **sliding(node, list(weight.shape[2:])))
    return mb.cast(x=mb.round(x=result), dtype="int32")


@lowers("Col2Im", newest=28, fixed={1: "image_shape", 2: "block_shape"})
def joined_blocks(node: Node) -> Value:
    """Adds blocks up where they overlap: a transposed convolution whose kernels each place one number."""
    image, block = (node.known(i, name).astype(int).tolist() for i, name in ((1, "image"), (2, "block")))
    strides, dilations = window(node, len(block))
    pads = node.attribute("pads") or [0] * (2 * len(block))
    around = list(zip(pads[: len(block)], pads[len(block) :], strict=True))
    padded_image = [size + before + after for size, (before, after) in zip(image, around, strict=True)]
    counts = [
        (size - (length - 1) * d - 1) // s + 1
        for size, length, s, d in zip(padded_image, block, strides, dilations, strict=True)
    ]
    batch, columns, _ = node.shape(0)
    numbers = int(np.prod(block))
    channels = columns // numbers
    single = np.eye(numbers, dtype=np.float32).reshape(numbers, 1, *block)
    full = mb.conv_transpose(
        x=mb.reshape(x=cast(node.value(0), "fp32"), shape=[batch, columns, *counts]),
        weight=np.concatenate([single] * channels),
        pad_type="valid",
        strides=strides,
        dilations=dilations,
        groups=channels,
    )
    # What the last block does not reach is zero; what was padding is cut off.
    room = {
        axis: (-before, before + size - int(full.shape[axis]))
        for axis, (size, (before, _)) in enumerate(zip(image, around, strict=True), 2)
    }
    return padded(node, full, room, "constant")
