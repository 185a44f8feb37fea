"""The ONNX operators that can be converted: the handler of each, and the versions it covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from onnx import defs

if TYPE_CHECKING:
    from lienzo_coreml.node import Node
    from lienzo_coreml.values import Value

LOWEST_OPSET = 7
HIGHEST_OPSET = 28
LOWEST_ML_OPSET = 1
HIGHEST_ML_OPSET = 5
OPSETS: Mapping[str, tuple[int, int]] = {
    "": (LOWEST_OPSET, HIGHEST_OPSET),
    "ai.onnx.ml": (LOWEST_ML_OPSET, HIGHEST_ML_OPSET),
}

Lowering: TypeAlias = "Callable[[Node], Value | tuple[Value, ...]]"


@dataclass(frozen=True)
class Handler:
    """The conversion of one operator.

    Attributes:
        domain: `""` for ai.onnx, or `ai.onnx.ml`.
        op: Name of the operator.
        newest: The newest version of the operator's definition that the function follows.
        lower: The function that converts a node.
        fixed: Inputs, by position and name, that must be constant, because Core ML has them as parameters.
        limits: What is not covered, as a phrase; empty when everything is.
    """

    domain: str
    op: str
    newest: int
    lower: Lowering
    fixed: Mapping[int, str] = field(default_factory=dict)
    limits: str = ""

    @property
    def title(self) -> str:
        """`Conv`, or `ai.onnx.ml.Scaler`."""
        return f"{self.domain}.{self.op}" if self.domain else self.op


_HANDLERS: dict[tuple[str, str], Handler] = {}


def lowers(
    *ops: str,
    newest: int,
    domain: str = "",
    fixed: Mapping[int, str] | None = None,
    limits: str = "",
) -> Callable[[Lowering], Lowering]:
    """Registers a function that converts the named operators; the arguments are fields of `Handler`."""

    def register(function: Lowering) -> Lowering:
        for op in ops:
            _HANDLERS[domain, op] = Handler(domain, op, newest, function, fixed or {}, limits)
        return function

    return register


def find_handler(domain: str, op: str) -> Handler | None:
    """Returns the handler of an operator, or None when it cannot be converted."""
    import lienzo_coreml.ops  # noqa: F401  (registers every handler; imports coremltools, so late)

    return _HANDLERS.get((domain, op))


def supported_ops() -> list[Handler]:
    """Lists the operators that can be converted, ai.onnx first, sorted by name."""
    find_handler("", "Add")
    return [_HANDLERS[key] for key in sorted(_HANDLERS)]


def definition_version(domain: str, op: str, opset: int) -> int | None:
    """Returns the version of an operator's definition that an opset uses, or None for an unknown operator."""
    try:
        return int(defs.get_schema(op, opset, domain).since_version)
    except defs.SchemaError:
        return None
