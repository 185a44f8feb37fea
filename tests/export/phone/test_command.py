"""`lienzo export`, `lienzo onnx2coreml` and `lienzo coreml run`, as a person types them."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from cli.commands.onnx2coreml import onnx2coreml
from cli.main import run_command
from cli.output.hints import installable
from lienzo_coreml import CoremltoolsMissing
from lienzo_coreml.command import parser
from tests.support.works import make_catalogue

Samples = list[tuple[str, NDArray[np.uint8]]]


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 3])],
    )
    file = tmp_path / "tiny.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), file)
    return file


def test_converts_a_file_and_runs_the_package(model_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["onnx2coreml", str(model_file), "--target", "iOS15"]) == 0
    package = model_file.with_suffix(".mlpackage")
    assert f"Try it: lienzo coreml run {package}" in capsys.readouterr().err
    values = model_file.with_suffix(".npy")
    np.save(values, np.array([[-1, 0, 2]], np.float32))
    assert run_command(["coreml", "run", str(package), "--input", str(values), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"y": [[0, 0, 2]]}


def test_lists_what_can_be_converted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["onnx2coreml", "--supported", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["opsets"] == {"ai.onnx": [7, 28], "ai.onnx.ml": [1, 5]}
    assert len(listed["operators"]) > 140


def test_exports_a_model_and_classifies_a_photo_with_it(
    picture_bundle: Path, samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = str(picture_bundle.parents[1])
    photos = tmp_path / "photos"
    photos.mkdir()
    photo = photos / "dots.png"
    cv2.imwrite(str(photo), dict(samples)["dots 50"][..., ::-1])
    arguments = [
        "export",
        "patterns",
        "--to",
        "coreml",
        "--models",
        models,
        "--parity",
        str(photos),
        "--json",
    ]
    assert run_command(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["parity"]["pictures"] == 7
    assert report["parity"]["same_label"] == 1
    assert report["parity"]["max_probability_difference"] <= 1e-4
    assert run_command(["coreml", "run", report["path"], "--image", str(photo), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["label"] == "dots"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["onnx2coreml"], "FILE.onnx is missing"),
        (["onnx2coreml", "absent.onnx"], "absent.onnx: cannot be read (No such file or directory)."),
        (["onnx2coreml", "TINY", "--fix", "rows"], "NAME=SIZE is expected"),
        (["onnx2coreml", "TINY", "--output", "tiny.zip"], "the name of a Core ML package ends in .mlpackage"),
        (["coreml", "run", "absent.mlpackage"], "absent.mlpackage: not a folder"),
        (["export", "absent", "--to", "coreml"], 'No model "absent"'),
    ],
)
def test_says_in_one_line_what_is_wrong(
    model_file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    given = [str(model_file) if argument == "TINY" else argument for argument in arguments]
    assert run_command(given) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert message in line
    assert not list(model_file.parent.glob("*.mlpackage"))


def save(file: Path, *, opset: int = 18, kind: str = "Relu", ranked: bool = True) -> None:
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3] if ranked else None)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["a", "b"])
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"])], "bad", [given], [made])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"opset": 6}, "opset ai.onnx 6 is too old"),
        ({"opset": 99}, "opset ai.onnx 99 is too new"),
        ({"ranked": False}, 'input "x" has a dynamic rank'),
        ({"kind": "Unique"}, "Unique (node y): this operator is not supported"),
    ],
)
def test_writes_nothing_of_a_model_that_cannot_be_converted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], message: str
) -> None:
    save(tmp_path / "bad.onnx", **change)
    assert run_command(["onnx2coreml", str(tmp_path / "bad.onnx")]) == 2
    [line] = capsys.readouterr().err.strip().splitlines()
    assert message in line
    assert [path.name for path in tmp_path.iterdir()] == ["bad.onnx"]


def test_refuses_a_truncated_package_in_one_line(
    model_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["onnx2coreml", str(model_file)]) == 0
    package = model_file.with_suffix(".mlpackage")
    next(package.rglob("model.mlmodel")).write_bytes(b"")
    capsys.readouterr()
    assert run_command(["coreml", "run", str(package)]) == 2
    [line] = capsys.readouterr().err.strip().splitlines()
    assert "not an ML Program: it holds an empty model" in line


def test_refuses_to_export_under_another_ending(
    picture_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models, output = str(picture_bundle.parents[1]), tmp_path / "model.zip"
    arguments = ["export", "patterns", "--to", "coreml", "--models", models, "--output", str(output)]
    assert run_command(arguments) == 2
    assert "ends in .mlpackage" in capsys.readouterr().err
    assert not output.exists()


def test_takes_the_flags_of_the_converter_s_own_command() -> None:
    ours = inspect.signature(onnx2coreml, eval_str=True).parameters
    theirs = {each.dest: each for each in parser()._actions if each.dest != "help"}
    theirs["as_json"] = theirs.pop("json")
    assert set(ours) == set(theirs)
    for name, flag in ours.items():
        assert (flag.default or None) == (theirs[name].default or None), name
        assert choices_of(flag.annotation) == (theirs[name].choices or []), name


def choices_of(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [choice for each in get_args(annotation) for choice in choices_of(each)]


@pytest.mark.parametrize("command", [["onnx2coreml", "a.onnx"], ["coreml", "run", "a.mlpackage"]])
def test_without_coremltools_one_line_says_what_is_needed(command: list[str]) -> None:
    code = "import sys; sys.modules['coremltools'] = None; from cli.main import run; run()"
    ran = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (1, installable(f"{CoremltoolsMissing()}.\n"))


def test_a_catalogue_is_exported_for_the_phone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_catalogue(tmp_path / "catalogues", (1, 2))
    package = tmp_path / "museum.mlpackage"
    flags = ["--to", "coreml", "--output", str(package), "--catalogues", str(tmp_path / "catalogues")]
    assert run_command(["catalogue", "export", "museum", *flags, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["works"], facts["package"]) == (2, str(package))
    assert facts["parity"]["max_difference"] < 1e-4
    assert [each["title"] for each in json.loads(Path(facts["records"]).read_text())] == [
        "Number 1",
        "Number 2",
    ]


def test_what_a_catalogue_s_package_cannot_take_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogues = str(tmp_path / "catalogues")
    make_catalogue(tmp_path / "catalogues", (), "empty")
    command = ["catalogue", "export", "--to", "coreml", "--catalogues", catalogues]
    assert run_command([*command, "empty"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1 to 20000 works, and empty has 0" in captured.err
    make_catalogue(tmp_path / "catalogues", (1,))
    file = tmp_path / "museum.catalogue"
    assert run_command([*command, "museum", "--output", str(file)]) == 2
    assert ".mlpackage" in capsys.readouterr().err
    assert not file.exists()
