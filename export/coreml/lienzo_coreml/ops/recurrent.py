"""Recurrent layers: Core ML's own where they do the same, otherwise step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.recurrent_steps import DEFAULTS, Direction, differing, in_steps
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import (
    Array,
    Value,
    cast,
    dtype_name,
    is_static,
    shape_of,
    to_core_ml,
    to_var,
    zeros_like,
)

ACTIVATIONS = {"RNN": ["tanh"], "GRU": ["sigmoid", "tanh"], "LSTM": ["sigmoid", "tanh", "tanh"]}
FIXED = {1: "W", 2: "R", 3: "B"}
OWN = {"relu", "sigmoid", "tanh"}
"""Activations of Core ML's own layers that take no parameters."""
LIMITS = "over a sequence of known length"


@lowers("RNN", newest=22, fixed=FIXED)
@lowers("LSTM", newest=22, fixed={**FIXED, 7: "P"})
@lowers("GRU", newest=22, fixed=FIXED, limits=LIMITS)
def recurrent_layer(node: Node) -> tuple[Value, ...]:
    by_rows = bool(node.attribute("layout", 0))  # (batch, sequence, inputs), not (sequence, batch, inputs)
    x = _swapped(node.var(0)) if by_rows else node.var(0)
    directions = _directions(node)
    lengths = differing(node.inputs[4] if node.has(4) else None, shape_of(x)[0])
    states = [
        _initial(node, x, index, directions, by_rows) for index in ((5, 6) if node.op == "LSTM" else (5,))
    ]
    if lengths is None and node.op != "GRU" and _is_own(node, directions):
        rows, last = _own(node, x, directions, states)
    else:
        rows, last = _in_steps(node, x, directions, states, lengths)
    if by_rows:
        rows = mb.transpose(x=rows, perm=[2, 0, 1, 3])
        last = [_swapped(each) for each in last]
    return (rows, *last)


def _swapped(x: Value) -> Value:
    return mb.transpose(x=x, perm=[1, 0, 2])


def _directions(node: Node) -> list[Direction]:
    given, recurrent = (np.asarray(node.known(i, FIXED[i])) for i in (1, 2))
    bias = node.known(3, "B") if node.has(3) else np.zeros((len(given), 2 * given.shape[1]), given.dtype)
    look = node.known(7, "P") if node.has(7) else [None] * len(given)
    way = node.attribute("direction", "forward")
    return [
        Direction(
            given[i],
            recurrent[i],
            (bias[i][: given.shape[1]], bias[i][given.shape[1] :]),
            look[i],
            _curves(node, i),
            backwards=way == "reverse" or i == 1,
        )
        for i in range(len(given))
    ]


def _curves(node: Node, direction: int) -> list[tuple[str, float, float]]:
    """Names of the activations with alpha and beta, which are listed for those that take any."""
    count = len(ACTIVATIONS[node.op])
    names = [name.lower() for name in node.attribute("activations", ACTIVATIONS[node.op] * 2)]
    alphas, betas = (list(node.attribute(f"activation_{each}", [])) for each in ("alpha", "beta"))
    found = []
    for name in names:
        default = DEFAULTS.get(name, (1.0, 0.0))
        alpha = alphas.pop(0) if alphas and name in TAKE_ALPHA else default[0]
        beta = betas.pop(0) if betas and name in TAKE_BETA else default[1]
        found.append((name, float(alpha), float(beta)))
    return found[direction * count : (direction + 1) * count]


TAKE_ALPHA = {"affine", "elu", "hardsigmoid", "leakyrelu", "scaledtanh", "thresholdedrelu"}
TAKE_BETA = {"affine", "hardsigmoid", "scaledtanh"}


def _initial(node: Node, x: Value, index: int, directions: list[Direction], by_rows: bool) -> list[Value]:
    """The first state of each direction, (batch, hidden)."""
    size = directions[0].recurrent.shape[1]
    if node.has(index):
        given = node.var(index)
        axis = 1 if by_rows else 0
        parts = mb.split(x=given, num_splits=len(directions), axis=axis) if len(directions) > 1 else [given]
        return [mb.squeeze(x=part, axes=[axis]) for part in parts]
    batch = shape_of(x)[1]
    if is_static([batch]):
        return [to_var(np.zeros((batch, size), np.float16 if dtype_name(x) == "fp16" else np.float32))] * len(
            directions
        )
    column = mb.squeeze(x=mb.slice_by_size(x=x, begin=[0, 0, 0], size=[1, -1, 1]), axes=[0])
    return [mb.tile(x=zeros_like(column), reps=[1, size])] * len(directions)


