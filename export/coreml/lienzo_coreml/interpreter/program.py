"""Evaluates the operations of an ML Program in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lienzo_coreml.interpreter.ops  # noqa: F401  (registers every operation)
from lienzo_coreml.errors import InvalidInput, InvalidPackage, UnsupportedProgram
from lienzo_coreml.interpreter.literals import DTYPES, read_literal, tensor_shape
from lienzo_coreml.interpreter.registry import EVALUATIONS, Evaluation
from lienzo_coreml.interpreter.weights import WeightFiles


@dataclass(frozen=True)
class Binding:
    """The arguments of one parameter of an operation: names of earlier results, or literals."""

    names: tuple[str | None, ...]
    literals: tuple[Any, ...]
    many: bool

    def resolve(self, values: Mapping[str, Any]) -> Any:
        """Looks up the value, or the list of values, of this run."""
        found = [
            literal if name is None else values[name]
            for name, literal in zip(self.names, self.literals, strict=True)
        ]
        return found if self.many else found[0]


@dataclass(frozen=True)
class Step:
    """One operation with its arguments, the names of its results and their declared shapes."""

    kind: str
    evaluate: Evaluation
    bindings: Mapping[str, Binding]
    outputs: tuple[str, ...]
    shapes: tuple[tuple[int | None, ...] | None, ...]

    def check(self, results: tuple[Any, ...]) -> None:
        """Compares the shapes of results with those that coremltools has computed and declared.

        Raises:
            UnsupportedProgram: When they differ, because the interpreter then evaluates something else.
        """
        for name, shape, result in zip(self.outputs, self.shapes, results, strict=True):
            found = np.shape(result)
            if shape is not None and (
                len(found) != len(shape)
                or any(want not in (None, size) for want, size in zip(shape, found, strict=True))
            ):
                raise UnsupportedProgram(f"{self.kind} ({name}) gives the shape {found}, not {shape}")


class MLProgram:
    """The `main` function of a saved ML Program.

    Attributes:
        inputs: Data type and shape of every input; None for a dynamic size.
        outputs: Names of the results.
    """

    def __init__(self, model: Any, package: Path, folder: Path) -> None:
        weights = WeightFiles(package, folder)
        function = model.mlProgram.functions.get("main")
        if function is None or function.opset not in function.block_specializations:
            raise InvalidPackage(package, "the ML Program has no main function")
        self.inputs = {
            item.name: (DTYPES[item.type.tensorType.dataType], tensor_shape(item.type.tensorType))
            for item in function.inputs
        }
        block = function.block_specializations[function.opset]
        self.outputs = tuple(block.outputs)
        self._constants: dict[str, Any] = {}
        self._steps: list[Step] = []
        for operation in block.operations:
            self._add(operation, weights)

    @property
    def operations(self) -> list[str]:
        """Kinds of the operations in order, without constants."""
        return [step.kind for step in self._steps]

    def _add(self, operation: Any, weights: WeightFiles) -> None:
        kind = operation.type
        names = tuple(output.name for output in operation.outputs)
        attributes = {key: read_literal(value, weights) for key, value in operation.attributes.items()}
        if kind == "const":
            self._constants[names[0]] = attributes["val"]
            return
        if kind not in EVALUATIONS:
            raise UnsupportedProgram(
                f"the interpreter does not support the operation {kind} ({', '.join(names)})"
            )
        bindings = {key: _binding(argument, weights) for key, argument in operation.inputs.items()}
        if kind.startswith("constexpr_"):
            given = {key: binding.resolve(self._constants) for key, binding in bindings.items()}
            parameters = {key: value for key, value in attributes.items() if key != "name"} | given
            self._constants[names[0]] = EVALUATIONS[kind](**parameters)
            return
        shapes = tuple(_declared_shape(output.type) for output in operation.outputs)
        self._steps.append(Step(kind, EVALUATIONS[kind], bindings, names, shapes))

    def run(
        self, feeds: Mapping[str, Any], observe: Callable[[str, Any], None] | None = None
    ) -> dict[str, Any]:
        """Evaluates the program.

        Args:
            feeds: An array of the declared type and shape for every input.
            observe: Called with name and value of every input and result.

        Returns:
            The results by name.

        Raises:
            InvalidInput: When an operation refuses these values, such as an index out of range.
        """
        values = dict(self._constants) | dict(feeds)
        for name, value in feeds.items() if observe else ():
            observe(name, value)  # type: ignore[misc]
        with np.errstate(all="ignore"):
            for step in self._steps:
                arguments = {key: binding.resolve(values) for key, binding in step.bindings.items()}
                try:
                    results = step.evaluate(**arguments)
                except (IndexError, ValueError) as error:
                    raise InvalidInput(f"{step.kind} ({step.outputs[0]}): {error}") from error
                except TypeError as error:
                    raise UnsupportedProgram(f"{step.kind} ({step.outputs[0]}): {error}") from error
                several = results if isinstance(results, tuple) else (results,)
                step.check(several)
                values.update(zip(step.outputs, several, strict=True))
                for name, value in zip(step.outputs, several, strict=True) if observe else ():
                    observe(name, value)  # type: ignore[misc]
        return {name: values[name] for name in self.outputs}


def _declared_shape(value_type: Any) -> tuple[int | None, ...] | None:
    """Returns the shape of a result, or None when it is not a tensor, such as a classifier's dictionary."""
    return tensor_shape(value_type.tensorType) if value_type.WhichOneof("type") == "tensorType" else None


def _binding(argument: Any, weights: WeightFiles) -> Binding:
    names: list[str | None] = []
    literals: list[Any] = []
    for item in argument.arguments:
        named = item.WhichOneof("binding") == "name"
        names.append(item.name if named else None)
        literals.append(None if named else read_literal(item.value, weights))
    return Binding(tuple(names), tuple(literals), many=len(names) != 1)
