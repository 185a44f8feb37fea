"""`lienzo classify --stream`, and the file that a later run goes on with."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from cli.errors import CliError
from cli.pictures.photos import Photo
from cli.pictures.queue import PictureQueue
from cli.results.bulk import open_results, stream_to_file
from cli.results.parquet_file import ParquetFile
from cli.results.text_file import ADDED_COLUMNS, COLUMNS, ResultsFile
from lienzo_client import Classification, DeadlineExceeded, StreamItem
from lienzo_client.models import ModelVersion
from lienzo_client.results import Group, ImageInfo, Label


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


READ: dict[str, Any] = {
    "csv": read_csv,
    "jsonl": lambda path: [json.loads(line) for line in path.read_text().splitlines()],
    "parquet": lambda path: pyarrow.parquet.read_table(path).to_pylist(),
}


def test_streamed_answers_are_a_line_each(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("classify", str(place.photos), "--target", target, "--stream", "--json")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert {Path(answer["picture"]).parent.name for answer in answers} == {"circles", "grid", "strokes"}
    assert all(answer["label"] == Path(answer["picture"]).parent.name for answer in answers)
    assert len(lienzo("classify", str(place.photos), "--target", target, "--stream").out.splitlines()) == 6


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
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
    if ending != "parquet":
        with output.open("a") as stream:
            stream.write("half a row of a run that was kil")
    second = lienzo(
        "classify", str(place.photos), str(notes), "--target", target, "--stream", "--output", str(output)
    )
    assert second.status == 2
    assert "5 pictures: 4 recognised, 1 failed" in second.err
    assert "2 were there already" in second.err
    rows = READ[ending](output)
    assert len(rows) == len({row["picture"] for row in rows}) == 7
    by_name = {Path(row["picture"]).name: row for row in rows}
    assert by_name["notes.txt"]["error"] == "NOT_A_PICTURE"


def test_output_without_stream_is_refused(lienzo: Any, place: Any) -> None:
    ran = lienzo("classify", str(place.photos), "--output", "a.csv")
    assert (ran.status, ran.err) == (2, "--output needs --stream.\n")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.txt", "", "ends in .csv, .jsonl or .parquet"),
        ("a.csv", "half a line", "not a file of answers"),
        ("a.csv", "x,y\n1,2\n", "not a file of answers"),
        ("a.csv", "picture,label\np,a,0.5\n", "more cells than the header"),
        ("a.jsonl", "no json\n", "not a file of answers"),
        ("a.jsonl", "[1]\n", "not a file of answers"),
        (
            "a.jsonl",
            '{"picture": "p", "model": "other"}\n',
            "holds answers of other; use another file for shapes",
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
        pictures = iter(pictures)
        for answer in self._answers:
            if isinstance(answer, BaseException):
                raise answer
            next(pictures)
            yield answer


def test_what_may_pass_is_asked_again_by_the_next_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = StreamItem(
        "0", error=DeadlineExceeded("DEADLINE_EXCEEDED", "NO_ANSWER_IN_TIME", "No answer in 1 s.")
    )
    client: Any = Answering(late)
    results = ResultsFile(tmp_path / "a.jsonl")
    assert stream_to_file(client, PictureQueue([Photo("p.jpg", b"")]), "", results) == 1
    assert "p.jpg: No answer in 1 s." in capsys.readouterr().err
    assert (tmp_path / "a.jsonl").read_text() == ""


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    client: Any = Answering(KeyboardInterrupt())
    results = ResultsFile(tmp_path / "a.jsonl")
    with pytest.raises(CliError, match=r"Stopped after 0 of 2\. The same command continues") as caught:
        stream_to_file(client, PictureQueue([Photo("p.jpg", b""), Photo("q.jpg", b"")]), "", results)
    assert caught.value.status == 130


GROUPED = Classification(
    None,
    0.45,
    0.7,
    (Label("tabby", 0.45),),
    ModelVersion("m", 1),
    ImageInfo("jpeg", 9, 9),
    {},
    group=Group("cat", 0.9),
)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_group_that_is_sure_is_kept_where_no_label_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    alone, clear = replace(GROUPED, group=None), replace(GROUPED, label="tabby", group=None)
    client: Any = Answering(*(StreamItem(str(at), each) for at, each in enumerate((GROUPED, alone, clear))))
    photos = [Photo(name, b"") for name in ("p.jpg", "q.jpg", "r.jpg")]
    stream_to_file(client, PictureQueue(photos), "", open_results(path, ""))
    assert "1 recognised, 1 of a group alone, 1 not recognised" in capsys.readouterr().err
    none = "" if ending == "csv" else None
    kept = [(each["label"], each["group"], each["group_probability"]) for each in READ[ending](path)]
    probability: Any = "0.9" if ending == "csv" else 0.9
    assert kept == [(none, "cat", probability), (none, none, none), ("tabby", none, none)]


def test_a_file_of_an_earlier_version_gets_the_columns_that_it_lacks(tmp_path: Path) -> None:
    table, parquet = tmp_path / "a.csv", tmp_path / "a.parquet"
    table.write_text('note,picture,label,model\n"mine, kept",1.jpg,"a\nb",m\nwithout label,2.jpg\n')
    earlier = pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS if name not in ADDED_COLUMNS])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([{"picture": "1.jpg"}], earlier), parquet)
    for results in (ResultsFile(table), ParquetFile(parquet)):
        with results:
            results.write(row("3.jpg", group="cat", group_probability=0.9))
    first, second, third = read_csv(table)
    assert (first["note"], first["label"], first["group"]) == ("mine, kept", "a\nb", "")
    assert (second["picture"], second["model"]) == ("2.jpg", "")
    assert (third["note"], third["picture"], third["label"], third["group"]) == ("", "3.jpg", "a", "cat")
    assert list(third)[:4] == ["note", "picture", "label", "model"]
    assert set(third) == {"note", *COLUMNS}
    assert [(each["picture"], each["group"]) for each in READ["parquet"](parquet)] == [
        ("1.jpg", None),
        ("3.jpg", "cat"),
    ]
    again = table.read_bytes()
    with ResultsFile(table):
        assert table.read_bytes() == again


def row(name: str, **values: Any) -> dict[str, Any]:
    return {"picture": name, "label": "a", "probability": 0.5, "recognized": True, "model": "m", **values}


def names_in(path: Path) -> list[str]:
    return [each["picture"] for each in READ["parquet"](path)]


def test_parquet_is_gone_on_with_wherever_a_run_was_killed(tmp_path: Path) -> None:
    path, journal = tmp_path / "a.parquet", tmp_path / "a.parquet.jsonl"
    with ParquetFile(path) as first:
        first.write(row("1", probability=1, version=3))
    assert not journal.exists()
    # Killed while it worked: the journal has what the file has not.
    with ResultsFile(journal) as killed:
        killed.write(row("2"))
    with journal.open("a") as stream:
        stream.write('{"picture": "half a row')
    assert names_in(path) == ["1"]
    # Killed after the file was written, before the journal was gone.
    with ParquetFile(path) as second:
        content = journal.read_text()
        assert second.done == {"1", "2"}
        second.write(row("3"))
    journal.write_text(content)
    with ParquetFile(path) as third:
        assert third.done == {"1", "2", "3"}
    assert names_in(path) == ["1", "2", "3"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.parquet"]
    (only,) = (each for each in READ["parquet"](path) if each["picture"] == "1")
    assert (only["probability"], only["version"], only["recognized"], only["error"]) == (1.0, 3, True, None)


def test_parquet_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    other, text = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"x": [1]}), other)
    text.write_text("no parquet")
    for path in (other, text):
        before = path.read_bytes()
        with pytest.raises(CliError, match="not a file of answers"):
            ParquetFile(path)
        assert path.read_bytes() == before
    with ParquetFile(tmp_path / "c.parquet") as answers:
        answers.write(row("1"))
    with pytest.raises(CliError, match="holds answers of m; use another file for n"):
        ParquetFile(tmp_path / "c.parquet", "n")


def test_a_folder_of_a_bucket_is_classified_and_gone_on_with(
    lienzo: Any, place: Any, target: str, store: Any, tmp_path: Path
) -> None:
    for label in ("circles", "grid"):
        store.put(f"bulk/{label}.png", Path(place.photo(label)).read_bytes())
    store.put("bulk/text.jpg", b"this is no picture")
    folder, output = "s3://museum/bulk/", tmp_path / "a.parquet"
    command = ("classify", folder, "--target", target, "--stream", "--output", str(output))
    ran = lienzo(*command)
    assert ran.status == 2, ran.err
    rows = {each["picture"]: each for each in READ["parquet"](output)}
    assert {name: each["label"] or each["error"] for name, each in rows.items()} == {
        "s3://museum/bulk/circles.png": "circles",
        "s3://museum/bulk/grid.png": "grid",
        "s3://museum/bulk/text.jpg": "NOT_A_PICTURE",
    }
    store.put("bulk/more.png", Path(place.photo("strokes")).read_bytes())
    asked = len(store.requests)
    again = lienzo(*command)
    assert (again.status, "1 pictures: 1 recognised" in again.err, "3 were there" in again.err) == (
        0,
        True,
        True,
    )
    assert sum("more.png" in each for each in store.requests[asked:]) == 1
    assert not any("circles.png" in each for each in store.requests[asked:])


def test_a_bucket_that_is_not_there_is_told(lienzo: Any, target: str, store: Any) -> None:
    ran = lienzo("classify", "s3://museum/nothing-here/", "--target", target, "--stream")
    assert (ran.status, "nothing is there" in ran.err) == (2, True)
    alone = lienzo("classify", "s3://museum/bulk/", "--target", target)
    assert (alone.status, "needs --stream" in alone.err) == (2, True)
