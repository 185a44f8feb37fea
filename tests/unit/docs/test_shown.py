"""The table of what a course shows: commands and lines of recipes are read, and what they draw is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.commands import parse
from training.recipe import parse_recipe

ROOT = Path(__file__).resolve().parents[3]
ROWS = [
    tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
    for line in (ROOT / "docs" / "shown.md").read_text("utf-8").splitlines()
    if line.startswith("|") and not re.match(r"\|(---| thing )", line)
]
COMMANDS = sorted({row[1] for row in ROWS if row[1].startswith("`lienzo ")})
LINES = sorted({row[1] for row in ROWS if not row[1].startswith("`lienzo ")})
REST = {
    "extractor": 'extractor = {name = "rootsift"}',
    "encoders": 'encoders = [{name = "bovw", words = 50}]',
    "classifiers": 'classifiers = [{name = "linear_svm"}]',
}


def test_every_thing_of_a_course_has_a_row() -> None:
    assert len(ROWS) >= 71
    assert all(len(row) == 3 and all(row) for row in ROWS)
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "DIR").mkdir()  # some commands look whether it is there
    parse(shlex.split(command.strip("`"))[1:])


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_a_recipe_is_one(line: str) -> None:
    text = line.strip("`")
    key = text.partition(" ")[0]
    rest = {name: each for name, each in REST.items() if name != key}
    if key == "extractor":  # of one vector
        rest["encoders"] = 'encoders = [{name = "vector"}]'
    verification = "verification = {exemplars = 0}"
    parse_recipe("\n".join([text, *rest.values(), verification]), "shown", "shown")


def test_every_place_is_a_part_or_a_heading() -> None:
    drawn = "".join(path.read_text("utf-8") for path in (ROOT / "explanation").glob("*.py"))
    report = (ROOT / "training" / "report" / "page.html.j2").read_text("utf-8")
    for _, command, where in ROWS:
        for name in re.findall(r"`(\w+)`", where):
            numbered = name.rstrip("0123456789")
            assert f'"{name}"' in drawn or (numbered != name and f'"{numbered}{{' in drawn), (command, name)
        for heading in re.findall(r"\*(.+?)\*", where):
            assert f">{heading}<" in report, (command, heading)
