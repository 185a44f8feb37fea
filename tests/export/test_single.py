"""`lienzo export --to onnx`: one graph, compared with the server before it is written."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from bundle import layout
from bundle.folder import read_bundle
from cli.main import run_command
from export.pipeline import read_pipeline
from export.single import quantized, single_graph

Samples = list[tuple[str, NDArray[np.uint8]]]


@pytest.fixture
def photos(samples: Samples, tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, pixels in samples:
        cv2.imwrite(str(folder / f"{name}.png"), pixels[..., ::-1])
    return folder


def export(bundle: Path, *arguments: str) -> int:
    return run_command(
        ["export", bundle.parent.name, "--to", "onnx", "--models", str(bundle.parents[1]), *arguments]
    )


def test_one_graph_answers_from_the_picture_and_says_what_it_is(
    picture_bundle: Path, photos: Path, samples: Samples, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(picture_bundle, "--parity", str(photos), "--author", "The Museum", "--json") == 0
    got = json.loads(capsys.readouterr().out)
    file = picture_bundle / layout.GRAPH
    assert (got["path"], got["size_bytes"], got["same_label"]) == (
        str(file),
        file.stat().st_size,
        1.0,
    )
    assert got["pictures"] == len(samples) + 6
    assert got["max_probability_difference"] <= 1e-5
    assert min(got["milliseconds"], got["server_milliseconds"]) > 0

    manifest = read_bundle(picture_bundle)  # with the digest of the new file
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    says = session.get_modelmeta().custom_metadata_map
    assert json.loads(says["lienzo.labels"]) == list(manifest.labels)
    assert np.float32(says["lienzo.threshold"]) == np.float32(manifest.threshold)
    assert (says["lienzo.model"], says["lienzo.version"], says["author"]) == ("patterns", "1", "The Museum")
    assert says["lienzo.input.size_px"] == "96x96"
    pipeline = read_pipeline(picture_bundle)
    for _, pixels in samples:
        square = cv2.resize(pixels, (96, 96), interpolation=cv2.INTER_AREA)
        [probabilities] = session.run(["probabilities"], {"image": square[None]})
        expected = pipeline.probabilities(pipeline.descriptors(square))
        np.testing.assert_allclose(probabilities[0], expected, atol=1e-5)


def test_a_bundle_that_opencv_extracts_for_starts_at_the_descriptors(
    descriptor_bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "patterns.onnx"
    assert export(descriptor_bundle, "--parity", str(photos), "--output", str(output)) == 0
    assert "patterns.onnx" in capsys.readouterr().out
    graph = onnx.load(output)
    assert [each.name for each in graph.graph.input] == ["descriptors"]
    assert layout.GRAPH not in read_bundle(descriptor_bundle).files
    assert [each.name for each in output.parent.iterdir()] == ["patterns.onnx"]


def test_weights_in_eight_bits_answer_the_same_or_are_refused(
    picture_bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, small = tmp_path / "whole.onnx", tmp_path / "small.onnx"
    assert export(picture_bundle, "--parity", str(photos), "--output", str(whole)) == 0
    status = export(picture_bundle, "--parity", str(photos), "--quantize", "int8", "--output", str(small))
    got = capsys.readouterr()
    if status == 0:
        assert "5 of" not in got.out
        assert small.stat().st_size < whole.stat().st_size
    else:
        assert got.err.endswith("Nothing was written.\n")
        assert not small.exists()
    names = {each.op_type for each in quantized(single_graph(read_pipeline(picture_bundle))).graph.node}
    assert "MatMulInteger" in names


def test_a_place_where_no_file_can_be_is_refused_by_name(
    picture_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = tmp_path / "folder.onnx", tmp_path / "file"
    folder.mkdir()
    file.write_text("mine")
    assert export(picture_bundle, "--output", str(folder)) == 2
    assert capsys.readouterr().err == f"{folder}: a folder, not the name of a file.\n"
    assert export(picture_bundle, "--output", str(file / "deep" / "small.onnx")) == 2
    assert capsys.readouterr().err == f"{file}: not a folder.\n"
    assert (list(folder.iterdir()), file.read_text()) == ([], "mine")


@pytest.mark.parametrize(
    ("arguments", "got"),
    [
        (["--precision", "fp16"], "--precision fp16 is for Core ML.\n"),
        (["--quantize", "palette8"], "--quantize palette8 is for Core ML; ONNX has int8.\n"),
        (["--output", "patterns"], "patterns: the name of the file must end in .onnx.\n"),
    ],
)
def test_what_is_for_core_ml_alone_is_refused(
    picture_bundle: Path, arguments: list[str], got: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(each.name for each in picture_bundle.iterdir())
    assert export(picture_bundle, *arguments) == 2
    assert capsys.readouterr().err == got
    assert sorted(each.name for each in picture_bundle.iterdir()) == before
