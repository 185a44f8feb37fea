"""The node cases that ship inside the `onnx` package: converted, saved, loaded, interpreted, compared.

`conformance_passed.txt` names the cases that pass, so that none is lost unseen. `make conformance` runs all
of them; `make test` one for each operator.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lienzo_coreml.conformance import case_ops, load_cases, read_case, run_case

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


@pytest.mark.slow
def test_one_case_of_each_operator_passes(cases: list[Any]) -> None:
    chosen = {op: case for case in cases if case.name in PASSED for op in case_ops(read_case(case)[0])}
    outcomes = [run_case(case) for case in {case.name: case for case in chosen.values()}.values()]
    assert [f"{each.name}: {each.reason}" for each in outcomes if each.result != "passed"] == []
    assert len(chosen) > 140
    assert len(PASSED) > 1250
    assert {case.name for case in cases} >= PASSED
