"""Feature preparation in `ai.onnx.ml`: scaling, normalising, selecting, mapping, joining."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.indexing import natural_indices, size_of
from lienzo_coreml.ops.logic import choose
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import (
    Array,
    Value,
    cast,
    dtype_name,
    scalar,
    shape_of,
    to_core_ml,
)

ML = "ai.onnx.ml"


@lowers("ArrayFeatureExtractor", newest=1, domain=ML)
def pick_features(node: Node) -> Value:
    x = node.var(0)
    indices = natural_indices(node.value(1), size_of(x, -1))
    if len(indices.shape) != 1:
        indices = mb.reshape(x=indices, shape=[-1])
    if len(x.shape) == 1:
        x = mb.expand_dims(x=x, axes=[0])
    kind = dtype_name(x)
    picked = mb.gather(x=cast(x, "int32") if kind == "bool" else x, indices=indices, axis=-1)
    return cast(picked, kind)


@lowers("Binarizer", newest=1, domain=ML)
def binarize(node: Node) -> Value:
    x = node.var(0)
    return cast(mb.greater(x=x, y=scalar(node.attribute("threshold", 0.0), x)), dtype_name(x))


@lowers("Normalizer", newest=1, domain=ML)
def normalize(node: Node) -> Value:
    x, kind = cast(node.value(0), "fp32"), node.attribute("norm", "MAX")
    if kind == "MAX":
        length = mb.reduce_max(x=x, axes=[-1], keep_dims=True)
    else:
        build = mb.reduce_l1_norm if kind == "L1" else mb.reduce_l2_norm
        length = build(x=x, axes=[-1], keep_dims=True)
    # A row of zeros stays zero: its length is replaced by one.
    empty = cast(mb.equal(x=length, y=np.float32(0)), "fp32")
    return mb.real_div(x=x, y=mb.add(x=length, y=empty))


@lowers("Scaler", newest=1, domain=ML)
def scale(node: Node) -> Value:
    x = cast(node.value(0), "fp32")
    offset, factor = node.attribute("offset"), node.attribute("scale")
    if offset:
        x = mb.sub(x=x, y=np.asarray(offset, np.float32))
    return mb.mul(x=x, y=np.asarray(factor, np.float32)) if factor else mb.identity(x=x)


@lowers("FeatureVectorizer", newest=1, domain=ML)
def join_features(node: Node) -> Value:
    parts = [cast(value, "fp32") for value in node.inputs]
    parts = [mb.expand_dims(x=part, axes=[0]) if len(part.shape) == 1 else part for part in parts]
    return mb.concat(values=parts, axis=1)


@lowers("Imputer", newest=1, domain=ML)
def impute(node: Node) -> Value:
    x = node.var(0)
    filling = node.attribute("imputed_value_floats") or node.attribute("imputed_value_int64s")
    missing = node.attribute("replaced_value_float", node.attribute("replaced_value_int64", 0))
    empty = mb.not_equal(x=x, y=x) if np.isnan(missing) else mb.equal(x=x, y=scalar(missing, x))
    values: Array = to_core_ml(np.asarray(filling, np.float64 if dtype_name(x) == "fp32" else np.int64))
    filler = values if len(values) == shape_of(x)[-1] and len(values) > 1 else values.reshape(-1)[:1]
    return choose(empty, filler, x)


@lowers("LabelEncoder", newest=4, domain=ML, limits="numbers to numbers, at most 256 keys")
def encode_labels(node: Node) -> Value:
    keys, values = _column(node, "keys"), _column(node, "values")
    if keys is None or values is None:
        raise node.refused("text keys or values: Core ML has no text tensors")
    if len(keys) > 256:
        raise node.refused(f"{len(keys)} keys")
    # Compares every element with all keys along a new axis. At most one matches, so the sum over that axis is
    # its value minus the default; adding the default gives the value, or the default without a match.
    x = node.var(0)
    default = _default(node, values)
    rank = len(x.shape)
    column = mb.expand_dims(x=x, axes=[rank])
    hit = mb.equal(x=column, y=to_core_ml(keys).astype(np.int32 if dtype_name(x) == "int32" else np.float32))
    chosen = cast(hit, "fp32")
    total = mb.reduce_sum(
        x=mb.mul(x=chosen, y=(values - default).astype(np.float32)), axes=[rank], keep_dims=False
    )
    total = mb.add(x=total, y=np.float32(default))
    return cast(total, "fp32" if values.dtype.kind == "f" else "int32")


@lowers(
    "OneHotEncoder",
    newest=1,
    domain=ML,
    limits="categories that are whole numbers; an unknown one gives zeros",
)
def mark_category(node: Node) -> Value:
    categories = node.attribute("cats_int64s")
    if not categories:
        raise node.refused("categories that are text: Core ML has no text tensors")
    # An unknown category gives zeros; where the model would rather fail (zeros=0), Core ML cannot.
    column = mb.expand_dims(x=cast(node.value(0), "int32"), axes=[node.rank()])
    return cast(mb.equal(x=column, y=to_core_ml(np.asarray(categories))), "fp32")


def _column(node: Node, name: str) -> Array | None:
    for suffix in ("_int64s", "_floats", "_tensor"):
        values = node.attribute(f"{name}{suffix}")
        if values is not None and len(values):
            array = np.asarray(values)
            return array if array.dtype.kind in "iuf" else None
    return None


def _default(node: Node, values: Array) -> float:
    tensor = node.attribute("default_tensor")
    if tensor is not None:
        return float(np.ravel(tensor)[0])
    if values.dtype.kind == "f":
        return float(node.attribute("default_float", 0.0))
    return float(node.attribute("default_int64", -1))


@lowers("ZipMap", newest=1, domain=ML)
def zip_map(node: Node) -> Value:
    # The tensor stays: Core ML's own classifier makes the dictionary.
    return mb.identity(x=node.var(0))
