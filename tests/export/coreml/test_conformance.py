"""The node cases that ship inside the `onnx` package: converted, saved, loaded, interpreted, compared.

`conformance_passed.txt` names the cases that pass, so that none is lost unseen. `make conformance` runs them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lienzo_coreml.conformance import load_cases, run_case

PARTS = 16
PASSED = set(Path(__file__).with_name("conformance_passed.txt").read_text().split())


@pytest.fixture(scope="session")
def cases() -> list[Any]:
    return load_cases()


@pytest.mark.conformance
@pytest.mark.parametrize("part", range(PARTS))
def test_the_named_cases_pass_and_all_others_are_skipped_for_a_reason(cases: list[Any], part: int) -> None:
    outcomes = [run_case(case) for case in cases[part::PARTS]]
    lost = [
        f"{each.name}: {each.result}, {each.reason}"
        for each in outcomes
        if each.result == "failed" or (each.result == "skipped" and each.name in PASSED)
    ]
    assert lost == []
    assert [each.name for each in outcomes if each.result == "passed" and each.name not in PASSED] == []
    assert all(each.reason for each in outcomes if each.result == "skipped")