def _in_steps(
    node: Node, x: Value, directions: list[Direction], states: list[list[Value]], lengths: Value | None
) -> tuple[Value, list[Value]]:
    found = [
        in_steps(node, x, each, tuple(pair), lengths) for each, *pair in zip(directions, *states, strict=True)
    ]
    rows = mb.stack(values=[rows for rows, _ in found], axis=1)
    return rows, [
        mb.stack(values=list(each), axis=0) for each in zip(*(last for _, last in found), strict=True)
    ]


def _is_own(node: Node, directions: list[Direction]) -> bool:
    names = [[name for name, _, _ in each.curves] for each in directions]
    if node.attribute("clip") or node.attribute("input_forget") or any(each != names[0] for each in names):
        return False
    return set(names[0]) <= OWN


def _own(
    node: Node, x: Value, directions: list[Direction], states: list[list[Value]]
) -> tuple[Value, list[Value]]:
    """Builds Core ML's own layer, which takes fp32 in every system; an LSTM does both directions in one."""
    kind, count, size = dtype_name(x), len(directions), directions[0].recurrent.shape[1]
    x = cast(x, "fp32")
    if node.op == "RNN" or count == 1:
        found = [
            _one_way(node, x, each, [cast(state, "fp32") for state in pair])
            for each, *pair in zip(directions, *states, strict=True)
        ]
        rows = mb.stack(values=[first for first, *_ in found], axis=1)
        last = [
            mb.stack(values=list(each), axis=0) for each in zip(*(rest for _, *rest in found), strict=True)
        ]
    else:
        there, back = (_lstm_weights(each) for each in directions)
        joined = [mb.concat(values=[cast(state, "fp32") for state in each], axis=1) for each in states]
        flat, *ends = mb.lstm(
            x=x,
            initial_h=joined[0],
            initial_c=joined[1],
            **there,
            **{f"{name}_back": value for name, value in back.items()},
            direction="bidirectional",
            output_sequence=True,
            **_lstm_curves(directions[0]),
        )
        rows = mb.stack(values=mb.split(x=flat, split_sizes=[size, size], axis=2), axis=1)
        last = [mb.stack(values=mb.split(x=end, split_sizes=[size, size], axis=1), axis=0) for end in ends]
    return cast(rows, kind), [cast(each, kind) for each in last]


def _one_way(node: Node, x: Value, direction: Direction, states: list[Value]) -> tuple[Value, ...]:
    # Apple does not say in which order "reverse" gives its rows, so the rows are turned here.
    x = mb.reverse(x=x, axes=[0]) if direction.backwards else x
    if node.op == "LSTM":
        hidden, memory = states
        settings = _lstm_weights(direction) | _lstm_curves(direction)
        rows, *last = mb.lstm(x=x, initial_h=hidden, initial_c=memory, output_sequence=True, **settings)
    else:
        rows, *last = mb.rnn(
            x=x,
            initial_h=states[0],
            weight_ih=to_core_ml(direction.given),
            weight_hh=to_core_ml(direction.recurrent),
            bias=to_core_ml(np.asarray(sum(direction.bias))),
            output_sequence=True,
            activation=direction.curves[0][0],
        )
    return (mb.reverse(x=rows, axes=[0]) if direction.backwards else rows, *last)


def _lstm_weights(direction: Direction) -> dict[str, Array]:
    """ONNX orders the gates input, output, forget, cell; Core ML has forget before output."""

    def ordered(array: Array, parts: int) -> Array:
        blocks = np.split(array.astype(np.float32), parts)
        return np.concatenate([blocks[i] for i in (0, 2, 1, 3)[:parts]])

    found: dict[str, Any] = {
        "weight_ih": ordered(direction.given, 4),
        "weight_hh": ordered(direction.recurrent, 4),
        "bias": ordered(np.asarray(sum(direction.bias)), 4),
    }
    if direction.peephole is not None:
        found["peephole"] = ordered(direction.peephole, 3)
    return found


def _lstm_curves(direction: Direction) -> dict[str, str]:
    names = [name for name, _, _ in direction.curves]
    return dict(zip(("recurrent_activation", "cell_activation", "activation"), names, strict=True))
