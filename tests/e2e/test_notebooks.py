"""The notebooks of the documents run from top to bottom, as they stand."""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def run(cell: str, names: dict[str, Any]) -> Any:
    """Runs a cell, and returns what a notebook would show: the value of its last expression."""
    parsed = ast.parse(cell)
    last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None
    exec(compile(parsed, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_from_top_to_bottom(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if path.stem == "phone" and find_spec("coremltools") is None:
        pytest.skip("coremltools has no build for this Python")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cells = [each for each in json.loads(path.read_text("utf-8"))["cells"] if each["cell_type"] == "code"]
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = [run("".join(each["source"]), names) for each in cells]
    assert shown[-1] is not None
    for figure in (each for each in shown if isinstance(each, Figure)):
        figure.savefig(tmp_path / "figure.png", dpi=40)
    # Outputs are made by whoever runs it: a stored one would grow old.
    assert all(not each["outputs"] for each in cells)


def test_the_answers_are_those_that_the_words_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(each for each in NOTEBOOKS if each.stem == "open_set")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names: dict[str, Any] = {"__name__": "__main__"}
    for each in json.loads(path.read_text("utf-8"))["cells"]:
        if each["cell_type"] == "code":
            run("".join(each["source"]), names)
    assert [each.label for each in names["answers"]] == ["astronaut", None, None]
    assert names["measured"].accuracy > 0.9
