"""The node cases that ship inside the `onnx` package: converted, saved, loaded, interpreted, compared."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import pytest

from lienzo_coreml.conformance import Outcome, load_cases, run_case

pytestmark = pytest.mark.slow

PARTS = 16
LEAST_PASSED_PER_PART = 68
LEAST_OPS_PER_PART = 45


@pytest.fixture(scope="session")
def cases() -> list[Any]:
    return load_cases()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_case_of_the_standard_passes_or_is_skipped_for_a_reason(cases: list[Any], part: int) -> None:
    outcomes = [run_case(case) for case in cases[part::PARTS]]
    sys.stdout.write(table(outcomes))
    assert [f"{outcome.name}: {outcome.reason}" for outcome in outcomes if outcome.result == "failed"] == []
    passed = [outcome for outcome in outcomes if outcome.result == "passed"]
    assert len(passed) >= LEAST_PASSED_PER_PART
    assert len({op for outcome in passed for op in outcome.ops}) >= LEAST_OPS_PER_PART
    assert all(outcome.reason for outcome in outcomes if outcome.result == "skipped")


def test_the_parts_add_up_to_more_than_a_thousand_cases(cases: list[Any]) -> None:
    assert PARTS * LEAST_PASSED_PER_PART > 1000
    assert len({case.name for case in cases}) == len(cases) > 1800


def table(outcomes: list[Outcome]) -> str:
    """What became of the cases, one line each, and the counts; shown when a test fails."""
    lines = [f"{outcome.result:8}{outcome.name}  {outcome.reason}" for outcome in outcomes]
    return "\n".join([*lines, str(Counter(outcome.result for outcome in outcomes))])
