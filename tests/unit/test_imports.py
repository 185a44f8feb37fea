"""Tests import nothing from benchmarks, which share their support, and what is shipped imports neither."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "tests": ("tests",),
    "benchmarks": ("benchmarks", "tests.support"),
    **dict.fromkeys(
        ("bundle", "cli", "clients", "drawing", "explanation", "export", "lienzo_application", "protos"), ()
    ),
    **dict.fromkeys(("runtime", "services", "sources", "training", "vision"), ()),
}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_nothing_that_is_not_its_own(folder: str) -> None:
    allowed = tuple(f"{each}." for each in MAY_IMPORT[folder])
    unwanted = [each for each in ("tests", "benchmarks") if each not in MAY_IMPORT[folder]]
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / folder).rglob("*.py")
        # Most files do not even spell the name, and need not be parsed.
        if any(each in file.read_text(encoding="utf-8") for each in unwanted)
        for name in imported(file)
        if name.partition(".")[0] in ("tests", "benchmarks") and not f"{name}.".startswith(allowed)
    ]
    assert wrong == []
