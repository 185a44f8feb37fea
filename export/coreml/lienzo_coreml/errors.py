"""Errors of conversion, and of Core ML packages: one tree of exceptions."""

from __future__ import annotations

import sys
from pathlib import Path

# The newest Python that coremltools is built for; pyproject.toml leaves coremltools out above it.
NEWEST_PYTHON = (3, 13)


class CoreMLError(ValueError):
    """Root of everything that `lienzo_coreml` raises on purpose."""


class CoremltoolsMissing(CoreMLError, ImportError):
    """coremltools, which writes and reads Core ML's messages, is not installed."""

    def __init__(self, python: tuple[int, int] = sys.version_info[:2]) -> None:
        version, newest = ".".join(map(str, python)), ".".join(map(str, NEWEST_PYTHON))
        reason = "is not installed: pip install lienzo-coreml"
        if python > NEWEST_PYTHON:
            reason = f"has no build for Python {version}: use Python 3.11 to {newest}"
        super().__init__(f"Core ML export needs coremltools, which {reason}")
        self.name = "coremltools"


class InvalidOnnx(CoreMLError):
    """The file is not a readable ONNX model."""

    def __init__(self, source: str | Path, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source = source
        self.problem = problem


class UnsupportedOpset(CoreMLError):
    """The model is written in a version of the ONNX operators that the converter does not know."""

    def __init__(self, domain: str, version: int, lowest: int, highest: int) -> None:
        age = "old" if version < lowest else "new"
        super().__init__(
            f"opset {domain or 'ai.onnx'} {version} is too {age}: the converter reads {lowest} to {highest}"
        )
        self.domain = domain
        self.version = version


class UnsupportedOp(CoreMLError):
    """One node cannot be written as an ML Program."""

    def __init__(self, op: str, node: str, reason: str) -> None:
        super().__init__(f"{op} (node {node}): {reason}")
        self.op = op
        self.node = node
        self.reason = reason


class NeededInAdvance(UnsupportedOp):
    """A node computes a value that Core ML needs while converting: a shape, pads, an axis."""


class UnsupportedModel(CoreMLError):
    """The model as a whole cannot be written as an ML Program: its inputs, outputs or the options."""


class InvalidPackage(CoreMLError):
    """A `.mlpackage` cannot be read: it is not an ML Program, or it is damaged."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class UnsupportedProgram(CoreMLError):
    """The interpreter does not support an operation of an ML Program, or one of its parameters."""


class InvalidInput(CoreMLError):
    """The input of a Core ML model does not match its description."""


class DifferentAnswers(CoreMLError):
    """A converted package answers otherwise than the model that it was made of."""

    def __init__(self, output: str, inputs: str, run_time: str, problem: str) -> None:
        super().__init__(f'output "{output}" differs from {run_time} on {inputs}: {problem}')
        self.output = output
        self.inputs = inputs
        self.problem = problem
