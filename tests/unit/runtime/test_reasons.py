"""The table of reasons: complete, without dead entries, and the only place that errors are made from."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grpc
import pytest

from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import HTTP_STATUS, Reason, refused
from runtime.reasons.table import AREAS, REASONS, http_status
from runtime.reasons.uploads import WRONG_OFFSET
from runtime.status import FINAL_REASONS, RETRIED_REASONS, StatusError

ROOT = Path(__file__).resolve().parents[3]
TABLE = ROOT / "runtime" / "reasons"
SOURCES = [
    path
    for room in ("runtime", "services")
    for path in (ROOT / room).rglob("*.py")
    if TABLE not in path.parents
]


@cache
def parsed() -> list[tuple[Path, ast.AST]]:
    """Everything that is written in the sources, and where."""
    return [
        (path, node) for path in SOURCES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]


def calls_of(name: str) -> Iterator[tuple[Path, ast.Call]]:
    for path, node in parsed():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield path, node


def constant(node: ast.AST) -> str:
    """The name of a constant of the table, imported itself or by its module, as `reasons.NAME`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "reasons":
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def written(call: ast.Call) -> str:
    """The sentence that a refusal has of its own."""
    if len(call.args) < 2:
        return ""
    return str(call.args[1].value) if isinstance(call.args[1], ast.Constant) else "made elsewhere"


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_reason_is_in_the_table_once_by_the_name_of_its_constant() -> None:
    assert sum(map(len, AREAS.values())) == len(REASONS) > 50
    for path in TABLE.glob("*.py"):
        constants = re.findall(
            r"^(\w+): Final = Reason\(\n    \"(\w+)\",", path.read_text("utf-8"), re.MULTILINE
        )
        assert all(constant == name and name in REASONS for constant, name in constants), path


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_a_reason_is_told_on_one_line_with_values_that_it_declares(reason: Reason) -> None:
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", reason.name)
    assert reason.meaning.endswith(".")
    assert "\n" not in reason.meaning
    assert blanks(reason.sentence) <= set(reason.values)


def test_errors_are_made_from_the_table_alone() -> None:
    made = {path.relative_to(ROOT).as_posix() for path, _ in calls_of("StatusError")}
    assert made == {"runtime/status.py"}


def test_no_reason_is_spelled_outside_the_table() -> None:
    spelled = {
        (path.relative_to(ROOT).as_posix(), node.value)
        for path, node in parsed()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in REASONS
    }
    # What channels try again is decided below the table, where errors are put on the wire.
    assert spelled == {("runtime/status.py", name) for name in RETRIED_REASONS | FINAL_REASONS}


def test_every_reason_is_raised_somewhere() -> None:
    names = {name for _, node in parsed() if (name := constant(node)) in REASONS}
    assert names == set(REASONS)


def test_every_refusal_has_a_sentence_and_gives_the_values_in_it() -> None:
    for path, call in calls_of("refused"):
        where = f"{path.relative_to(ROOT)}:{call.lineno}"
        given = {each.arg for each in call.keywords}
        reason = REASONS.get(constant(call.args[0]))
        sentence = written(call) or (reason.sentence if reason else "")
        assert sentence, where
        assert blanks(sentence) <= given, where
        assert reason is None or given <= set(reason.values), where


def test_a_refusal_carries_status_sentence_and_values() -> None:
    error = refused(WRONG_OFFSET, received_bytes=8, offset_bytes=0)
    assert (error.code, error.reason) == (grpc.StatusCode.OUT_OF_RANGE, "WRONG_OFFSET")
    assert error.message == "Go on at byte 8, not at 0."
    assert error.metadata == {"received_bytes": "8", "offset_bytes": "0"}


def test_what_callers_write_is_not_a_template() -> None:
    error = refused(OVERLOADED, "{service} and {limit}", service="{limit}", limit="{0!r:{}}")
    assert error.message == "{limit} and {0!r:{}}"


def test_every_status_has_one_for_http() -> None:
    assert HTTP_STATUS.keys() | {grpc.StatusCode.OK} == set(grpc.StatusCode)


def test_http_goes_by_the_reason_and_by_the_status_of_one_that_is_not_known_here() -> None:
    too_large = StatusError(grpc.StatusCode.INVALID_ARGUMENT, "PICTURE_TOO_LARGE", "")
    newer = StatusError(grpc.StatusCode.NOT_FOUND, "NEWER_THAN_THIS_GATEWAY", "")
    assert (http_status(too_large), http_status(newer)) == (413, 404)
