"""Inputs and outputs of a Core ML model: maps ONNX types and shapes to those that Core ML supports."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import onnx

from lienzo_coreml.axes import MAX_RANK
from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.formats import CARRIERS
from lienzo_coreml.mil import coremltools as ct
from lienzo_coreml.mil import get_new_symbol, mb, types
from lienzo_coreml.sizes import MOST_NUMBERS
from lienzo_coreml.values import Value, cast, dtype_name, shape_of

FLOATS = {kind for kind, carrier in CARRIERS.items() if carrier == "fp32"}
INTEGERS = {kind for kind, carrier in CARRIERS.items() if carrier in ("int32", "bool")}


@dataclass(frozen=True)
class ImageInput:
    """Declares one input of the ONNX model as a picture, so that Vision can feed it.

    Attributes:
        name: The input. Its shape is (1, C, H, W), (1, H, W, C), (H, W, C) or (C, H, W) with C 3 or 1.
        color: Order of the channels that the model expects; GRAYSCALE for one channel.
        scale: Factor for every channel, or one per channel in the model's order: 0–255 is multiplied by it.
        bias: Addend after scaling, for every channel or one per channel.
        size: Height and width in pixels, when they are dynamic in the ONNX model; a fixed one is the same.
    """

    name: str = "image"
    color: Literal["RGB", "BGR", "GRAYSCALE"] = "RGB"
    scale: float | tuple[float, ...] = 1.0
    bias: float | tuple[float, ...] = 0.0
    size: tuple[int, int] | None = None

    @property
    def channels(self) -> int:
        """How many the model expects."""
        return 1 if self.color == "GRAYSCALE" else 3

    @property
    def scales(self) -> tuple[float, ...]:
        """Factor of each channel."""
        return self._per_channel(self.scale)

    @property
    def biases(self) -> tuple[float, ...]:
        """Addend of each channel."""
        return self._per_channel(self.bias)

    def _per_channel(self, given: float | tuple[float, ...]) -> tuple[float, ...]:
        values = given if isinstance(given, tuple) else (given,)
        if len(values) == 1:
            return values * self.channels
        if self.channels == 1:  # the default of three, for one channel
            return values[:1]
        if len(values) != self.channels:
            raise UnsupportedModel(
                f'{len(values)} numbers for the {self.channels} channels of the picture "{self.name}"'
            )
        return values


@dataclass
class Port:
    """One input of the ML Program that is being built.

    Attributes:
        source: Name in the ONNX model.
        name: Name in Core ML: letters, digits and underscores.
        shape: Shape in Core ML; a pair (1, n) is a dynamic size from 1 to n.
        kind: ONNX element type.
        rank: Number of axes in the ONNX model.
        image: Declaration as a picture, or None.
        layout: Axes of a picture in the ONNX model, such as `NHWC`.
        placeholder: The ML Program's input, once it is made.
    """

    source: str
    name: str
    shape: list[Any]
    kind: int
    rank: int
    image: ImageInput | None = None
    layout: str = ""
    placeholder: Any = field(default=None)

    def core_ml_type(self, target: str) -> Any:
        """Returns the element type of the ML Program's input."""
        if self.kind == onnx.TensorProto.FLOAT16 and target != "iOS15" and self.image is None:
            return types.fp16
        return types.int32 if self.kind in INTEGERS and self.image is None else types.fp32

    def make_placeholder(self, target: str) -> Any:
        """Creates the ML Program's input; dynamic sizes become symbols."""
        sizes = [get_new_symbol() if isinstance(size, tuple) else size for size in self.shape]
        self.placeholder = mb.placeholder(shape=sizes, dtype=self.core_ml_type(target))
        return self.placeholder

    def declaration(self, target: str) -> Any:
        """Returns the declaration that coremltools writes into the model's description."""
        if self.image is not None:
            color = getattr(ct.colorlayout, self.image.color)
            shape, scales = tuple(self.shape), self.image.scales
            if len(set(scales)) > 1:  # then the graph does it, because Core ML has one scale for all channels
                return ct.ImageType(name=self.name, shape=shape, color_layout=color)
            return ct.ImageType(
                name=self.name,
                shape=shape,
                color_layout=color,
                scale=scales[0],
                bias=list(self.image.biases),
            )
        sizes = [
            ct.RangeDim(*size, default=size[0]) if isinstance(size, tuple) else size for size in self.shape
        ]
        return ct.TensorType(name=self.name, shape=tuple(sizes), dtype=self.core_ml_type(target))

    def value(self, var: Value) -> Value:
        """Converts the input to the type, rank and order of axes that the ONNX graph expects."""
        if self.image is not None:
            if len(set(self.image.scales)) > 1:
                scales, biases = (
                    np.array(each, np.float32).reshape(1, -1, 1, 1)
                    for each in (self.image.scales, self.image.biases)
                )
                var = mb.add(x=mb.mul(x=var, y=scales), y=biases)
            if self.layout.endswith("C"):
                var = mb.transpose(x=var, perm=[0, 2, 3, 1])
            return mb.squeeze(x=var, axes=[0]) if len(self.layout) == 3 else var
        if self.rank == 0:
            var = mb.squeeze(x=var)
        if self.kind == onnx.TensorProto.FLOAT16:
            return cast(var, "fp16") if dtype_name(var) != "fp32" else var
        return mb.not_equal(x=var, y=0) if self.kind == onnx.TensorProto.BOOL else var


