"""What is written as a module of a room is in the room's registry, so that a recipe can name it."""

from __future__ import annotations

import importlib
import inspect
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, get_args

import training.classifiers
import training.encoders
import training.graphs.extractors
import vision.extractors
from training.classifiers import ClassifierSettings
from training.encoders import EncoderSettings
from training.graphs.extractors.concatenation import Concatenation
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.imported import ImportedGraph
from training.graphs.extractors.registry import graph_extractor_names
from training.strict import Strict
from vision.extractors.detector import Detector
from vision.extractors.registry import is_of_opencv


def written(room: ModuleType, parent: type) -> list[Any]:
    """Every class of a room that stands on another one and can be made."""
    modules = [
        importlib.import_module(f"{room.__name__}.{each.name}") for each in iter_modules(room.__path__)
    ]
    classes = [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__ and issubclass(each, parent)
    ]
    found = [each for each in classes if not inspect.isabstract(each)]
    assert len(found) > 4
    return found


def unregistered(room: ModuleType, settings: Any) -> list[type]:
    union, _ = get_args(settings)
    return [each for each in written(room, Strict) if hasattr(each, "fit") and each not in get_args(union)]


def test_every_extractor_of_opencv_is_registered() -> None:
    found = list(written(vision.extractors, Detector))
    assert len(found) > 5
    assert [each for each in found if not is_of_opencv(each.name)] == [], (
        "vision/extractors/registry.py lacks these"
    )


def test_every_extractor_that_is_a_graph_is_registered() -> None:
    by_other_names = {Concatenation, ImportedGraph}  # `lbp+hog`, and `onnx`
    found = set(written(training.graphs.extractors, GraphExtractor)) - by_other_names
    missing = [each for each in found if each.name not in graph_extractor_names()]
    assert missing == [], "training/graphs/extractors/registry.py lacks these"


def test_every_encoder_is_registered() -> None:
    assert unregistered(training.encoders, EncoderSettings) == [], "training/encoders/local.py lacks these"


def test_every_classifier_is_registered() -> None:
    missing = unregistered(training.classifiers, ClassifierSettings)
    assert missing == [], "training/classifiers/registry.py lacks these"
