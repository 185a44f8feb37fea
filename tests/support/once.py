"""Folders and objects that are made once for all workers of a test run."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Returns a folder that all tests of a run share; none may change it.

    Args:
        factory: Gives the folder of the run.
        name: Name of the folder.
        make: Fills it, in the first worker that asks; the others wait.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / name
    with (root / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = factory.mktemp(name)
            make(part)
            part.rename(folder)
    return folder


def computed_once(factory: pytest.TempPathFactory, name: str, compute: Callable[[], Made]) -> Made:
    """Returns an object that is computed in one worker; the others of a run read a copy of it.

    Args:
        factory: Gives the folder of the run.
        name: Name of the object.
        compute: Computes it, in the first worker that asks; the others wait.
    """
    folder = made_once(factory, name, lambda part: _write(part, compute()))
    made: Made = pickle.loads((folder / "object").read_bytes())  # noqa: S301 - of this run
    return made


def _write(folder: Path, made: object) -> None:
    (folder / "object").write_bytes(pickle.dumps(made))
