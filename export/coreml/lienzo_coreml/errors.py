"""What can be wrong with an ONNX model on its way to Core ML, or with a Core ML package: one tree."""

from __future__ import annotations

from pathlib import Path


class CoreMLError(ValueError):
    """Root of everything that `lienzo_coreml` raises on purpose."""


class InvalidOnnx(CoreMLError):
    """The file is no ONNX model that can be read."""

    def __init__(self, source: str | Path, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source = source
        self.problem = problem


class UnsupportedOpset(CoreMLError):
    """The model is written in a version of the ONNX operators that the converter does not know."""

    def __init__(self, domain: str, version: int, lowest: int, highest: int) -> None:
        age = "old" if version < lowest else "new"
        super().__init__(
            f"opset {domain or 'ai.onnx'} {version} is too {age}: {lowest} to {highest} are converted"
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


class UnsupportedModel(CoreMLError):
    """The model as a whole cannot be written as an ML Program: its inputs, outputs or the options."""


class InvalidPackage(CoreMLError):
    """A `.mlpackage` cannot be read: it is not an ML Program, or it is damaged."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class UnsupportedProgram(CoreMLError):
    """The interpreter does not know an operation of an ML Program, or a way in which it is used."""


class InvalidInput(CoreMLError):
    """What was given to a Core ML model does not fit its description."""
