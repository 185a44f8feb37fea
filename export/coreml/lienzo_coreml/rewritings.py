"""Operations on more than five axes, each written with at most five: one function per kind of operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lienzo_coreml.axes import MAX_RANK, Folded, around, joined, product_of
from lienzo_coreml.mil import mb, operations_of
from lienzo_coreml.values import Value, shape_of

Rewriting = Callable[[Folded, Any], list[Value]]
REWRITINGS: dict[str, Rewriting] = {}


def rewrites(*kinds: str) -> Callable[[Rewriting], Rewriting]:
    """Registers a function that writes operations of these kinds anew, with at most five axes."""

    def register(function: Rewriting) -> Rewriting:
        REWRITINGS.update(dict.fromkeys(kinds, function))
        return function

    return register


@rewrites("reshape", "expand_dims", "squeeze", "identity")
def _same_numbers(folded: Folded, operation: Any) -> list[Value]:
    x, out = operation.inputs["x"], operation.outputs[0]
    if len(out.shape) <= MAX_RANK:
        return [folded.view(x, out.shape)]
    return [
        folded.view(x, joined(shape_of(x), [0] * len(x.shape))[0] if len(x.shape) > MAX_RANK else x.shape)
    ]


@rewrites("transpose")
def _transpose(folded: Folded, operation: Any) -> list[Value]:
    x = operation.inputs["x"]
    sizes = shape_of(x)
    order = [int(axis) % len(sizes) for axis in operation.inputs["perm"].val]
    order = [axis for axis in order if sizes[axis] != 1]
    # Runs of axes that stay neighbours move as one.
    runs: list[list[int]] = []
    for axis in order:
        between = sizes[runs[-1][-1] + 1 : axis] if runs and axis > runs[-1][-1] else None
        if between is not None and all(size == 1 for size in between):
            runs[-1].append(axis)
        else:
            runs.append([axis])
    places = sorted(range(len(runs)), key=lambda run: runs[run][0])
    blocks = [product_of([sizes[axis] for axis in runs[run]]) for run in places]
    wanted = [places.index(run) for run in range(len(runs))]
    if len(blocks) <= MAX_RANK:
        return [mb.transpose(x=folded.view(x, blocks or [1]), perm=wanted or [0])]
    return [_in_turns(folded, x, blocks, wanted)]


def _in_turns(folded: Folded, x: Any, blocks: list[Any], wanted: list[int]) -> Value:
    """Brings one block after another to its place, behind those that are there."""
    left = list(range(len(blocks)))
    done: list[int] = []
    turned = Folded()
    turned.hold(x, folded.view(x, [product_of(blocks)]))
    for block in wanted:
        place = left.index(block)
        sizes = [
            product_of([blocks[i] for i in done]),
            product_of([blocks[i] for i in left[:place]]),
            blocks[block],
            product_of([blocks[i] for i in left[place + 1 :]]),
        ]
        turned.hold(x, mb.transpose(x=turned.view(x, sizes), perm=[0, 2, 1, 3]))
        left.remove(block)
        done.append(block)
    return turned.view(x, [product_of(blocks)])


def _others(operation: Any, *names: str) -> dict[str, Any]:
    return {key: value for key, value in operation.inputs.items() if key not in names and value is not None}


def _build(operation: Any, **given: Any) -> Any:
    return getattr(mb, operation.op_type)(**given, **_others(operation, *given), name=operation.name)


@rewrites(*operations_of("elementwise_unary"), *set(operations_of("activation")) - {"prelu", "softmax"})
def _unary(folded: Folded, operation: Any) -> list[Value]:
    x = operation.inputs["x"]
    return [_build(operation, x=folded.view(x, [product_of(shape_of(x))]))]


@rewrites(*operations_of("elementwise_binary"), "select")
def _broadcasting(folded: Folded, operation: Any) -> list[Value]:
    names = ("cond", "a", "b") if operation.op_type == "select" else ("x", "y")
    given = {name: operation.inputs[name] for name in names}
    whole = shape_of(operation.outputs[0])
    shapes = {name: [1] * (len(whole) - len(var.shape)) + list(shape_of(var)) for name, var in given.items()}
    kinds = [tuple(shape[axis] == 1 for shape in shapes.values()) for axis in range(len(whole))]
    sizes, patterns = joined(whole, kinds)
    views = {
        name: folded.view(
            var, [1 if pattern[i] else size for size, pattern in zip(sizes, patterns, strict=True)]
        )
        for i, (name, var) in enumerate(given.items())
    }
    return [_build(operation, **views)]


@rewrites(*set(operations_of("reduction")) - {"reduce_argmax", "reduce_argmin"})
def _reduction(folded: Folded, operation: Any) -> list[Value]:
    x, axes = operation.inputs["x"], operation.inputs["axes"]
    rank = len(x.shape)
    gone = set(range(rank)) if axes is None else {int(axis) % rank for axis in np.ravel(axes.val)}
    sizes, kinds = joined(shape_of(x), [axis in gone for axis in range(rank)])
    chosen = [i for i, reduced in enumerate(kinds) if reduced]
    view = folded.view(x, sizes)
    if not chosen:  # only axes of size one
        view, chosen = folded.view(x, [*sizes[:4], 1]), [min(len(sizes), 4)]
    return [_build(operation, x=view, axes=chosen, keep_dims=True)]


@rewrites("softmax", "gather", "reverse", "cumsum")
def _along(folded: Folded, operation: Any) -> list[Value]:
    x = operation.inputs["x"]
    many = operation.op_type == "reverse"
    axes = np.ravel(operation.inputs["axes" if many else "axis"].val).tolist()
    value = folded.view(x, [product_of(shape_of(x))])
    for axis in axes:
        view = Folded().view(value, around(shape_of(x), int(axis) % len(x.shape)))
        value = _build(operation, x=view, **({"axes": [1]} if many else {"axis": 1}))
    return [value]


@rewrites("concat", "stack")
def _concat(folded: Folded, operation: Any) -> list[Value]:
    whole = shape_of(operation.outputs[0])
    axis = int(operation.inputs["axis"].val) % len(whole)
    before, _, after = around(whole, axis)
    parts = [
        folded.view(part, [before, 1 if operation.op_type == "stack" else shape_of(part)[axis], after])
        for part in operation.inputs["values"]
    ]
    return [mb.concat(values=parts, axis=1)]


@rewrites("slice_by_index")
def _slice(folded: Folded, operation: Any) -> list[Value]:
    x = operation.inputs["x"]
    sizes = list(shape_of(x))
    value = folded.view(x, joined(sizes, [0] * len(sizes))[0])
    for axis, (first, last, step) in enumerate(_cuts(operation, sizes)):
        if (first, last, step) == (0, sizes[axis], 1):
            continue
        view = Folded().view(value, around(sizes, axis))
        value = mb.slice_by_index(
            x=view,
            begin=[0, first, 0],
            end=[0, last, 0],
            stride=[1, step, 1],
            begin_mask=[True, False, True],
            end_mask=[True, False, True],
        )
        sizes[axis] = shape_of(value)[1]
    return [value]


def _cuts(operation: Any, sizes: Sequence[Any]) -> list[tuple[Any, Any, int]]:
    """Begin, end and step of a slice along each axis."""
    rank = len(sizes)
    begin, end = (_listed(operation, name, [0] * rank) for name in ("begin", "end"))
    steps = _listed(operation, "stride", [1] * rank)
    from_start, to_end, single = (
        _listed(operation, f"{name}_mask", [False] * rank) for name in ("begin", "end", "squeeze")
    )
    cuts = []
    for axis, size in enumerate(sizes):
        first = 0 if from_start[axis] else int(begin[axis])
        last = size if to_end[axis] else int(end[axis])
        cuts.append((first, first + 1, 1) if single[axis] else (first, last, int(steps[axis])))
    return cuts


def _listed(operation: Any, name: str, otherwise: list[Any]) -> list[Any]:
    value = operation.inputs.get(name)
    return otherwise if value is None else list(np.ravel(value.val).tolist())
