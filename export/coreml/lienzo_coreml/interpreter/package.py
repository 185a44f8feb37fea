"""Reads the folder of a `.mlpackage`: its manifest and its model description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from lienzo_coreml.errors import InvalidPackage
from lienzo_coreml.mil import quiet

with quiet():
    from coremltools.proto import Model_pb2

MANIFEST = "Manifest.json"


def read_package(path: Path) -> tuple[Any, Path]:
    """Reads the model description of a package.

    Returns:
        The `Model` message, and the base folder for the paths of its weights.

    Raises:
        InvalidPackage: When something is missing or damaged, or the model is not an ML Program.
    """
    if not path.is_dir():
        raise InvalidPackage(path, "not a folder; a Core ML package (.mlpackage) is one")
    model_file = _root_model(path)
    try:
        content = model_file.read_bytes()
    except OSError as error:
        raise InvalidPackage(path, f"{model_file.name} cannot be read ({error.strerror})") from error
    model = Model_pb2.Model()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise InvalidPackage(path, f"{model_file.name} is damaged: not a Core ML model") from error
    kind = model.WhichOneof("Type")
    if kind != "mlProgram":
        raise InvalidPackage(path, f"not an ML Program: it holds {kind or 'an empty model'}")
    return model, model_file.parent


def _root_model(path: Path) -> Path:
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        entry = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"]
    except OSError as error:
        raise InvalidPackage(path, f"{MANIFEST} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidPackage(path, f"{MANIFEST} does not name a root model") from error
    data = (path / "Data").resolve()
    file = (data / str(entry)).resolve()
    if not file.is_relative_to(data):
        raise InvalidPackage(path, f"{MANIFEST} names a model outside the package: {entry}")
    return file
