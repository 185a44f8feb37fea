"""`lienzo export MODEL --to onnx`: one graph up to the probabilities, if it answers as the server does."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from bundle import layout
from export.description import entries_of, summary_of
from export.errors import NothingToQuantize
from export.parity.answers import Parity
from export.parity.comparison import Question, RunTimes, check_parity
from export.parity.questions import questions
from export.parity.reference import read_reference
from export.pipeline import Pipeline
from export.update import replace_file, update_bundle
from vision import ports
from vision.graph import FeatureGraph
from vision.inference import open_session

LIMIT: Final = 1e-5
"""Largest allowed difference of a probability from the server's."""
INT8_LIMIT: Final = 5e-2
"""The same where weights are stored in 8 bits."""
_TIMED: Final = 25
_QUANTIZED: Final = ("MatMul", "Gemm")


@dataclass(frozen=True)
class ExportedGraph:
    """A written graph.

    Attributes:
        path: Its file.
        size_bytes: Its size.
        parity: The comparison of its answers with the server's.
        milliseconds: For one picture that is decoded, or its descriptors; median.
        server_milliseconds: The same in the graphs that the server runs, measured in turns.
    """

    path: Path
    size_bytes: int
    parity: Parity
    milliseconds: float
    server_milliseconds: float


def export_graph(
    pipeline: Pipeline,
    samples: Iterable[tuple[str, NDArray[np.uint8]]],
    output: Path | None = None,
    *,
    int8: bool = False,
    author: str = "",
    license_: str = "",
) -> ExportedGraph:
    """Writes one ONNX graph of a bundle, after comparing it on every sample and every golden file.

    It takes the picture where features are a graph (uint8, (1, side, side, 3), RGB), else the descriptors
    (float32, (N, D)); the probabilities are float32, (1, labels). Labels, threshold, name and version are
    in its metadata.

    Args:
        pipeline: The bundle, from `read_pipeline`.
        samples: Pictures by name, uint8 RGB, to compare the answers on.
        output: File; by default in the bundle, whose manifest then lists it.
        int8: Whether to store the weights of matrix products in 8 bits.
        author: Who made the model.
        license_: Terms of use.

    Raises:
        CoreMLError: When the graphs of the bundle do not fit each other.
        NothingToQuantize: When int8 would change nothing.
        ParityError: When an answer differs by more than the limit; nothing is written.
    """
    graph = single_graph(pipeline)
    if int8:
        graph = quantized(graph)
    _describe(graph, pipeline, author, license_)
    content = graph.SerializeToString(deterministic=True)
    run = _runner(content, is_picture=isinstance(pipeline.extractor, FeatureGraph))
    asked = list(questions(pipeline, samples))
    reference = read_reference(pipeline.folder)
    run_times = RunTimes(
        onnxruntime=lambda question: pipeline.probabilities(question.descriptors),
        scikit_learn=lambda question: reference(question.descriptors) if reference else None,
        package=lambda question: run(question.given) if len(question.descriptors) else None,
        package_name="the graph",
    )
    limit = INT8_LIMIT if int8 else LIMIT
    parity = check_parity(asked, pipeline.manifest.labels, run_times, 10 * LIMIT, limit)
    ours, servers = _timed(pipeline, run, [each for each in asked if len(each.descriptors)])
    if output is None:
        update_bundle(pipeline.folder, pipeline.manifest, {layout.GRAPH: content}, {})
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        replace_file(output, content)
    return ExportedGraph(output or pipeline.folder / layout.GRAPH, len(content), parity, ours, servers)


def single_graph(pipeline: Pipeline) -> onnx.ModelProto:
    """Joins the graphs of a bundle; a copy, so that it may be changed, with each operator set named once."""
    joined = onnx.ModelProto()
    joined.CopyFrom(pipeline.graph())
    versions = {"" if each.domain == "ai.onnx" else each.domain: each.version for each in joined.opset_import}
    del joined.opset_import[:]
    joined.opset_import.extend(onnx.helper.make_opsetid(*each) for each in versions.items())
    return joined


def quantized(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Stores the weights of matrix products in 8 bits.

    Raises:
        NothingToQuantize: When there are none.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    constants = {each.name for each in graph.graph.initializer}
    products = [each for each in graph.graph.node if each.op_type in _QUANTIZED]
    if not any(name in constants for each in products for name in each.input[1:2]):
        raise NothingToQuantize("int8: no matrix products with weights in this model")
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        # Without it onnxruntime advises to simplify the graph first, which its training has done.
        onnx.helper.set_model_props(graph, {"onnx.quant.pre_process": "onnxruntime.quant"})
        onnx.save(graph, before)
        quantize_dynamic(before, after, op_types_to_quantize=list(_QUANTIZED), weight_type=QuantType.QInt8)
        return onnx.load(after)


def _describe(graph: onnx.ModelProto, pipeline: Pipeline, author: str, license_: str) -> None:
    manifest = pipeline.manifest
    entries = {
        **entries_of(manifest, pipeline.extractor, pipeline.meanings),
        "lienzo.labels": json.dumps(list(manifest.labels), ensure_ascii=False),
        **({"author": author} if author else {}),
        **({"license": license_} if license_ else {}),
    }
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, entries)
    graph.doc_string = summary_of(manifest)
    graph.model_version = manifest.version


def _runner(content: bytes, *, is_picture: bool) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    session = open_session(content)
    name = session.get_inputs()[0].name

    def run(given: NDArray[Any]) -> NDArray[np.float64]:
        feed = given[None] if is_picture else given
        [probabilities] = session.run([ports.PROBABILITIES], {name: feed})
        return np.asarray(probabilities[0], np.float64)

    return run


def _timed(
    pipeline: Pipeline, run: Callable[[NDArray[Any]], NDArray[np.float64]], asked: list[Question]
) -> tuple[float, float]:
    """Measures in turns, so that both meet the same machine."""

    def served(question: Question) -> None:
        if isinstance(pipeline.extractor, FeatureGraph):
            pipeline.probabilities(pipeline.descriptors(question.given))
        else:
            pipeline.probabilities(question.descriptors)

    ours, servers = list[float](), list[float]()
    for number in range(_TIMED):
        question = asked[number % len(asked)]
        for answer, taken in ((lambda each: run(each.given), ours), (served, servers)):
            began = time.perf_counter()
            answer(question)
            taken.append(time.perf_counter() - began)
    return 1e3 * median(ours), 1e3 * median(servers)
