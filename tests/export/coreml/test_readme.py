"""The page of the converter names what it converts."""

from __future__ import annotations

import re
from pathlib import Path

from lienzo_coreml.registry import supported_ops

PAGE = (Path(__file__).resolve().parents[3] / "export" / "coreml" / "README.md").read_text("utf-8")
ROWS = "\n".join(line for line in PAGE.splitlines() if line.startswith("| "))


def test_the_table_names_every_operator_that_is_converted() -> None:
    assert {handler.op for handler in supported_ops()} - set(re.findall(r"\w+", ROWS)) == set()
