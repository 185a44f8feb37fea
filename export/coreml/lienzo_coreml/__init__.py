"""Converts ONNX models to Core ML ML Programs, and interprets ML Programs on any system.

The public interface, imported when it is used: coremltools alone takes two seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lienzo_coreml.comparison import Comparison, compare_package
    from lienzo_coreml.conversion import Options, convert
    from lienzo_coreml.errors import (
        CoreMLError,
        CoremltoolsMissing,
        DifferentAnswers,
        InvalidInput,
        InvalidOnnx,
        InvalidPackage,
        UnsupportedModel,
        UnsupportedOp,
        UnsupportedOpset,
        UnsupportedProgram,
    )
    from lienzo_coreml.interface import ImageInput
    from lienzo_coreml.interpreter import CoreMLModel, load_model
    from lienzo_coreml.metadata import Metadata
    from lienzo_coreml.storage import save_package

__all__ = [
    "Comparison",
    "CoreMLError",
    "CoreMLModel",
    "CoremltoolsMissing",
    "DifferentAnswers",
    "ImageInput",
    "InvalidInput",
    "InvalidOnnx",
    "InvalidPackage",
    "Metadata",
    "Options",
    "UnsupportedModel",
    "UnsupportedOp",
    "UnsupportedOpset",
    "UnsupportedProgram",
    "compare_package",
    "convert",
    "load_model",
    "save_package",
]

_MODULES = {
    "Comparison": "comparison",
    "CoreMLModel": "interpreter",
    "ImageInput": "interface",
    "Metadata": "metadata",
    "Options": "conversion",
    "compare_package": "comparison",
    "convert": "conversion",
    "load_model": "interpreter",
    "save_package": "storage",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return __all__
