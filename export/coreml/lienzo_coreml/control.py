"""Branches and loops: those that are known become plain operations, one copy of the body for each turn.

Core ML's own loop cannot stack what its turns yield into one tensor of a known size, and runs on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import onnx
from onnx import helper

from lienzo_coreml.errors import NeededInAdvance, UnsupportedOp
from lienzo_coreml.mil import mb
from lienzo_coreml.values import Value, is_known, is_static, shape_of, to_var

MOST_TURNS = 1024


class Scope(Protocol):
    """What lowers the graphs inside a node: the values by name, and `run`."""

    values: dict[str, Value]

    def run(self, graph: onnx.GraphProto, outputs: Sequence[str]) -> list[Value]:
        """Lowers what the named outputs of a graph depend on."""


def _body(node: onnx.NodeProto, name: str) -> onnx.GraphProto:
    return next(each.g for each in node.attribute if each.name == name)


def _run(scope: Scope, body: onnx.GraphProto, given: Sequence[Value]) -> list[Value]:
    scope.values.update(zip((each.name for each in body.input), given, strict=True))
    return scope.run(body, [output.name for output in body.output])


def lower_if(scope: Scope, node: onnx.NodeProto, inputs: Sequence[Value]) -> Sequence[Value]:
    """Lowers the branch that is taken, or both where the model computes which one it is."""
    from lienzo_coreml.ops.logic import choose

    (condition,) = inputs
    if is_known(condition):
        taken = "then_branch" if bool(np.ravel(condition)[0]) else "else_branch"
        return _run(scope, _body(node, taken), ())
    both = [_run(scope, _body(node, name), ()) for name in ("then_branch", "else_branch")]
    for one, other in zip(*both, strict=True):
        if shape_of(one) != shape_of(other):
            raise NeededInAdvance(
                "If", _name(node), "its condition is computed, and its branches differ in shape"
            )
    whole = mb.reshape(x=to_var(condition), shape=[1])
    return [
        choose(mb.squeeze(x=whole) if not one.shape else whole, to_var(one), to_var(other))
        for one, other in zip(*both, strict=True)
    ]


def lower_loop(scope: Scope, node: onnx.NodeProto, inputs: Sequence[Value]) -> Sequence[Value]:
    """Lowers the body of a Loop once for each turn; the number of turns must follow from constants."""
    trips, going, *carried = inputs
    for value, title in ((trips, "the number of its turns"), (going, "whether it starts")):
        if value is not None and not is_known(value):
            raise NeededInAdvance("Loop", _name(node), f"{title} is computed by the model")
    most = None if trips is None else int(np.ravel(trips)[0])
    goes = going is None or bool(np.ravel(going)[0])
    body = _body(node, "body")
    rows: list[list[Value]] = [[] for _ in range(len(body.output) - 1 - len(carried))]
    turn = 0
    while goes and (most is None or turn < most):
        _check_turns("Loop", node, turn + 1)
        goes_on, *results = _run(scope, body, [np.array(turn, np.int64), np.array(True), *carried])
        if not is_known(goes_on):
            raise NeededInAdvance("Loop", _name(node), "whether it goes on is computed by the model")
        carried, yielded = results[: len(carried)], results[len(carried) :]
        for row, value in zip(rows, yielded, strict=True):
            row.append(value)
        goes = bool(np.ravel(goes_on)[0])
        turn += 1
    return [*carried, *(_stacked("Loop", node, row, 0) for row in rows)]


def lower_scan(scope: Scope, node: onnx.NodeProto, inputs: Sequence[Value]) -> Sequence[Value]:
    """Lowers the body of a Scan once for each row of what it scans, whose number must be known."""
    settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    body, count = settings["body"], int(settings["num_scan_inputs"])
    if len(body.input) != len(inputs):
        raise UnsupportedOp("Scan", _name(node), "opset 8 scans each picture of a batch on its own")
    carried, scanned = list(inputs[: len(inputs) - count]), list(inputs[len(inputs) - count :])
    axes = _listed(settings, "scan_input_axes", count)
    backwards = _listed(settings, "scan_input_directions", count)
    made = len(body.output) - len(carried)
    lengths = {shape_of(value)[axis] for value, axis in zip(scanned, axes, strict=True)}
    if not is_static(list(lengths)):
        raise UnsupportedOp("Scan", _name(node), "how much it scans is only known on the device")
    length = int(lengths.pop())
    _check_turns("Scan", node, length)
    rows: list[list[Value]] = [[] for _ in range(made)]
    for turn in range(length):
        places = [length - 1 - turn if reverse else turn for reverse in backwards]
        given = [_row(*each) for each in zip(scanned, axes, places, strict=True)]
        results = _run(scope, body, [*carried, *given])
        carried = results[: len(carried)]
        for row, value in zip(rows, results[len(carried) :], strict=True):
            row.append(value)
    turned = _listed(settings, "scan_output_directions", made)
    joined = [row[::-1] if reverse else row for row, reverse in zip(rows, turned, strict=True)]
    along = _listed(settings, "scan_output_axes", made)
    return [*carried, *(_stacked("Scan", node, *each) for each in zip(joined, along, strict=True))]


def _name(node: onnx.NodeProto) -> str:
    return node.name or next(filter(None, node.output), "")


def _listed(settings: Mapping[str, object], name: str, count: int) -> list[int]:
    return [int(each) for each in settings.get(name, [0] * count)]  # type: ignore[attr-defined]


def _check_turns(op: str, node: onnx.NodeProto, turns: int) -> None:
    if turns > MOST_TURNS:
        raise UnsupportedOp(
            op, _name(node), f"more than {MOST_TURNS} turns, each of which becomes a copy of its body"
        )


def _row(value: Value, axis: int, place: int) -> Value:
    if is_known(value):
        return np.take(value, place, axis)
    return mb.squeeze(x=mb.gather(x=value, indices=np.array([place], np.int32), axis=axis), axes=[axis])


def _stacked(op: str, node: onnx.NodeProto, rows: Sequence[Value], axis: int) -> Value:
    if not rows:
        raise UnsupportedOp(op, _name(node), "it takes no turn, and Core ML has no empty tensors")
    if all(is_known(row) for row in rows):
        return np.stack(rows, axis)
    return mb.stack(values=[to_var(row) for row in rows], axis=axis)


CONTROL: Mapping[str, Callable[[Scope, onnx.NodeProto, Sequence[Value]], Sequence[Value]]] = {
    "If": lower_if,
    "Loop": lower_loop,
    "Scan": lower_scan,
}
