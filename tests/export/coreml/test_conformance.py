"""The node cases that ship inside the `onnx` package: converted, saved, loaded, interpreted, compared.

`conformance_passed.txt` names the cases that pass, so that none is lost unseen, and `CONFORMANCE.md` of the
converter those that are skipped, with their reasons. `make conformance` runs them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lienzo_coreml.conformance import load_cases, run_case
from tests.support.once import computed_once

PARTS = 16
PASSED = set(Path(__file__).with_name("conformance_passed.txt").read_text().split())
PAGE = Path(__file__).resolve().parents[3] / "export" / "coreml" / "CONFORMANCE.md"


def reasons() -> dict[str, str]:
    """The reason of each skipped case, from the table."""
    found: dict[str, str] = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 3 and cells[0].isdecimal():
            found.update(dict.fromkeys(cells[2].split(", "), cells[1]))
    return found


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return computed_once(tmp_path_factory, "cases", load_cases)


@pytest.mark.conformance
@pytest.mark.timeout(400)  # hundreds of cases, beside whatever else a run of everything does
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
    table = reasons()
    skipped = {each.name: each.plain_reason for each in outcomes if each.result == "skipped"}
    assert skipped == {name: table.get(name, "not in the table") for name in skipped}


def test_every_case_stands_in_one_of_the_two_lists() -> None:
    table = reasons()
    assert len(PASSED) >= 1450
    assert all(table.values())
    assert PASSED.isdisjoint(table)
    assert f" {len(PASSED)} are converted" in PAGE.read_text("utf-8")
