"""Runs the conformance cases of the `onnx` package through converter, file and interpreter."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

from lienzo_coreml.conversion import convert
from lienzo_coreml.errors import NeededInAdvance, UnsupportedModel, UnsupportedOp, UnsupportedOpset
from lienzo_coreml.formats import widened
from lienzo_coreml.interface import core_ml_name
from lienzo_coreml.interpreter import load_model
from lienzo_coreml.registry import find_handler
from lienzo_coreml.storage import save_package
from lienzo_coreml.values import Array

LAST_DIGITS = 4 * float(np.finfo(np.float32).eps)
"""Of the largest number of a Fourier transform: where terms cancel, the rest hangs on their order."""
BFLOAT16 = helper.tensor_dtype_to_np_dtype(onnx.TensorProto.BFLOAT16)
BFLOAT16_MARGIN = 2.0**-6
"""Its last two binary digits: such a case was computed with so few throughout, and runs in fp32 here."""


@dataclass(frozen=True)
class Outcome:
    """The result of one case.

    Attributes:
        name: Name of the case.
        ops: Operators in its graph.
        result: `passed`, `skipped` (Core ML lacks what `reason` names), or `failed`.
        reason: Why it was skipped or failed; empty when it passed.
    """

    name: str
    ops: tuple[str, ...]
    result: Literal["passed", "skipped", "failed"]
    reason: str = ""

    @property
    def plain_reason(self) -> str:
        """The reason without names of nodes and of open sizes, so that equal ones read the same."""
        return re.sub(r"\bis\d+\b", "open", re.sub(r" \(node [^)]*\)", "", self.reason))


def load_cases() -> list[Any]:
    """Loads the node cases, sorted by name; the package computes their inputs and outputs while loading."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return sorted(load_model_tests(kind="node"), key=lambda case: str(case.name))


def read_case(case: Any) -> tuple[onnx.ModelProto, list[tuple[list[Any], list[Any]]]]:
    """Reads the model of a case, and its inputs and expected outputs."""
    if case.model is not None:
        return case.model, [
            ([_array(each) for each in inputs], [_array(each) for each in outputs])
            for inputs, outputs in case.data_sets
        ]
    folder = Path(case.model_dir)
    model = onnx.load(folder / "model.onnx")
    data_sets = sorted(folder.glob("test_data_set_*"))
    return model, [(_tensors(data, "input"), _tensors(data, "output")) for data in data_sets]


def _array(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def _tensors(folder: Path, kind: str) -> list[Any]:
    files = sorted(folder.glob(f"{kind}_*.pb"), key=lambda file: int(file.stem.rpartition("_")[2]))
    return [_array(onnx.TensorProto.FromString(file.read_bytes())) for file in files]


def case_ops(model: onnx.ModelProto) -> tuple[str, ...]:
    """Lists the operators of a model's graph, sorted by name."""
    return tuple(sorted({f"{node.domain}.{node.op_type}".lstrip(".") for node in model.graph.node}))


def run_case(case: Any) -> Outcome:
    """Converts, saves, loads, interprets and compares one case."""
    model, data_sets = read_case(case)
    ops = case_ops(model)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for inputs, outputs in data_sets:
                _run(case, model, inputs, outputs, Path(folder) / "case.mlpackage")
    except (UnsupportedOp, UnsupportedModel, UnsupportedOpset) as reason:
        return Outcome(case.name, ops, "skipped", str(reason))
    except Exception as error:  # noqa: BLE001  (any other exception is a failed case, to be listed)
        lines = " ".join(str(error).split())
        return Outcome(case.name, ops, "failed", f"{type(error).__name__}: {lines[:300]}")
    return Outcome(case.name, ops, "passed")


def _run(case: Any, model: onnx.ModelProto, inputs: list[Any], outputs: list[Any], path: Path) -> None:
    names = [info.name for info in model.graph.input]
    feeds = dict(zip(names, inputs, strict=False))
    for array in (*inputs, *outputs):
        if (
            not isinstance(array, np.ndarray | np.generic)
            or widened(np.asarray(array)).dtype.kind not in "biuf"
        ):
            raise UnsupportedModel("values that are not numbers in a tensor")
        _refuse_what_does_not_fit(widened(np.asarray(array)))
    save_package(_converted(model, feeds), path)
    program = load_model(path)
    given = {
        core_ml_name(name): widened(np.asarray(feeds[name]))
        for name in names
        if core_ml_name(name) in program.inputs
    }
    results = program.predict({name: value if value.ndim else value[None] for name, value in given.items()})
    for info, expected in zip(model.graph.output, outputs, strict=True):
        wanted, atol = np.asarray(expected), case.atol
        if "DFT" in case_ops(model):
            atol = max(atol, LAST_DIGITS * float(np.abs(wanted).max(initial=0)))
        compare(results[core_ml_name(info.name)], wanted, case.rtol, atol)


def _converted(model: onnx.ModelProto, feeds: Mapping[str, Any]) -> Any:
    """Converts a case; what Core ML needs in advance becomes constant, as it is in real models."""
    constants = {name: np.asarray(feeds[name]) for name in _fixed_inputs(model) if name in feeds}
    behind_the_first = list(feeds)[1:]
    whole = [name for name, value in feeds.items() if np.asarray(value).dtype.kind in "biu"]
    for names in (behind_the_first, whole):
        try:
            return convert(model, constants=constants)
        except NeededInAdvance:
            constants = {name: np.asarray(feeds[name]) for name in names}
    return convert(model, constants=constants)


def _refuse_what_does_not_fit(array: Array) -> None:
    if array.dtype.kind in "iu" and array.size and (array.max() > 2**31 - 1 or array.min() < -(2**31)):
        raise UnsupportedModel("whole numbers that do not fit 32 bits")


def _fixed_inputs(model: onnx.ModelProto) -> Iterator[str]:
    """Yields the graph inputs that Core ML needs at conversion; real models have them as constants."""
    for node in model.graph.node:
        handler = find_handler(node.domain, node.op_type)
        for index in handler.fixed if handler else ():
            if index < len(node.input) and node.input[index]:
                yield node.input[index]


def compare(result: Array, expected: Array, rtol: float, atol: float) -> None:
    """Raises AssertionError when a result differs from the expected one in shape or beyond the tolerance."""
    if expected.dtype == BFLOAT16:
        rtol = max(rtol, BFLOAT16_MARGIN)
    expected = widened(expected)
    if expected.ndim == 0:
        expected = expected[None]
    if expected.dtype == np.bool_:
        expected = expected.astype(np.int32)
    if result.shape != expected.shape:
        raise AssertionError(f"shape {result.shape} instead of {expected.shape}")
    if expected.dtype.kind in "iu" and result.dtype.kind in "iu":
        np.testing.assert_array_equal(result, expected)
        return
    np.testing.assert_allclose(result.astype(np.float64), expected.astype(np.float64), rtol=rtol, atol=atol)
