"""Running products, sequences turned around, and Fourier transforms of known length."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import (
    Array,
    Value,
    broadcast_to,
    cast,
    dtype_name,
    is_known,
    scalar,
    to_core_ml,
    to_var,
)


@lowers("CumProd", newest=28, fixed={1: "axis"})
def running_product(node: Node) -> Value:
    axis = node.natural(int(node.known(1, "axis").ravel()[0]), node.rank())
    x, count = node.var(0), node.shape(0)[axis]
    backwards = bool(node.attribute("reverse", 0))
    if backwards:
        x = mb.reverse(x=x, axes=[axis])
    if node.attribute("exclusive", 0):
        x = _moved(x, axis, 1)
    # Each turn doubles how many numbers a place has been multiplied with.
    reach = 1
    while reach < count:
        x = mb.mul(x=x, y=_moved(x, axis, reach))
        reach *= 2
    return mb.reverse(x=x, axes=[axis]) if backwards else x


def _moved(x: Value, axis: int, by: int) -> Value:
    """Moves numbers along an axis; ones come in."""
    sizes = [int(size) for size in x.shape]
    ones = to_var(np.full([by if i == axis else size for i, size in enumerate(sizes)], scalar(1, x)))
    if by >= sizes[axis]:
        return ones
    kept = [size - by if i == axis else size for i, size in enumerate(sizes)]
    return mb.concat(values=[ones, mb.slice_by_size(x=x, begin=[0] * len(sizes), size=kept)], axis=axis)


@lowers("ReverseSequence", newest=28)
def turned(node: Node) -> Value:
    time, batch = int(node.attribute("time_axis", 0)), int(node.attribute("batch_axis", 1))
    sizes = node.shape(0)
    places = np.arange(sizes[time], dtype=np.int32).reshape(
        [-1 if i == time else 1 for i in range(len(sizes))]
    )
    lengths, along = node.value(1), [sizes[batch] if i == batch else 1 for i in range(len(sizes))]
    if is_known(lengths):
        ends = lengths.reshape(along)
        rows = to_var(np.broadcast_to(np.where(places < ends, ends - 1 - places, places), sizes).copy())
    else:
        ends = mb.reshape(x=lengths, shape=along)
        inside = cast(mb.less(x=places, y=ends), "int32")
        # Within its length a place t becomes length - 1 - t; beyond, it stays.
        away = mb.sub(x=mb.sub(x=ends, y=np.int32(1)), y=(2 * places).astype(np.int32))
        rows = broadcast_to(mb.add(x=mb.mul(x=inside, y=away), y=places), sizes)
    return mb.gather_along_axis(x=node.var(0), indices=rows, axis=time)


@lowers("DFT", newest=28, fixed={1: "dft_length", 2: "axis"})
def fourier(node: Node) -> Value:
    axis = node.axis(1) if node.opset < 20 else int(np.ravel(node.known(2, "axis"))[0]) if node.has(2) else -2
    axis %= node.rank()
    inverse, one_sided = bool(node.attribute("inverse", 0)), bool(node.attribute("onesided", 0))
    *sizes, parts = node.shape(0)
    length = int(np.ravel(node.known(1, "dft_length"))[0]) if node.has(1) else sizes[axis]
    if inverse and one_sided and not node.has(1):
        length = 2 * (sizes[axis] - 1)
    given = min(sizes[axis], length // 2 + 1 if inverse and one_sided else length)
    x = cast(node.value(0), "fp32")
    x = mb.slice_by_size(
        x=x, begin=[0] * node.rank(), size=[*(given if i == axis else n for i, n in enumerate(sizes)), parts]
    )
    order = [*(i for i in range(len(sizes)) if i != axis), axis]
    real, *imaginary = [
        mb.transpose(x=mb.squeeze(x=each, axes=[len(sizes)]), perm=order)
        for each in (mb.split(x=x, num_splits=parts, axis=-1) if parts > 1 else [x])
    ]
    cosine, sine = _waves(given, length, inverse=inverse, one_sided=one_sided)
    total = mb.matmul(x=real, y=cosine)
    other = mb.matmul(x=real, y=sine)
    if imaginary:
        total = mb.sub(x=total, y=mb.matmul(x=imaginary[0], y=sine))
        other = mb.add(x=other, y=mb.matmul(x=imaginary[0], y=cosine))
    found = [total] if inverse and one_sided else [total, other]
    back = [order.index(i) for i in range(len(order))]
    result = mb.stack(values=[mb.transpose(x=each, perm=back) for each in found], axis=len(sizes))
    return cast(result, dtype_name(node.value(0)))


def _waves(given: int, length: int, *, inverse: bool, one_sided: bool) -> tuple[Array, Array]:
    """Real and imaginary part of the weight of each given number in each result."""
    made = length // 2 + 1 if one_sided and not inverse else length
    angle = 2 * np.pi * np.outer(np.arange(given), np.arange(made)) / length * (1 if inverse else -1)
    factor = np.ones((given, 1)) / (length if inverse else 1)
    if inverse and one_sided:
        # The other half is the conjugate of this one, but for the mean and, of an even length, the highest.
        own = [0, *([length // 2] if length % 2 == 0 else [])]
        factor *= np.where(np.isin(np.arange(given), own), 1, 2)[:, None]
    return to_core_ml(np.cos(angle) * factor), to_core_ml(np.sin(angle) * factor)
