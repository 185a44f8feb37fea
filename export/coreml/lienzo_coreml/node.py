"""One ONNX node as a handler sees it: its inputs, attributes and version, and how to refuse it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lienzo_coreml.errors import NeededInAdvance, UnsupportedOp
from lienzo_coreml.mil import Var
from lienzo_coreml.values import Array, Value, is_known, is_static, shape_of, to_var


class Node:
    """A node with the values that reach it.

    Attributes:
        op: The operator, with its domain unless that is ai.onnx.
        name: The node's name, or the name of its first output.
        opset: Version of the node's domain that the model imports.
        inputs: One value per input; None for an optional input that is absent.
        outputs: Names of the outputs; empty for an unused optional output.
        needed: For each of `outputs`, whether it is used.
        target: Minimum deployment target, such as `iOS16`.
    """

    def __init__(
        self,
        proto: onnx.NodeProto,
        opset: int,
        inputs: Sequence[Value | None],
        needed: Sequence[bool],
        target: str,
        kinds: Mapping[str, int],
    ) -> None:
        self.op = f"{proto.domain}.{proto.op_type}" if proto.domain else proto.op_type
        self.name = proto.name or next(filter(None, proto.output), "")
        self.opset = opset
        self.inputs = list(inputs)
        self.outputs = list(proto.output)
        self.needed = list(needed)
        self.target = target
        self.proto = proto
        self._kinds = kinds
        self._attributes = {attribute.name: attribute for attribute in proto.attribute}

    def attribute(self, name: str, default: Any = None) -> Any:
        """Returns an attribute's value (text as str, tensors as arrays), or the default."""
        if name not in self._attributes:
            return default
        value = helper.get_attribute_value(self._attributes[name])
        if isinstance(value, bytes):
            return value.decode()
        if isinstance(value, onnx.TensorProto):
            return numpy_helper.to_array(value)
        if isinstance(value, list | tuple) and value and isinstance(value[0], bytes):
            return [item.decode() for item in value]
        return list(value) if isinstance(value, list | tuple) else value

    def has(self, index: int) -> bool:
        """Returns whether an optional input is present."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def value(self, index: int) -> Value:
        """Returns an input, constant or computed.

        Raises:
            UnsupportedOp: When it is absent.
        """
        if not self.has(index):
            raise self.refused(f"input {index} is missing")
        return self.inputs[index]

    def var(self, index: int) -> Var:
        """Returns an input as a variable of the ML Program."""
        return to_var(self.value(index))

    def known(self, index: int, name: str) -> Array:
        """Returns an input that must be constant at conversion.

        Raises:
            NeededInAdvance: When it is computed on the device.
        """
        value = self.value(index)
        if is_known(value):
            return value  # type: ignore[no-any-return]
        if value.val is not None:
            return np.asarray(value.val)
        reason = f"{name} is computed by the model, and Core ML needs its value in advance"
        raise NeededInAdvance(self.op, self.name, reason)

    def shape(self, index: int) -> tuple[int, ...]:
        """Returns the shape of an input, which must be static.

        Raises:
            UnsupportedOp: When a size is only known on the device.
        """
        shape = shape_of(self.value(index))
        if not is_static(shape):
            raise self.refused(f"input {index} has a size that is only known on the device: {shape}")
        return shape

    def size(self, axis: int, index: int = 0) -> int:
        """Returns the size of one axis of an input; others may be open.

        Raises:
            UnsupportedOp: When it is only known on the device.
        """
        size = shape_of(self.value(index))[axis]
        if not is_static([size]):
            raise self.refused(f"the size of axis {axis} of input {index} is only known on the device")
        return int(size)

    def rank(self, index: int = 0) -> int:
        """Returns the number of axes of an input."""
        return len(self.value(index).shape)

    def axis(self, default: int, index: int = 0) -> int:
        """Returns the attribute `axis`, counted from the front."""
        return self.natural(int(self.attribute("axis", default)), self.rank(index))

    def natural(self, axis: int, rank: int) -> int:
        """Returns an axis counted from the front.

        Raises:
            UnsupportedOp: When there is no such axis.
        """
        count = max(rank, 1)
        if not -count <= axis < count:
            raise self.refused(f"axis {axis} of {rank}")
        return axis % count

    def kind(self, index: int) -> int:
        """Returns the ONNX element type of an input; 0 where it is not known."""
        value = self.value(index)
        if is_known(value):
            return int(helper.np_dtype_to_tensor_dtype(value.dtype))
        return self._kinds.get(self.proto.input[index], 0)

    def refused(self, reason: str) -> UnsupportedOp:
        """Returns the error for this node, to be raised."""
        return UnsupportedOp(self.op, self.name, reason)

    def refuse_outputs(self, first: int, reason: str) -> None:
        """Raises UnsupportedOp when any output from `first` on is used."""
        if any(self.needed[first:]):
            raise self.refused(reason)
