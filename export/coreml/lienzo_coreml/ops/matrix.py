"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, is_float, is_known, scalar, shape_of, to_core_ml, to_var


@lowers("MatMul", newest=13)
def matrix_product(node: Node) -> Value:
    x, y = node.value(0), node.value(1)
    if is_known(y) and y.ndim == 2 and len(x.shape) >= 2 and is_float(x):
        return mb.linear(x=x, weight=to_core_ml(np.ascontiguousarray(y.T)))
    return product(to_var(x), to_var(y))


def product(x: Value, y: Value) -> Value:
    """Multiplies two variables as `numpy.matmul`, vectors included."""
    left, right = len(x.shape) == 1, len(y.shape) == 1
    if left:
        x = mb.expand_dims(x=x, axes=[0])
    if right:
        y = mb.expand_dims(x=y, axes=[1])
    result = mb.matmul(x=x, y=y)
    axes = [axis for axis, added in ((-2, left), (-1, right)) if added]
    return mb.squeeze(x=result, axes=axes) if axes else result


@lowers("Gemm", newest=13)
def general_product(node: Node) -> Value:
    alpha, beta = node.attribute("alpha", 1.0), node.attribute("beta", 1.0)
    flip_x, flip_y = bool(node.attribute("transA", 0)), bool(node.attribute("transB", 0))
    x, y, addend = node.var(0), node.value(1), node.inputs[2] if node.has(2) else None
    if is_known(y) and is_float(x):
        if flip_x:
            x = mb.transpose(x=x, perm=[1, 0])
        return _layer(
            x, np.ascontiguousarray(y if flip_y else y.T) * np.asarray(alpha, y.dtype), addend, beta
        )
    result = mb.matmul(x=x, y=to_var(y), transpose_x=flip_x, transpose_y=flip_y)
    result = _scaled(result, alpha)
    return result if addend is None else mb.add(x=result, y=_scaled(to_var(addend), beta))


def _layer(x: Value, weight: Any, addend: Value, beta: float) -> Value:
    """Builds a fully connected layer, the form that Core ML can compress."""
    width = weight.shape[0]
    if addend is not None and is_known(addend) and addend.shape in ((width,), (1, width), (), (1,)):
        bias = np.broadcast_to(addend.reshape(-1) * np.asarray(beta, addend.dtype), (width,))
        return mb.linear(x=x, weight=to_core_ml(weight), bias=to_core_ml(np.ascontiguousarray(bias)))
    result = mb.linear(x=x, weight=to_core_ml(weight))
    return result if addend is None else mb.add(x=result, y=_scaled(to_var(addend), beta))


def _scaled(x: Value, factor: float) -> Value:
    return x if factor == 1.0 else mb.mul(x=x, y=scalar(factor, x))


@lowers("Einsum", newest=28, limits="one or two operands, no repeated index within one")
def einsum(node: Node) -> Value:
    equation = node.attribute("equation").replace(" ", "")
    left, _, right = equation.partition("->")
    terms = left.split(",")
    ranks = [node.rank(i) for i in range(len(terms))]
    if len(terms) > 2:
        raise node.refused("more than two operands")
    axes = [_letters(term, rank) for term, rank in zip(terms, ranks, strict=True)]
    if any(len(set(letters)) != len(letters) for letters in axes):
        raise node.refused("an index that is repeated within an operand")
    wanted = _result_letters(right if "->" in equation else None, axes)
    if len(terms) == 1:
        return _summed(node.var(0), axes[0], wanted)
    return _contracted(node, axes, wanted)


def _letters(term: str, rank: int) -> list[str]:
    """Returns the index letters of an operand; axes covered by `...` are named by digits, from the right."""
    if "..." not in term:
        return list(term)
    before, after = term.split("...")
    hidden = rank - len(before) - len(after)
    return [*before, *(str(hidden - 1 - i) for i in range(hidden)), *after]


def _result_letters(right: str | None, axes: list[list[str]]) -> list[str]:
    together = [letter for letters in axes for letter in letters]
    hidden = sorted({letter for letter in together if letter.isdigit()}, reverse=True)
    if right is None:
        single = sorted(
            letter for letter in set(together) if together.count(letter) == 1 and letter.isalpha()
        )
        return [*hidden, *single]
    before, dots, after = right.partition("...")
    return [*before, *(hidden if dots else []), *after]


def _summed(x: Value, letters: list[str], wanted: list[str]) -> Value:
    gone = [i for i, letter in enumerate(letters) if letter not in wanted]
    if gone:
        x = mb.reduce_sum(x=x, axes=gone, keep_dims=False)
    left = [letter for letter in letters if letter in wanted]
    return mb.transpose(x=x, perm=[left.index(letter) for letter in wanted]) if left else x


def _contracted(node: Node, axes: list[list[str]], wanted: list[str]) -> Value:
    """Contracts two operands as a batched matrix product.

    Indices are of four kinds: batch (in both operands and the result), shared (in both, summed), and own ones
    of either operand. Both operands become (batch, own, shared); after the product the order is restored.
    """
    first, second = axes
    # An index that occurs in one operand only, and not in the result, is summed first.
    x = _summed(node.var(0), first, [letter for letter in first if letter in second or letter in wanted])
    y = _summed(node.var(1), second, [letter for letter in second if letter in first or letter in wanted])
    sizes = dict(zip(first, node.shape(0), strict=True)) | dict(zip(second, node.shape(1), strict=True))
    batch = [letter for letter in first if letter in second and letter in wanted]
    shared = [letter for letter in first if letter in second and letter not in wanted]
    own_x = [letter for letter in first if letter not in second and letter in wanted]
    own_y = [letter for letter in second if letter not in first and letter in wanted]
    kept_x = [letter for letter in first if letter in batch + shared + own_x]
    kept_y = [letter for letter in second if letter in batch + shared + own_y]

    def matrices(value: Value, kept: list[str], own: list[str]) -> Value:
        order = [kept.index(letter) for letter in batch + own + shared]
        flat = [int(np.prod([sizes[letter] for letter in group] or [1])) for group in (batch, own, shared)]
        return mb.reshape(x=mb.transpose(x=value, perm=order) if order else value, shape=flat)

    result = mb.matmul(x=matrices(x, kept_x, own_x), y=matrices(y, kept_y, own_y), transpose_y=True)
    letters = batch + own_x + own_y
    if not letters:
        return mb.squeeze(x=result)
    result = mb.reshape(x=result, shape=[sizes[letter] for letter in letters])
    return mb.transpose(x=result, perm=[letters.index(letter) for letter in wanted])


@lowers("Det", newest=22, limits="2×2 matrices")
def determinant(node: Node) -> Value:
    # ad - bc of each matrix, flattened to (a, b, c, d).
    *outer, height, width = shape_of(node.value(0))
    if (height, width) != (2, 2):
        raise node.refused("matrices that are not 2×2")
    flat = mb.reshape(x=node.var(0), shape=[*outer, 4])
    a, b, c, d = mb.split(x=flat, num_splits=4, axis=-1)
    result = mb.sub(x=mb.mul(x=a, y=d), y=mb.mul(x=b, y=c))
    return mb.squeeze(x=result, axes=[-1])
