"""Every benchmark says what it measures, beside other tests that import what most of them need."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "benchmarks").rglob("*.py"))
BENCHMARKS = [
    ".".join(each.relative_to(ROOT).with_suffix("").parts)
    for each in FILES
    if '__name__ == "__main__"' in each.read_text("utf-8")
]


@pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR is not set")  # of pgserver, as it is imported
@pytest.mark.parametrize("name", BENCHMARKS)
def test_asked_for_help_a_benchmark_measures_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    # Some are imported by others, and would be a module twice.
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(name, run_name="__main__", alter_sys=False)
    assert ended.value.code == 0
    assert "usage: " in capsys.readouterr().out
