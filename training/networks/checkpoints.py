"""Checkpoints: a network in training as one safetensors file, with the rest as JSON in its header."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.cache import keep, whole_file
from training.errors import TrainingError
from training.networks.settings import CnnSettings

_FORMAT: Final = 1
"""To be raised when a change trains other networks by the same settings."""
_STATE: Final = "lienzo"
_RUN: Final = "training.json"


@dataclass(frozen=True)
class Checkpoint:
    """A network in training, after one of its epochs.

    Attributes:
        arrays: Weights, momentum, the best weights and random numbers, by name.
        state: Epochs, losses and the like, ready for JSON.
    """

    arrays: Mapping[str, NDArray[Any]]
    state: Mapping[str, Any]


class CheckpointError(TrainingError):
    """A checkpoint belongs to another training; the message names the difference."""


def checkpoint_file(folder: Path, key: str) -> Path:
    """Names the file of a network by what it is trained from."""
    return folder / f"{key[:24]}.safetensors"


def save_checkpoint(
    file: Path, key: str, settings: CnnSettings, checkpoint: Checkpoint, *, is_cache: bool = False
) -> None:
    """Writes a checkpoint, completely or not at all.

    Args:
        file: Where.
        key: Of the network.
        settings: Of the network.
        checkpoint: The network in training.
        is_cache: Whether training goes on where it cannot be written, see `keep`.

    Raises:
        OSError: When the file system refuses, in a folder that is not the cache.
    """
    from safetensors.numpy import save

    about = {"format": _FORMAT, "key": key, "settings": settings.model_dump(mode="json"), **checkpoint.state}
    arrays = {name: np.ascontiguousarray(each) for name, each in checkpoint.arrays.items()}
    content = save(arrays, {_STATE: json.dumps(about)})
    if is_cache:
        keep(file, lambda stream: stream.write(content))
        return
    with whole_file(file) as stream:
        stream.write(content)


def load_checkpoint(file: Path, key: str, settings: CnnSettings) -> Checkpoint | None:
    """Reads a checkpoint; None where there is none, or no folder.

    Args:
        file: The file.
        key: Of the network that is to be trained.
        settings: Of that network.

    Raises:
        CheckpointError: When it is damaged, or of another network.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        content = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be read ({error.strerror})") from error
    try:
        arrays, state = load(content), json.loads(_header(content)[_STATE])
        known = CnnSettings.model_validate(state["settings"]) if state["format"] == _FORMAT else None
    except (SafetensorError, ValueError, KeyError, TypeError, struct.error) as error:
        raise CheckpointError(f"{file}: not a checkpoint, or a damaged one; delete it") from error
    if known is None:
        raise CheckpointError(f"{file}: a checkpoint of another release of lienzo; delete it")
    if problem := _difference([known], [settings]):
        raise CheckpointError(f"{file}: {problem}; delete it, or name another folder")
    if state["key"] != key:
        raise CheckpointError(f"{file}: trained on other pictures; delete it, or name another folder")
    return Checkpoint(arrays, state)


def open_run(folder: Path, networks: Sequence[CnnSettings], pictures: str, seed: int) -> None:
    """Prepares a folder that a user named for checkpoints: it belongs to one training.

    Args:
        folder: Created where it is missing.
        networks: All networks of the recipe.
        pictures: Fingerprint of the image set.
        seed: Of the training.

    Raises:
        CheckpointError: When it holds checkpoints of another training, or cannot be used, or when there are
            no networks.
    """
    if not networks:
        raise CheckpointError(f"{folder}: the recipe trains no network, which checkpoints are of")
    file = folder / _RUN
    try:
        if file.is_file():
            _compare(folder, json.loads(file.read_text("utf-8")), networks, pictures, seed)
            return
        if folder.is_dir() and any(folder.iterdir()):
            raise CheckpointError(f"{folder}: holds something other than checkpoints; name an empty folder")
        about = {
            "format": _FORMAT,
            "networks": [each.model_dump(mode="json") for each in networks],
            "pictures": pictures,
            "seed": seed,
        }
        with whole_file(file) as stream:
            stream.write(json.dumps(about, indent=1).encode())
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be used for checkpoints ({error.strerror})") from error


def _compare(folder: Path, run: Any, networks: Sequence[CnnSettings], pictures: str, seed: int) -> None:
    try:
        known = [CnnSettings.model_validate(each) for each in run["networks"]]
        problem = _difference(known, networks)
        if not problem and run["pictures"] != pictures:
            problem = "trained on other pictures"
        if not problem and run["seed"] != seed:
            problem = f"trained with the seed {run['seed']}, not {seed}"
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder / _RUN}: not written by lienzo, or damaged") from error
    if problem:
        raise CheckpointError(f"{folder}: its checkpoints are {problem}; name another folder")


def _difference(known: Sequence[CnnSettings], wanted: Sequence[CnnSettings]) -> str:
    """Says in which way networks differ from those that are wanted; empty where they do not."""
    titles = [", ".join(each.title for each in networks) for networks in (known, wanted)]
    if titles[0] != titles[1]:
        return f"of another architecture: {titles[0]}, and the recipe has {titles[1]}"
    for one, other in zip(known, wanted, strict=True):
        for name in CnnSettings.model_fields:
            if getattr(one, name) != getattr(other, name):
                values = f"{getattr(one, name)}, not {getattr(other, name)}"
                return f"trained with other settings: {name} = {values}"
    return ""


def training_key(settings: CnnSettings, seed: int, versions: str, arrays: Sequence[NDArray[Any]]) -> str:
    """Hashes all that a network depends on.

    Args:
        settings: How it is trained.
        seed: Of every random number.
        versions: Of the libraries, and what computes.
        arrays: Pictures, targets and groups.
    """
    digest = hashlib.sha256(f"{_FORMAT} {versions} {seed} {settings.model_dump_json()}".encode())
    for each in arrays:
        digest.update(f"{each.shape} {each.dtype}".encode())
        digest.update(np.ascontiguousarray(each).data)
    return digest.hexdigest()


def _header(content: bytes) -> dict[str, str]:
    """Reads the texts in the header of a safetensors file."""
    (size,) = struct.unpack_from("<Q", content)
    texts: dict[str, str] = json.loads(content[8 : 8 + size])["__metadata__"]
    return texts
