"""Compares a saved package with the ONNX model that it was made of, before anyone gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from lienzo_coreml.conversion import Options, chosen_outputs
from lienzo_coreml.endings import without_maps
from lienzo_coreml.errors import CoreMLError, DifferentAnswers, UnsupportedModel
from lienzo_coreml.interface import core_ml_name
from lienzo_coreml.interpreter import CoreMLModel, load_model
from lienzo_coreml.names import LABEL, PROBABILITIES
from lienzo_coreml.questions import ABNORMAL, RANDOM, Question, questions
from lienzo_coreml.values import Array

RELATIVE, ABSOLUTE = 1e-3, 1e-4
"""Tolerances of fp32; the absolute one is for numbers up to 1, and grows with the largest of an answer."""
ROUNDED = 0.02
"""The same for a model on quantised numbers, in which a last digit may become a step of its scale."""
ROUNDING = (
    "Q"  # QuantizeLinear, DynamicQuantizeLinear, QLinearConv, QGemm, …; no other operator has the letter
)
HANDLES_MISSING = {
    "Imputer",
    "IsNaN",
    "IsInf",
    "TreeEnsemble",
    "TreeEnsembleClassifier",
    "TreeEnsembleRegressor",
}
REFERENCE = "onnx.reference"
Run = Callable[[Mapping[str, Array]], Mapping[str, Array]]


@dataclass
class Comparison:
    """What was compared.

    Attributes:
        run_time: What computed the expected answers.
        kinds: Kinds of inputs, in order.
        rows: Sizes given to open axes; empty where none is open.
        difference: Largest difference, relative to the largest number of an answer where that exceeds 1.
        notes: What differs without being a fault, and what could not be compared.
    """

    run_time: str
    kinds: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    difference: float = 0.0
    notes: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Says it for people."""
        if self.kinds:
            sizes = f" of {' and '.join(map(str, self.rows))} rows" if self.rows else ""
            yield (
                f"compared with {self.run_time} on {', '.join(self.kinds)} inputs{sizes}: "
                f"largest difference {self.difference:.1e}"
            )
        yield from self.notes


def compare_package(model: onnx.ModelProto, package: Path, options: Options) -> Comparison:
    """Runs a package and its ONNX model on the same inputs.

    In fp32 every difference is a fault. With fp16 or 8-bit weights a difference is told, and only an answer
    that is not finite is a fault. Missing and infinite inputs are held to that where the model handles them
    (trees, Imputer, IsNaN) and its own answer is finite; elsewhere Core ML promises nothing, and it is told.

    Raises:
        DifferentAnswers: When an output differs; it names the output and the kind of input.
        UnsupportedModel: When neither onnxruntime nor the reference implementation runs the ONNX model.
        UnsupportedProgram: When the interpreter cannot run the package.
    """
    program = load_model(package)
    run_time, run = _reference(model, options)
    comparison = Comparison(run_time)
    handles = any(node.op_type in HANDLES_MISSING for node in model.graph.node)
    exact = options.precision == "fp32" and options.quantize is None
    rounds = any(ROUNDING in node.op_type for node in model.graph.node)
    for question in questions(model, program, options):
        try:
            expected = run(question.tensors)
        except Exception as error:  # noqa: BLE001  (the run times raise exceptions of any class)
            reason = " ".join(str(error).split())[:160]
            comparison.notes.append(
                f"not compared on {_phrase(question)}: {run_time} refuses them ({reason})"
            )
            continue
        strict = exact if question.kind not in ABNORMAL else exact and handles
        _ask(program, question, expected, comparison, options, strict=strict, rounds=rounds)
    if not comparison.kinds:
        if run_time == REFERENCE:
            raise UnsupportedModel(f"no run time runs this model: {comparison.notes[0]}")
        comparison.notes.append("nothing was compared")
    return comparison


def _reference(model: onnx.ModelProto, options: Options) -> tuple[str, Run]:
    """Prepares the run time to compare with; the second choice is slow, but knows every operator."""
    names = chosen_outputs(model.graph, options)
    fixed = dict(options.constants)
    model, asked = without_maps(model, names)
    try:
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = 4
        session: Any = onnxruntime.InferenceSession(
            model.SerializeToString(), settings, providers=["CPUExecutionProvider"]
        )
        run_time = "onnxruntime"
    except Exception:  # noqa: BLE001  (absent, or without a kernel for an operator)
        session, run_time = ReferenceEvaluator(model), REFERENCE

    def run(tensors: Mapping[str, Array]) -> Mapping[str, Array]:
        with np.errstate(all="ignore"):
            results = session.run(asked, {**tensors, **fixed})
        return dict(zip(names, results, strict=True))

    return run_time, run


