"""What a process loads at its start slows down neither the start nor what comes after."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.process.aio_server import settle


@pytest.fixture
def settled() -> int:
    """How many objects the collector no longer looks at, inside a process that has settled."""
    gc.disable()
    settle()
    return gc.get_freeze_count()


def test_a_full_collection_looks_only_at_what_came_later(settled: int) -> None:
    assert settled > 10_000
    assert len(gc.get_objects()) < settled / 100


def test_garbage_that_comes_later_is_still_collected(settled: int) -> None:
    assert gc.isenabled()
    circle: list[object] = []
    circle.append(circle)
    del circle
    assert gc.collect() >= 1


def test_nobody_looks_for_garbage_while_a_module_is_imported(tmp_path: Path) -> None:
    (tmp_path / "telling.py").write_text("import gc; print(gc.isenabled())")
    command = [sys.executable, "-m", "lienzo_application", "telling"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
