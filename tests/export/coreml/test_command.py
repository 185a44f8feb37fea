"""`onnx2coreml`, and the public names of the package, as someone sees them who installed it alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import lienzo_coreml
from lienzo_coreml import CoremltoolsMissing, InvalidOnnx, convert, load_model, save_package
from lienzo_coreml.command import parser, run_command
from lienzo_coreml.conversion import TARGETS

README = Path(lienzo_coreml.__file__).parents[1] / "README.md"
# A None there makes Python answer as if the package were not installed.
WITHOUT_COREMLTOOLS = "import sys; sys.modules['coremltools'] = None; "


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    graph = helper.make_graph(
        [helper.make_node("Softmax", ["x"], ["y"], axis=1)],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])],
    )
    file = tmp_path / "tiny.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), file)
    return file


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_every_public_name_is_there() -> None:
    assert dir(lienzo_coreml) == lienzo_coreml.__all__
    assert all(getattr(lienzo_coreml, name).__name__ == name for name in lienzo_coreml.__all__)
    with pytest.raises(AttributeError, match="no attribute 'onnx'"):
        lienzo_coreml.onnx  # noqa: B018


def test_importing_the_package_imports_no_library() -> None:
    ran = run_python(
        "import sys, lienzo_coreml; print([m for m in ('coremltools', 'onnx') if m in sys.modules])"
    )
    assert ran.stdout.strip() == "[]", ran.stderr


def test_a_command_loads_coremltools_without_the_libraries_of_its_other_converters() -> None:
    ran = run_python(
        "import sys\n"
        "from importlib.util import find_spec\n"
        "from lienzo_coreml.loading import load_coremltools\n"
        "load_coremltools()\n"
        "print([each for each in ('coremltools', 'sklearn', 'torch') if each in sys.modules])\n"
        "print(find_spec('sklearn') is not None)"
    )
    assert ran.stdout.splitlines() == ["['coremltools']", "True"], ran.stderr


def test_converts_a_file_that_the_interpreter_runs(
    model_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = model_file.with_suffix(".txt")
    labels.write_text("chien\nchêne\n", encoding="utf-8")
    output = model_file.with_name("out.mlpackage")
    flags = ["--fix", "batch=1", "--labels", str(labels), "--output", str(output), "--json"]
    assert run_command([str(model_file), *flags]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["path"], said["compared"]["run_time"]) == (str(output), "onnxruntime")
    assert load_model(output).predict({"x": np.array([[0, 1]], np.float32)})["label"] == "chêne"


def test_a_file_may_be_named_by_text_as_well(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_package(convert(model_file.name), "tiny.mlpackage")
    assert load_model("tiny.mlpackage").predict({"x": np.zeros((1, 2), np.float32)})["y"].tolist() == [
        [0.5, 0.5]
    ]
    with pytest.raises(InvalidOnnx, match=r"^other\.onnx: cannot be read"):
        convert("other.onnx")


def test_lists_what_can_be_converted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--supported"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], len(lines) > 140) == ("opset ai.onnx 7 to 28", True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which FILE.onnx?"),
        (["absent.onnx"], "absent.onnx: cannot be read (No such file or directory)"),
        (["FILE", "--fix", "batch"], "--fix batch: NAME=SIZE is expected, such as batch=1"),
        (
            ["FILE", "--labels", "absent.txt"],
            "--labels absent.txt: cannot be read (No such file or directory)",
        ),
        (["FILE", "--labels", "."], "--labels .: cannot be read (Is a directory)"),
        (["FILE", "--target", "iOS9"], "invalid choice: 'iOS9'"),
        (["FILE", "--max-rows", "0"], "--max-rows: 0 is not a number from 1 to 2147483647"),
        (["FILE", "--max-rows", "9" * 30], "9 is not a number from 1 to 2147483647"),
        (["FILE", "--max-rows", "9" * 5000], "9… is not a number from 1 to 2147483647"),
    ],
)
def test_says_in_one_line_what_is_wrong(
    model_file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    given = [str(model_file) if argument == "FILE" else argument for argument in arguments]
    try:
        status = run_command(given)
    except SystemExit as stopped:  # what argparse does for flags
        status = int(stopped.code or 0)
    (line,) = capsys.readouterr().err.splitlines()
    assert (status, line.startswith("onnx2coreml: "), message in line) == (2, True, True), line
    assert not list(model_file.parent.glob("*.mlpackage"))


def test_offers_every_target() -> None:
    (action,) = (each for each in parser()._actions if each.dest == "target")
    assert action.choices == list(TARGETS)


def test_without_coremltools_one_line_says_what_is_needed(model_file: Path) -> None:
    code = WITHOUT_COREMLTOOLS + "from lienzo_coreml.command import run; run()"
    for arguments in ([str(model_file)], ["--supported"]):
        ran = run_python(code, *arguments)
        assert (ran.returncode, ran.stderr) == (1, f"onnx2coreml: {CoremltoolsMissing()}\n")


def test_on_a_python_without_coremltools_the_line_names_those_that_have_it() -> None:
    needed = "Core ML export needs coremltools, which "
    assert str(CoremltoolsMissing((3, 12))) == f"{needed}is not installed: pip install lienzo-coreml"
    newest = f"{needed}has no build for Python 3.14: use Python 3.11 to 3.13"
    assert str(CoremltoolsMissing((3, 14))) == newest


def test_the_readme_s_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = numpy_helper.from_array(np.array([[9, -9], [0, 0], [0, 0]], np.float32), "weights")
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["row"]),
            helper.make_node("MatMul", ["row", "weights"], ["score"]),
            helper.make_node("Softmax", ["score"], ["probabilities"]),
        ],
        "redness",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 2])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    onnx.save(model, tmp_path / "resnet.onnx")
    monkeypatch.chdir(tmp_path)
    code = README.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names = {"pixels": np.full((8, 8, 3), (255, 0, 0), np.uint8)}
    exec(code, names)
    assert names["answer"]["label"] == "cat"
    assert names["answer"]["probabilities"]["cat"] > 0.99
