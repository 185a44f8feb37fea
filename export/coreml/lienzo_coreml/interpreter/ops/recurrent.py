"""Recurrent layers (Apple: recurrent)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lienzo_coreml.errors import UnsupportedProgram
from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: np.asarray(1 / (1 + np.exp(-x))),
    "tanh": np.tanh,
}


def _activation(name: str) -> Callable[[Array], Array]:
    if name not in ACTIVATIONS:
        raise UnsupportedProgram(f"a recurrent layer with the activation {name}")
    return ACTIVATIONS[name]


@evaluates("rnn")
def rnn(
    x: Array,
    initial_h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    activation: str = "tanh",
) -> tuple[Array, Array]:
    act, state, rows = _activation(activation), initial_h, []
    for given in x if direction == "forward" else _refused_direction(direction):
        total = given @ weight_ih.T + state @ weight_hh.T
        state = act(total if bias is None else total + bias).astype(x.dtype)
        rows.append(state)
    return np.stack(rows if output_sequence else rows[-1:]), state


@evaluates("lstm")
def lstm(
    x: Array,
    initial_h: Array,
    initial_c: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array | None = None,
    peephole: Array | None = None,
    weight_ih_back: Array | None = None,
    weight_hh_back: Array | None = None,
    bias_back: Array | None = None,
    peephole_back: Array | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    recurrent_activation: str = "sigmoid",
    cell_activation: str = "tanh",
    activation: str = "tanh",
    clip: Any = None,
) -> tuple[Array, Array, Array]:
    if clip is not None:
        raise UnsupportedProgram("lstm with clip")
    curves = tuple(_activation(name) for name in (recurrent_activation, cell_activation, activation))
    size = weight_hh.shape[1]
    there = (weight_ih, weight_hh, bias, peephole)
    results: list[tuple[Array, ...]] = [_lstm(x, initial_h[:, :size], initial_c[:, :size], there, curves)]
    if direction == "bidirectional":
        back = (weight_ih_back, weight_hh_back, bias_back, peephole_back)
        rows, *states = _lstm(x[::-1], initial_h[:, size:], initial_c[:, size:], back, curves)
        results.append((rows[::-1], *states))
    elif direction != "forward":
        _refused_direction(direction)
    rows, hidden, cell = (np.concatenate(parts, -1) for parts in zip(*results, strict=True))
    if not output_sequence:
        rows = hidden[None]
    return rows.astype(x.dtype), hidden.astype(x.dtype), cell.astype(x.dtype)


def _lstm(x: Array, hidden: Array, cell: Array, weights: Any, curves: Any) -> tuple[Array, Array, Array]:
    # Gates in the order input, forget, output, cell; the peephole of the output gate looks at the new cell.
    given, recurrent, bias, peephole = weights
    gate, candidate, last = curves
    look = np.zeros(3 * hidden.shape[1], x.dtype) if peephole is None else peephole
    look_in, look_forget, look_out = np.split(look, 3)
    rows: list[Array] = []
    for row in x:
        total = row @ given.T + hidden @ recurrent.T
        i, f, o, z = np.split(total if bias is None else total + bias, 4, -1)
        cell = gate(f + look_forget * cell) * cell + gate(i + look_in * cell) * candidate(z)
        hidden = gate(o + look_out * cell) * last(cell)
        rows.append(hidden)
    return np.stack(rows), hidden, cell


def _refused_direction(direction: str) -> Any:
    raise UnsupportedProgram(f"a recurrent layer of direction {direction}")
