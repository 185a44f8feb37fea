"""Reads, checks, converts and times an ONNX model in a process with limited memory and time.

`python -m lienzo_application export.imported.child` takes an order as JSON on standard input, writes the
graph to the file that the order names, and answers as JSON on standard output: `{"error": …}` for a model
that is refused.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from export.errors import ExportError
from export.imported.folding import folded
from export.imported.preprocessing import Preprocessing
from export.imported.reading import Understood, read_model
from vision import ports
from vision.graph import FeatureGraph
from vision.inference import open_session

_LIMIT: Final = 1e-3
"""Largest difference of a probability between the graph and the model itself."""
_TIMED: Final = 5
"""Runs whose median is the time."""


def main() -> int:
    """Runs one order; returns the exit status."""
    order = json.load(sys.stdin)
    limit = int(order["memory_bytes"])
    with suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (int(order["cpu_s"]), int(order["cpu_s"])))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = _understood(order)
    except ExportError as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": f"needs more than {limit / 2**30:.0f} GiB of memory"}
    json.dump(answer, sys.stdout)
    return 0


def _understood(order: dict[str, Any]) -> dict[str, Any]:
    preprocessing = Preprocessing.from_json(order["preprocessing"])
    model, understood = read_model(Path(order["file"]), preprocessing, order["output"])
    graph, scores, has_softmax = folded(model, understood, preprocessing)
    side = preprocessing.side_before_crop(understood.side_px)
    pictures = [np.zeros((side, side, 3), np.uint8), np.full((side, side, 3), 255, np.uint8)]
    random = np.random.default_rng(0)
    pictures += [random.integers(0, 256, (side, side, 3), np.uint8) for _ in range(2)]
    content = graph.SerializeToString(deterministic=True)
    answers = [_run(content, each) for each in pictures]
    classes = answers[0].shape[1]
    if classes < 2 or any(each.shape != (1, classes) for each in answers):
        raise ExportError(
            f"{classes} numbers for a picture; a classifier has two or more, one for each class"
        )
    if not all(np.isfinite(each).all() for each in answers):
        raise ExportError("answers of test pictures are not finite numbers")
    output = helper.make_tensor_value_info(ports.FEATURES, TensorProto.FLOAT, [1, classes])
    graph.graph.output[0].CopyFrom(output)
    content = graph.SerializeToString(deterministic=True)
    if not scores and not all(_is_shares(each) for each in answers):
        scores = True
    _compare(
        model, understood, preprocessing, pictures, [_softmax(each) if scores else each for each in answers]
    )
    Path(order["written"]).write_bytes(content)
    return {
        **vars(understood),
        "ir_version": graph.ir_version,
        "classes": classes,
        "scores": scores,
        "has_softmax": has_softmax,
        "square_px": side,
        "milliseconds": _milliseconds(content, pictures[-1]),
    }


def _run(content: bytes, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    try:
        session = open_session(content)
        [found] = session.run([ports.FEATURES], {ports.IMAGE: picture[None]})
    except Exception as error:  # onnxruntime's exceptions share no other root
        if "Failed to allocate memory" in str(error):
            raise MemoryError from error
        raise ExportError(f"onnxruntime refuses it: {str(error).strip().splitlines()[0][:200]}") from error
    return np.asarray(found, np.float32)


def _is_shares(values: NDArray[np.float32]) -> bool:
    return bool(values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3)


def _softmax(values: NDArray[np.float32]) -> NDArray[np.float64]:
    powers = np.exp(values.astype(np.float64) - values.max())
    return np.asarray(powers / powers.sum(), np.float64)


def _compare(
    model: onnx.ModelProto,
    understood: Understood,
    preprocessing: Preprocessing,
    pictures: list[NDArray[np.uint8]],
    expected: list[Any],
) -> None:
    """Compares the graph's answers with those of the model itself on pictures that numpy has prepared."""
    if understood.output not in {each.name for each in model.graph.output}:
        model.graph.output.append(helper.make_empty_tensor_value_info(understood.output))
    session = open_session(model.SerializeToString())
    kind = {"tensor(float16)": np.float16, "tensor(uint8)": np.uint8}.get(
        session.get_inputs()[0].type, np.float32
    )
    for picture, answer in zip(pictures, expected, strict=True):
        planes = prepared(picture, understood, preprocessing).astype(kind)
        [found] = session.run([understood.output], {understood.input: planes})
        values = np.asarray(found, np.float64).reshape(1, -1)
        if not _is_shares(values.astype(np.float32)):
            values = _softmax(values.astype(np.float32))
        if float(np.abs(values - answer).max()) > _LIMIT:
            raise ExportError(
                "the graph with the preparation answers differently from the model; nothing was written"
            )


def prepared(
    picture: NDArray[np.uint8], understood: Understood, preprocessing: Preprocessing
) -> NDArray[np.float32]:
    """Prepares a picture (uint8, RGB, the square before the crop) in numpy, as the graph does."""
    first = (len(picture) - understood.side_px) // 2
    cut = slice(first, first + understood.side_px)
    values = picture[cut, cut].astype(np.float64)
    if preprocessing.color == "bgr":
        values = values[..., ::-1]
    if preprocessing.color == "grey":
        values = values @ np.array([[0.299], [0.587], [0.114]])
    values = (values - np.array(preprocessing.mean)) / np.array(preprocessing.deviation)
    planes = values[None] if understood.layout == "NHWC" else values.transpose(2, 0, 1)[None]
    return np.ascontiguousarray(planes, np.float32)


def _milliseconds(content: bytes, picture: NDArray[np.uint8]) -> float:
    graph, taken = FeatureGraph.load(content), []
    for _ in range(_TIMED):
        began = time.perf_counter()
        graph.extract(picture)
        taken.append(time.perf_counter() - began)
    return 1e3 * median(taken)


if __name__ == "__main__":
    raise SystemExit(main())
