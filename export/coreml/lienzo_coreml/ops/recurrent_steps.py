"""Recurrent layers step by step, for what Core ML's own layers do not do: GRU, clipping, sequences of
different lengths, further activations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lienzo_coreml.control import MOST_TURNS
from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.values import Array, Value, cast, dtype_name, is_known, scalar, to_core_ml, to_var

Curve = Callable[[Value], Value]
States = tuple[Value, ...]
CURVES: dict[str, Callable[[Value, float, float], Value]] = {
    "affine": lambda x, a, b: mb.linear_activation(x=x, alpha=scalar(a, x), beta=scalar(b, x)),
    "elu": lambda x, a, b: mb.elu(x=x, alpha=scalar(a, x)),
    "hardsigmoid": lambda x, a, b: mb.sigmoid_hard(x=x, alpha=scalar(a, x), beta=scalar(b, x)),
    "leakyrelu": lambda x, a, b: mb.leaky_relu(x=x, alpha=scalar(a, x)),
    "relu": lambda x, a, b: mb.relu(x=x),
    "scaledtanh": lambda x, a, b: mb.mul(x=mb.tanh(x=mb.mul(x=x, y=scalar(b, x))), y=scalar(a, x)),
    "sigmoid": lambda x, a, b: mb.sigmoid(x=x),
    "softplus": lambda x, a, b: mb.softplus(x=x),
    "softsign": lambda x, a, b: mb.softsign(x=x),
    "tanh": lambda x, a, b: mb.tanh(x=x),
    "thresholdedrelu": lambda x, a, b: mb.thresholded_relu(x=x, alpha=scalar(a, x)),
}
DEFAULTS: dict[str, tuple[float, float]] = {
    "elu": (1.0, 0.0),
    "hardsigmoid": (0.2, 0.5),
    "leakyrelu": (0.01, 0.0),
    "thresholdedrelu": (1.0, 0.0),
}
"""Alpha and beta where the node gives none; otherwise 1 and 0."""


@dataclass(frozen=True)
class Direction:
    """One direction of a layer.

    Attributes:
        given: Weights of the input, (gates · hidden, inputs), gates in the order of ONNX.
        recurrent: Weights of the state, (gates · hidden, hidden).
        bias: Bias of the input and of the state, each (gates · hidden).
        peephole: (3 · hidden) for the input, output and forget gate, or None.
        curves: Names of the activations, in lower case, with alpha and beta.
        backwards: Whether it begins at the end.
    """

    given: Array
    recurrent: Array
    bias: tuple[Array, Array]
    peephole: Array | None
    curves: Sequence[tuple[str, float, float]]
    backwards: bool


def in_steps(
    node: Node, x: Value, direction: Direction, states: States, lengths: Value | None
) -> tuple[Value, States]:
    """Runs one direction of a layer over a sequence whose length is known.

    Args:
        node: The node.
        x: (sequence, batch, inputs).
        direction: Its weights.
        states: Hidden state and, of an LSTM, the cell, each (batch, hidden).
        lengths: Length of each sequence of the batch, int32, or None where all are complete.

    Returns:
        The hidden states, (sequence, batch, hidden), and the last states.
    """
    count = x.shape[0]
    if not isinstance(count, int | np.integer) or count > MOST_TURNS:
        raise node.refused(f"a sequence of {count} steps, each of which becomes operations of its own")
    cell = CELLS[node.op](node, direction)
    product = mb.linear(
        x=x, weight=to_core_ml(direction.given), bias=to_core_ml(_whole_bias(node, direction))
    )
    rows: list[Value] = [None] * int(count)
    for step in range(int(count))[:: -1 if direction.backwards else 1]:
        row = mb.squeeze(x=mb.slice_by_size(x=product, begin=[step, 0, 0], size=[1, -1, -1]), axes=[0])
        new = cell(row, states)
        rows[step] = new[0]
        if lengths is not None:
            going = mb.expand_dims(
                x=cast(mb.greater(x=to_var(lengths), y=np.int32(step)), dtype_name(x)), axes=[1]
            )
            rows[step] = mb.mul(x=new[0], y=going)
            new = tuple(_mixed(going, each, old) for each, old in zip(new, states, strict=True))
        states = new
    return mb.stack(values=rows, axis=0), states


def _mixed(share: Value, new: Value, old: Value) -> Value:
    rest = mb.sub(x=scalar(1, share), y=share)
    return mb.add(x=mb.mul(x=share, y=new), y=mb.mul(x=rest, y=to_var(old)))


def _whole_bias(node: Node, direction: Direction) -> Array:
    """The part of the bias that may be added before the state is known."""
    given, recurrent = direction.bias
    if node.op != "GRU":
        return np.asarray(given + recurrent)
    size = direction.recurrent.shape[1]
    # The new gate of a GRU may scale the bias of the state first.
    return np.concatenate([given[: 2 * size] + recurrent[: 2 * size], given[2 * size :]])


def _curves(node: Node, direction: Direction) -> list[Curve]:
    """The activations, after clipping."""
    limit = float(node.attribute("clip", 0.0) or 0.0)

    def curve(name: str, alpha: float, beta: float) -> Curve:
        if name not in CURVES:
            raise node.refused(f"the activation {name}")
        build = CURVES[name]

        def apply(x: Value) -> Value:
            bounded = mb.clip(x=x, alpha=scalar(-limit, x), beta=scalar(limit, x)) if limit else x
            return build(bounded, alpha, beta)

        return apply

    return [curve(*each) for each in direction.curves]


def _product(state: Value, weight: Array) -> Value:
    return mb.linear(x=to_var(state), weight=to_core_ml(np.ascontiguousarray(weight)))


def _rnn_cell(node: Node, direction: Direction) -> Any:
    (curve,) = _curves(node, direction)
    return lambda row, states: (curve(mb.add(x=row, y=_product(states[0], direction.recurrent))),)


def _gru_cell(node: Node, direction: Direction) -> Any:
    gate, candidate = _curves(node, direction)
    size = direction.recurrent.shape[1]
    gates, last = direction.recurrent[: 2 * size], direction.recurrent[2 * size :]
    bias = to_core_ml(direction.bias[1][2 * size :])
    early = bool(node.attribute("linear_before_reset", 0))

    def cell(row: Value, states: States) -> States:
        (old,) = states
        row_gates, row_new = mb.split(x=row, split_sizes=[2 * size, size], axis=1)
        update, reset = mb.split(x=gate(mb.add(x=row_gates, y=_product(old, gates))), num_splits=2, axis=1)
        if early:
            kept = mb.mul(x=reset, y=mb.add(x=_product(old, last), y=bias))
        else:
            kept = mb.add(x=_product(mb.mul(x=reset, y=to_var(old)), last), y=bias)
        return (_mixed(update, old, candidate(mb.add(x=row_new, y=kept))),)

    return cell


def _lstm_cell(node: Node, direction: Direction) -> Any:
    gate, candidate, outer = _curves(node, direction)
    look = direction.peephole
    looks = [None] * 3 if look is None else [to_core_ml(part) for part in np.split(look, 3)]
    coupled = bool(node.attribute("input_forget", 0))

    def seen(x: Value, weight: Array | None, memory: Value) -> Value:
        return x if weight is None else mb.add(x=x, y=mb.mul(x=to_var(memory), y=weight))

    def cell(row: Value, states: States) -> States:
        hidden, memory = states
        total = mb.add(x=row, y=_product(hidden, direction.recurrent))
        i, o, f, c = mb.split(x=total, num_splits=4, axis=1)
        entering = gate(seen(i, looks[0], memory))
        kept = mb.sub(x=scalar(1, i), y=entering) if coupled else gate(seen(f, looks[2], memory))
        memory = mb.add(x=mb.mul(x=kept, y=to_var(memory)), y=mb.mul(x=entering, y=candidate(c)))
        return mb.mul(x=gate(seen(o, looks[1], memory)), y=outer(memory)), memory

    return cell


CELLS: dict[str, Callable[[Node, Direction], Any]] = {"RNN": _rnn_cell, "GRU": _gru_cell, "LSTM": _lstm_cell}


def differing(lengths: Value | None, longest: Any) -> Value | None:
    """Returns the lengths of sequences, or None where all are as long as the longest."""
    if lengths is None or (is_known(lengths) and (lengths == longest).all()):
        return None
    return lengths if not is_known(lengths) else to_core_ml(lengths)
