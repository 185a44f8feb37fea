"""The page of the converter names what it converts."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from lienzo_coreml import ImageInput, Metadata, Options
from lienzo_coreml.control import CONTROL
from lienzo_coreml.operators import operator_table, with_table
from lienzo_coreml.registry import supported_ops

PAGE = Path(__file__).resolve().parents[3] / "export" / "coreml" / "README.md"


def test_the_table_of_the_page_is_the_one_that_the_handlers_make() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_table(page), "renew it: python -m lienzo_coreml.operators export/coreml/README.md"


def test_the_table_names_every_operator_that_is_converted() -> None:
    words = " ".join(operator_table()).replace("com.microsoft.", "").replace(",", " ").split()
    assert ({handler.op for handler in supported_ops()} | set(CONTROL)) - set(words) == set()


def test_what_replaces_arguments_of_coremltools_exists() -> None:
    section = PAGE.read_text("utf-8").split("\n## Coming from coremltools\n")[1].split("\n## ")[0]
    ours = [line.strip("|").split(" | ")[1] for line in section.splitlines() if line.startswith("| `")]
    known = {each.name for kind in (Options, ImageInput, Metadata) for each in fields(kind)}
    named = set(re.findall(r"(\w+)=", " ".join(ours)))
    assert len(named) > 8
    assert named - known == set()
