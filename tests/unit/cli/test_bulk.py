"""`lienzo classify --stream`, and the file that a later run goes on with."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cli.bulk import stream_to_file
from cli.errors import CliError
from cli.photos import Photo
from cli.results_file import ResultsFile
from lienzo_client import DeadlineExceeded, StreamItem


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_streamed_answers_are_a_line_each(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("classify", str(place.photos), "--target", target, "--stream", "--json")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert {Path(answer["picture"]).parent.name for answer in answers} == {"circles", "letters", "stripes"}
    assert all(answer["label"] == Path(answer["picture"]).parent.name for answer in answers)
    assert len(lienzo("classify", str(place.photos), "--target", target, "--stream").out.splitlines()) == 6


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_later_run_asks_only_for_what_is_missing(
    lienzo: Any, place: Any, target: str, tmp_path: Path, ending: str
) -> None:
    notes, output = tmp_path / "notes.txt", tmp_path / f"answers.{ending}"
    notes.write_text("no picture")
    first = lienzo(
        "classify", str(place.photos / "circles"), "--target", target, "--stream", "--output", str(output)
    )
    assert first.status == 0
    assert "2 pictures: 2 recognised" in first.err
    with output.open("a") as stream:
        stream.write("half a row of a run that was kil")
    second = lienzo(
        "classify", str(place.photos), str(notes), "--target", target, "--stream", "--output", str(output)
    )
    assert second.status == 2
    assert "5 pictures: 4 recognised, 1 failed" in second.err
    assert "2 were there already" in second.err
    text = output.read_text()
    rows = read_csv(output) if ending == "csv" else [json.loads(line) for line in text.splitlines()]
    assert len(rows) == len({row["picture"] for row in rows}) == 7
    by_name = {Path(row["picture"]).name: row for row in rows}
    assert by_name["notes.txt"]["error"] == "NOT_A_PICTURE"


def test_output_without_stream_is_refused(lienzo: Any, place: Any) -> None:
    ran = lienzo("classify", str(place.photos), "--output", "a.csv")
    assert (ran.status, ran.err) == (2, "--output goes with --stream.\n")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.txt", "", "ends in .csv or .jsonl"),
        ("a.csv", "half a line", "not a file of answers"),
        ("a.csv", "x,y\n1,2\n", "not a file of answers"),
        ("a.jsonl", "no json\n", "not a file of answers"),
        ("a.jsonl", "[1]\n", "not a file of answers"),
        (
            "a.jsonl",
            '{"picture": "p", "model": "other"}\n',
            "holds answers of other; take another file for shapes",
        ),
    ],
)
def test_a_file_that_holds_something_else_is_left_as_it_is(
    tmp_path: Path, name: str, content: str, problem: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(CliError, match=problem):
        ResultsFile(path, "shapes")
    assert path.read_text() == content


class Answering:
    """A client whose stream answers, or raises, as told."""

    def __init__(self, *answers: StreamItem | BaseException) -> None:
        self._answers = answers

    def stream_classify_images(self, pictures: Any, **_: Any) -> Any:
        for answer in self._answers:
            if isinstance(answer, BaseException):
                raise answer
            yield answer


def test_what_may_pass_is_asked_again_by_the_next_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = StreamItem(
        "0", error=DeadlineExceeded("DEADLINE_EXCEEDED", "NO_ANSWER_IN_TIME", "No answer in 1 s.")
    )
    client: Any = Answering(late)
    results = ResultsFile(tmp_path / "a.jsonl")
    assert stream_to_file(client, [Photo("p.jpg", b"")], "", results) == 1
    assert "p.jpg: No answer in 1 s." in capsys.readouterr().err
    assert (tmp_path / "a.jsonl").read_text() == ""


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    client: Any = Answering(KeyboardInterrupt())
    results = ResultsFile(tmp_path / "a.jsonl")
    with pytest.raises(CliError, match=r"Stopped after 0 of 2\. The same command goes on") as caught:
        stream_to_file(client, [Photo("p.jpg", b""), Photo("q.jpg", b"")], "", results)
    assert caught.value.status == 130
