"""What a picture goes through before a network, from the command line, and probabilities at its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import load_model
from lienzo_coreml.command import run_command
from lienzo_coreml.interpreter import CoreMLModel

LABELS = ["ant", "bee", "cow", "doe"]
MEAN, DEVIATION = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
SIDE = 32


def residual_network(ending: str = "", channels: int = 3, side: Any = SIDE) -> onnx.ModelProto:
    """A stem, a residual block, pooling and a layer whose scores lie far outside 0 to 1."""
    random = np.random.default_rng(0)
    weights = {
        "stem": random.normal(0, 0.2, (8, channels, 3, 3)),
        "first": random.normal(0, 0.2, (8, 8, 3, 3)),
        "second": random.normal(0, 0.2, (8, 8, 3, 3)),
        "layer": random.normal(0, 3, (4, 8)),
        "bias": random.normal(0, 3, 4),
    }

    def node(op: str, inputs: str, output: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(op, inputs.split(), [output], **attributes)

    pads = {"pads": [1] * 4}
    nodes = [
        node("Conv", "input stem", "a", strides=[2, 2], **pads),
        node("Relu", "a", "b"),
        node("Conv", "b first", "c", **pads),
        node("Relu", "c", "d"),
        node("Conv", "d second", "e", **pads),
        node("Add", "e b", "f"),
        node("GlobalAveragePool", "f", "g"),
        node("Flatten", "g", "h"),
        node("Gemm", "h layer bias", "scores", transB=1),
    ]
    if ending:
        nodes.append(node(ending, "scores", "ended"))
    graph = helper.make_graph(
        nodes,
        "residual",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", channels, side, side])],
        [helper.make_tensor_value_info("ended" if ending else "scores", TensorProto.FLOAT, ["batch", 4])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def converted(
    model: onnx.ModelProto, folder: Path, *flags: str, labels: bool = True
) -> tuple[int, CoreMLModel | None]:
    onnx.save(model, folder / "net.onnx")
    (folder / "labels.txt").write_text("\n".join(LABELS))
    named = ["--labels", str(folder / "labels.txt")] if labels else []
    status = run_command([str(folder / "net.onnx"), "--image", "input", *named, *flags, "--json"])
    return status, load_model(folder / "net.mlpackage") if status == 0 else None


def picture(seed: int = 3) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


def scores(model: onnx.ModelProto, values: NDArray[Any]) -> NDArray[np.float64]:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    planes = np.ascontiguousarray(values.astype(np.float32).transpose(2, 0, 1)[None])
    return np.asarray(session.run(None, {"input": planes})[0][0], np.float64)


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(values - values.max())
    return np.asarray(shares / shares.sum())


def probabilities(program: CoreMLModel | None, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    assert program is not None
    answer = program.predict({"input": pixels})
    shares = np.array([answer["probabilities"][label] for label in LABELS])
    assert answer["label"] == LABELS[int(shares.argmax())]
    return shares


def test_the_documented_command_gives_a_resnet_s_probabilities(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = residual_network()
    status, program = converted(model, tmp_path, "--normalise", "imagenet")
    said = json.loads(capsys.readouterr().out)
    assert (status, said["softmax_appended"], said["compared"]["kinds"]) == (
        0,
        True,
        ["random", "zero", "boundary"],
    )
    raw = scores(model, (picture() / np.float32(255) - MEAN) / DEVIATION)
    found = probabilities(program, picture())
    assert (raw.min() < 0, abs(found.sum() - 1) < 1e-5) == (True, True)
    np.testing.assert_allclose(found, softmax(raw), atol=1e-5)


def test_channels_may_be_blue_first(tmp_path: Path) -> None:
    model = residual_network()
    _, program = converted(model, tmp_path, "--normalise", "imagenet", "--color", "bgr")
    values = ((picture() / np.float32(255) - MEAN) / DEVIATION)[..., ::-1]
    np.testing.assert_allclose(probabilities(program, picture()), softmax(scores(model, values)), atol=1e-5)


def test_a_grey_picture_has_one_scale_and_one_bias(tmp_path: Path) -> None:
    model = residual_network(channels=1, side="side")
    flags = ["--color", "grey", "--scale", "0.01", "--bias=-1", "--size", f"{SIDE}x{SIDE}"]
    _, program = converted(model, tmp_path, *flags)
    luma = np.rint(picture().astype(np.float32) @ np.float32([0.299, 0.587, 0.114]))[..., None]
    expected = softmax(scores(model, luma * np.float32(0.01) - 1))
    np.testing.assert_allclose(probabilities(program, picture()), expected, atol=1e-5)


def test_each_channel_may_have_a_scale_and_a_bias_of_its_own(tmp_path: Path) -> None:
    model = residual_network()
    _, program = converted(
        model, tmp_path, "--scale", "0.01,0.02,0.03", "--bias=-1,-2,-3", "--target", "iOS15"
    )
    values = picture() * np.float32([0.01, 0.02, 0.03]) - np.float32([1, 2, 3])
    np.testing.assert_allclose(probabilities(program, picture()), softmax(scores(model, values)), atol=1e-5)


@pytest.mark.parametrize(
    ("ending", "flags", "appended"),
    [
        ("Softmax", [], False),
        ("Sigmoid", [], False),
        ("LogSoftmax", [], True),
        ("", ["--softmax", "no"], False),
        ("Sigmoid", ["--softmax", "yes"], True),
    ],
)
def test_a_softmax_is_appended_to_scores_only(
    ending: str, flags: list[str], appended: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _ = converted(residual_network(ending), tmp_path, *flags)
    assert (status, json.loads(capsys.readouterr().out)["softmax_appended"]) == (0, appended)


def test_without_labels_scores_stay_scores_and_the_metadata_is_what_was_said(tmp_path: Path) -> None:
    texts = {"author": "Ann", "license": "CC0-1.0", "description": "Tells animals.", "version": "1.2"}
    flags = [part for name, text in texts.items() for part in (f"--{name}", text)]
    model = residual_network()
    _, program = converted(
        model, tmp_path, *flags, "--normalise", "unit", "--outputs", "scores", labels=False
    )
    assert program is not None
    found = program.predict({"input": picture()})["scores"]
    np.testing.assert_allclose(found[0], scores(model, picture() / np.float32(255)), rtol=1e-4, atol=1e-4)
    shown = program.description.metadata
    assert [shown.author, shown.license, shown.shortDescription, shown.versionString] == list(texts.values())


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--scale", "1,2"], "--scale 1,2: a number, or 3 with commas, is expected"),
        (["--bias", "red"], "--bias red: a number, or 3 with commas, is expected"),
        (["--scale", "nan"], "--scale nan: a number, or 3 with commas, is expected"),
        (
            ["--scale", "2", "--normalise", "unit"],
            "--normalise unit sets scale and bias: give one or the other",
        ),
        (["--normalise", "imagenet", "--color", "grey"], "three channels, and --color grey has one"),
        (["--size", "large"], "--size large: SIDE or HEIGHTxWIDTH in pixels is expected"),
        (["--size", "33"], '--size 33x33: the height of the picture "input" is fixed at 32'),
        (["--size", "32x33"], '--size 32x33: the width of the picture "input" is fixed at 32'),
        (
            ["--size", "99999999"],
            "--size 99999999: SIDE or HEIGHTxWIDTH in pixels is expected, such as 224, and",
        ),
        (["--size", "9" * 5000], "999…: SIDE or HEIGHTxWIDTH in pixels is expected"),
        (["--size", "0"], "--size 0: SIDE or HEIGHTxWIDTH in pixels is expected"),
        (["--scale", "9" * 5000], "999…: a number, or 3 with commas, is expected"),
        (["--scale=1e39"], "--scale 1e39: 255 times that is infinite in float32"),
        (["--scale=1,1,-3e38"], "--scale 1,1,-3e38: 255 times that is infinite in float32"),
        (["--scale=0"], "--scale 0: 0 in float32, which leaves nothing of the picture"),
        (["--scale=1,1e-60,1"], "--scale 1,1e-60,1: 0 in float32"),
        (["--bias=1e300"], "--bias 1e300: the picture becomes infinite in float32"),
        (["--bias=0,-1e300,0"], "--bias 0,-1e300,0: the picture becomes infinite in float32"),
        (["--outputs", "scores", "--outputs", "scores"], "--outputs scores is given twice"),
        (["--fix", "Z=3"], '--fix Z=3: no open size "Z"; there are batch'),
        (["--fix", "batch=0"], "--fix batch=0: a size from 1 to 1000000 is expected"),
        (["--fix", f"batch={'9' * 5000}"], "999…: a size from 1 to 1000000 is expected"),
        (["--fix", "batch=1000000"], '--fix batch=1000000: input "input" would have 3072000000 numbers, and'),
        (["--fix", "batch=2"], 'input "input" takes 2 pictures at once, and Core ML gives it one (--image)'),
        (["--fix", "batch=1", "--fix", "batch=2"], "--fix batch=2: batch is fixed at 1 already"),
        (["--outputs", "absent"], 'no output "absent"; there are scores'),
        (["--image", ""], "need --image INPUT"),
    ],
)
def test_flags_that_cannot_be_meant_are_refused(
    flags: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["--normalise", "unit"] if flags == ["--image", ""] else []
    status, _ = converted(residual_network(), tmp_path, *base, *flags)
    (line,) = capsys.readouterr().err.splitlines()
    assert (status, message in line) == (2, True), line
    assert not list(tmp_path.glob("*.mlpackage"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ant\nbee\nant\ndoe", 'the label "ant" stands twice'),
        ("ant\n\ncow\ndoe", "label 2 of 4 is empty"),
        ("ant\nbee", "2 labels for probabilities of shape (1, 4)"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    onnx.save(residual_network(), tmp_path / "net.onnx")
    (tmp_path / "labels.txt").write_text(text)
    flags = ["--image", "input", "--labels", str(tmp_path / "labels.txt")]
    assert run_command([str(tmp_path / "net.onnx"), *flags]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("*.mlpackage"))


def test_labels_that_are_not_text_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx.save(residual_network(), tmp_path / "net.onnx")
    labels = tmp_path / "labels.txt"
    labels.write_bytes("ant\nbée\ncow\ndoe".encode("latin-1"))
    assert run_command([str(tmp_path / "net.onnx"), "--labels", str(labels)]) == 2
    assert capsys.readouterr().err == f"onnx2coreml: --labels {labels}: not UTF-8 text (byte 5)\n"
    assert not list(tmp_path.glob("*.mlpackage"))


def test_the_size_that_the_model_fixes_may_be_said_again(tmp_path: Path) -> None:
    status, program = converted(residual_network(), tmp_path, "--size", str(SIDE), "--fix", "batch=1")
    assert (status, program is not None) == (0, True)