def _ask(
    program: CoreMLModel,
    question: Question,
    expected: Mapping[str, Array],
    comparison: Comparison,
    options: Options,
    *,
    strict: bool,
    rounds: bool,
) -> None:
    try:
        answers = program.predict(question.features)
    except CoreMLError as error:
        _judge(comparison, question, program.outputs[0], f"the package fails: {error}", fault=strict)
        return
    if question.kind not in comparison.kinds:
        comparison.kinds.append(question.kind)
    if question.rows and question.rows not in comparison.rows:
        comparison.rows.append(question.rows)
    for name, result in expected.items():
        wanted = _as_core_ml(result)
        if question.kind == RANDOM and wanted.dtype.kind == "f" and not np.isfinite(wanted).any():
            comparison.notes.append(f'output "{name}" has no finite number on {_phrase(question)}')
        found = _answer(answers, name, wanted.shape, options)
        problem, difference = _difference(found, wanted, question, ROUNDED if rounds else ABSOLUTE)
        if problem:
            # A label of missing numbers hangs on how NaN is ranked, which nothing says.
            unsaid = question.kind in ABNORMAL and wanted.dtype.kind in "iu"
            fault = _is_broken(found, wanted, question) or (strict and not unsaid)
            _judge(comparison, question, name, problem, fault=fault)
        if not problem or question.kind not in ABNORMAL:
            comparison.difference = max(comparison.difference, difference)


def _judge(comparison: Comparison, question: Question, output: str, problem: str, *, fault: bool) -> None:
    if fault:
        raise DifferentAnswers(output, _phrase(question), comparison.run_time, problem)
    comparison.notes.append(f'output "{output}" differs on {_phrase(question)}: {problem}')


def _phrase(question: Question) -> str:
    return f"{question.kind} inputs" + (f" of {question.rows} rows" if question.rows else "")


def _is_broken(found: Array, wanted: Array, question: Question) -> bool:
    """Returns whether an answer is wrong at any precision: another shape, or not a number."""
    if found.shape != wanted.shape:
        return True
    return question.kind not in ABNORMAL and bool(np.isfinite(wanted).all() and not np.isfinite(found).all())


def _answer(answers: Mapping[str, Any], name: str, shape: tuple[int, ...], options: Options) -> Array:
    """Finds the answer of the package for an output; a classifier's in the order of its labels."""
    key = core_ml_name(name)
    if options.labels is None or (key in answers and key not in (LABEL, PROBABILITIES)):
        return np.asarray(answers[key])
    shares = answers[PROBABILITIES]
    row = np.array([shares[label] for label in options.labels], np.float32)
    return row.reshape(shape) if row.size == np.prod(shape) else row


def _as_core_ml(wanted: Any) -> Array:
    array = np.asarray(wanted)
    array = array.astype(np.int32) if array.dtype == np.bool_ else array
    return array.reshape(1) if array.ndim == 0 else array


def _difference(found: Array, wanted: Array, question: Question, allowed: float) -> tuple[str, float]:
    """Returns what is wrong, or nothing, and the largest difference."""
    if found.shape != wanted.shape:
        return f"shape {found.shape} instead of {wanted.shape}", 0.0
    a, b = found.astype(np.float64), wanted.astype(np.float64)
    if question.kind in ABNORMAL:
        counted = np.isfinite(b)
        a, b = a[counted], b[counted]
    if not b.size:
        return "", 0.0
    if wanted.dtype.kind in "iub":
        wrong = int((a != b).sum())
        return (f"{wrong} of {a.size} whole numbers differ", 1.0) if wrong else ("", 0.0)
    finite = np.isfinite(b)
    size = max(1.0, float(np.abs(b[finite]).max(initial=0)))
    close = np.isclose(a, b, rtol=RELATIVE, atol=allowed * size, equal_nan=True)
    both = finite & np.isfinite(a)
    difference = float(np.abs(a[both] - b[both]).max(initial=0) / size)
    if close.all():
        return "", difference
    index = tuple(int(i) for i in np.argwhere(~close)[0])
    return (
        f"{int((~close).sum())} of {a.size} numbers, first {a[index]:.6g} instead of {b[index]:.6g}",
        difference,
    )
