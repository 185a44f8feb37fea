"""`lienzo export`, `lienzo onnx2coreml` and `lienzo coreml run`, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from cli.main import run_command

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
        (["onnx2coreml"], "Which FILE.onnx?"),
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