def core_ml_name(name: str) -> str:
    """Converts a name to one that Core ML accepts."""
    cleaned = re.sub(r"\W", "_", name, flags=re.ASCII)
    return cleaned if re.match(r"[A-Za-z_]", cleaned) else f"_{cleaned}"


def make_port(
    info: onnx.ValueInfoProto,
    image: ImageInput | None,
    dimensions: Mapping[str, int],
    max_rows: int,
) -> Port:
    """Maps one input of an ONNX graph to an input of the ML Program.

    Raises:
        UnsupportedModel: When Core ML does not support its type or shape.
    """
    kind = info.type.tensor_type.elem_type
    if not info.type.HasField("tensor_type") or kind not in FLOATS | INTEGERS | {onnx.TensorProto.FLOAT16}:
        name = onnx.TensorProto.DataType.Name(kind) if kind else info.type.WhichOneof("value")
        raise UnsupportedModel(f'input "{info.name}" has type {name}, which Core ML does not have')
    sizes: list[Any] = []
    for dimension in info.type.tensor_type.shape.dim:
        known = dimension.HasField("dim_value") and dimension.dim_value >= 0
        size = dimension.dim_value if known else dimensions.get(dimension.dim_param)
        sizes.append((1, max_rows) if size is None else size)
    if 0 in sizes:
        raise UnsupportedModel(f'input "{info.name}" is empty, and Core ML has no empty tensors')
    if len(sizes) > MAX_RANK:
        raise UnsupportedModel(
            f'input "{info.name}" has {len(sizes)} axes, and Core ML has at most {MAX_RANK}'
        )
    numbers = math.prod(size for size in sizes if not isinstance(size, tuple))
    if numbers > MOST_NUMBERS:
        raise UnsupportedModel(
            f'input "{info.name}" has {numbers} numbers or more, and {MOST_NUMBERS} are the most'
        )
    port = Port(info.name, core_ml_name(info.name), sizes or [1], kind, len(sizes))
    return _as_picture(port, image) if image is not None else port


def _as_picture(port: Port, image: ImageInput) -> Port:
    channels = image.channels
    sizes = port.shape if port.rank == 4 else [1, *port.shape]
    first, last = sizes[1] == channels, sizes[-1] == channels
    if port.rank not in (3, 4) or not (first or last):
        raise UnsupportedModel(
            f'input "{port.source}" of shape {port.shape} is not a picture of {channels} channels: '
            "expected (1, C, H, W), (1, H, W, C), (C, H, W) or (H, W, C)"
        )
    if not isinstance(sizes[0], tuple) and sizes[0] != 1:
        raise UnsupportedModel(
            f'input "{port.source}" takes {sizes[0]} pictures at once, and Core ML gives it one (--image)'
        )
    layout = "NCHW" if first else "NHWC"
    height, width = sizes[2:] if first else sizes[1:3]
    if image.size is None:
        if isinstance(height, tuple) or isinstance(width, tuple):
            raise UnsupportedModel(f'input "{port.source}" has no fixed height or width: give a size')
    else:
        _check_size(port.source, (height, width), image.size)
        height, width = image.size
    port.image, port.layout = image, layout[4 - port.rank :]
    port.shape = [1, channels, height, width]
    return port


def _check_size(name: str, sides: tuple[Any, Any], wanted: tuple[int, int]) -> None:
    """Raises UnsupportedModel when the model fixes a side that is wanted otherwise."""
    for side, found, size in zip(("height", "width"), sides, wanted, strict=True):
        if not isinstance(found, tuple) and found != size:
            raise UnsupportedModel(
                f'--size {wanted[0]}x{wanted[1]}: the {side} of the picture "{name}" is fixed at {found}'
            )


def to_output(value: Value, name: str) -> Any:
    """Converts a result to an output that Core ML supports: at least one axis; fp32, fp16 or int32.

    Raises:
        UnsupportedModel: When it does not depend on any input.
    """
    if 0 in value.shape:
        raise UnsupportedModel(f'output "{name}" is empty, and Core ML has no empty tensors')
    if not hasattr(value, "op"):
        raise UnsupportedModel(
            f'output "{name}" does not depend on any input: nothing is left for Core ML to run'
        )
    if len(value.shape) > MAX_RANK:
        raise UnsupportedModel(
            f'output "{name}" has {len(value.shape)} axes, and Core ML has at most {MAX_RANK}'
        )
    if dtype_name(value) == "bool":
        value = cast(value, "int32")
    if not shape_of(value):
        value = mb.expand_dims(x=value, axes=[0])
    return mb.identity(x=value, name=core_ml_name(name))


def distinct_names(names: Sequence[str], taken: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns what names become in Core ML, with the name of each, and those that are taken already.

    Raises:
        UnsupportedModel: When two become the same.
    """
    seen = dict(taken or {})
    for name in names:
        other = seen.setdefault(core_ml_name(name), name)
        if other != name:
            raise UnsupportedModel(f'"{other}" and "{name}" would have the same name in Core ML')
        if name in (taken or {}).values():
            raise UnsupportedModel(f'"{name}" is the name of an input and of an output')
    return seen
