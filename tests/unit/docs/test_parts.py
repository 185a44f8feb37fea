"""Whatever `make check` makes is made before a change is taken."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_all_that_make_check_makes_is_made_by_ci() -> None:
    parts = re.findall(r"^check: ([\w -]+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    made = re.findall(r"^ *(?:meanwhile \w+ nice )?(?:make|for part in) ([\w -]+)", script, re.MULTILINE)
    wanted = {*parts[0].split(), "versions", "conformance", "demo"}
    assert wanted <= {part for line in made for part in line.split()}
    assert "&& make containers)" in script
