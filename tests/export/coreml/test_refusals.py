"""What is wrong is said in one sentence that names it, and nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from lienzo_coreml import ImageInput, convert, load_model, save_package
from lienzo_coreml.endings import with_softmax
from lienzo_coreml.errors import (
    InvalidInput,
    InvalidOnnx,
    InvalidPackage,
    UnsupportedModel,
    UnsupportedOp,
    UnsupportedOpset,
    UnsupportedProgram,
)
from lienzo_coreml.mil import coremltools as ct
from lienzo_coreml.mil import quiet

Shape = list[Any] | None


def model(*nodes: onnx.NodeProto, shape: Shape = None, opset: int = 18, kind: int = TensorProto.FLOAT) -> Any:
    shape = [2, 3] if shape is None else shape
    graph = helper.make_graph(
        list(nodes),
        "model",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, ["any"])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def node(op: str, *inputs: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, list(inputs or ("x",)), ["y"], name="the_node", **attributes)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    weight = numpy_helper.from_array(np.random.default_rng(0).normal(size=(3, 500)).astype(np.float32), "w")
    made = model(node("MatMul", "x", "w"))
    made.graph.initializer.append(weight)
    return save_package(convert(made), tmp_path / "model.mlpackage")


def test_names_the_operator_the_node_and_the_reason() -> None:
    with pytest.raises(UnsupportedOp, match=r"Multinomial \(node the_node\): this operator is not supported"):
        convert(model(node("Multinomial")))
    with pytest.raises(UnsupportedOp, match=r"Einsum \(node the_node\): more than two operands"):
        convert(model(node("Einsum", "x", "x", "x", equation="ab,ab,ab->a")))
    with pytest.raises(UnsupportedOp, match=r"Cast \(node the_node\): Core ML has no type STRING"):
        convert(model(node("Cast", to=TensorProto.STRING)))


@pytest.mark.parametrize(("opset", "age"), [(6, "old"), (99, "new")])
def test_refuses_operators_that_are_too_old_or_too_new(opset: int, age: str) -> None:
    with pytest.raises(
        UnsupportedOpset, match=rf"opset ai.onnx {opset} is too {age}: the converter reads 7 to 28"
    ):
        convert(model(node("Relu"), opset=opset))


def test_refuses_a_shape_that_is_computed_on_the_device() -> None:
    made = model(node("Reshape", "x", "s"), shape=[2, 3])
    made.graph.input.append(helper.make_tensor_value_info("s", TensorProto.INT64, ["rank"]))
    with pytest.raises(UnsupportedOp, match="number of axes of the result is only known on the device"):
        convert(made)


def test_refuses_inputs_that_core_ml_does_not_have() -> None:
    made = model(node("Identity"))
    made.graph.input[0].type.tensor_type.ClearField("shape")
    with pytest.raises(UnsupportedModel, match='input "x" has a dynamic rank'):
        convert(made)
    with pytest.raises(UnsupportedModel, match='input "x" has type STRING'):
        convert(model(node("Identity"), kind=TensorProto.STRING))
    with pytest.raises(UnsupportedModel, match=r"6 axes, and Core ML has at most 5"):
        convert(model(node("Relu"), shape=[1] * 6))


def test_refuses_a_picture_that_is_none() -> None:
    with pytest.raises(UnsupportedModel, match="is not a picture of 3 channels"):
        convert(model(node("Relu"), shape=[1, 4, 8, 8]), image_input=ImageInput("x"))
    with pytest.raises(UnsupportedModel, match="has no fixed height or width"):
        convert(model(node("Relu"), shape=[1, 3, "h", "w"]), image_input=ImageInput("x"))
    with pytest.raises(UnsupportedModel, match='no input "photo"'):
        convert(model(node("Relu")), image_input=ImageInput("photo"))


def test_refuses_labels_that_do_not_fit() -> None:
    with pytest.raises(UnsupportedModel, match="3 labels for probabilities of shape"):
        convert(model(node("Relu"), shape=[1, 4]), labels=["a", "b", "c"])


def test_refuses_an_operator_of_an_unknown_domain_by_its_name() -> None:
    made = model(helper.make_node("Rank", ["x"], ["y"], name="the_node", domain="org.example"))
    made.opset_import.append(helper.make_opsetid("org.example", 1))
    with pytest.raises(UnsupportedOp, match=r"org.example.Rank \(node the_node\): this operator is not supp"):
        convert(made)


def test_asks_which_of_two_outputs_are_the_probabilities() -> None:
    made = model(node("Relu"), helper.make_node("Exp", ["x"], ["z"]), shape=[1, 3])
    made.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 3]))
    labels = ["a", "b", "c"]
    with pytest.raises(UnsupportedModel, match="which of y, z are the probabilities"):
        convert(made, labels=labels)
    with pytest.raises(UnsupportedModel, match="Name it with --outputs"):
        with_softmax(made, None, "yes", labelled=True)
    assert with_softmax(made, ["z"], "yes", labelled=True)[1:] == (["probabilities"], True)


def test_refuses_files_that_are_no_models(tmp_path: Path) -> None:
    with pytest.raises(InvalidOnnx, match=r"absent.onnx: cannot be read"):
        convert(tmp_path / "absent.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x00\x01 not a model")
    with pytest.raises(InvalidOnnx, match="not an ONNX file"):
        convert(broken)


@pytest.mark.parametrize(
    ("location", "spoil", "message"),
    [
        ("w.bin", lambda file: file.unlink(), 'external data of "w" is missing: w.bin'),
        ("w.bin", lambda file: file.write_bytes(b"1234"), 'external data of "w" is truncated: w.bin'),
        ("../w.bin", lambda file: None, 'external data of "w" lies outside its folder: ../w.bin'),
    ],
)
def test_refuses_external_data_that_is_not_there(
    tmp_path: Path, location: str, spoil: Callable[[Path], object], message: str
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    made = model(node("MatMul", "x", "w"))
    weight = numpy_helper.from_array(np.ones((3, 4), np.float32), "w")
    (folder / location).write_bytes(weight.raw_data)
    external_data_helper.set_external_data(weight, location, offset=0, length=len(weight.raw_data))
    weight.ClearField("raw_data")
    made.graph.initializer.append(weight)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    spoil(folder / location)
    with pytest.raises(InvalidOnnx, match=re.escape(message)):
        convert(folder / "model.onnx")


@pytest.mark.parametrize("place", [{"offset": "x"}, {"offset": "-8"}, {"length": "-1"}])
def test_refuses_external_data_without_a_valid_place(tmp_path: Path, place: dict[str, str]) -> None:
    made = model(node("MatMul", "x", "w"))
    weight = numpy_helper.from_array(np.ones((3, 4), np.float32), "w")
    (tmp_path / "w.bin").write_bytes(weight.raw_data)
    external_data_helper.set_external_data(weight, "w.bin")
    weight.ClearField("raw_data")
    for key, value in place.items():
        weight.external_data.add(key=key, value=value)
    made.graph.initializer.append(weight)
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(InvalidOnnx, match='external data of "w" has no valid offset'):
        convert(tmp_path / "model.onnx")


def test_leaves_the_old_package_when_the_new_one_has_a_wrong_name(package: Path) -> None:
    before = sorted(file.read_bytes() for file in package.rglob("*") if file.is_file())
    with pytest.raises(UnsupportedModel, match=r"ends in \.mlpackage"):
        save_package(convert(model(node("Relu"))), package / "model.zip")
    assert sorted(file.read_bytes() for file in package.rglob("*") if file.is_file()) == before


def test_writes_the_same_model_as_the_same_bytes(tmp_path: Path) -> None:
    made = model(node("Relu"))
    first = save_package(convert(made), tmp_path / "a.mlpackage")
    second = save_package(convert(made), tmp_path / "b.mlpackage")
    files = {path.relative_to(first): path.read_bytes() for path in first.rglob("*") if path.is_file()}
    assert files == {p.relative_to(second): p.read_bytes() for p in second.rglob("*") if p.is_file()}


def test_a_package_has_the_modes_of_other_files(tmp_path: Path) -> None:
    package = save_package(convert(model(node("Relu"))), tmp_path / "a.mlpackage")
    modes = {(each.is_dir(), each.stat().st_mode & 0o777) for each in (package, *package.rglob("*"))}
    assert modes == {(True, 0o755), (False, 0o644)}


def damage(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(package: Path) -> None:
        (file,) = package.rglob(name)
        file.write_bytes(change(file.read_bytes()))

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (damage("weight.bin", lambda data: data[:1000]), "weight.bin is truncated"),
        (damage("weight.bin", lambda data: data[:64] + bytes(64) + data[128:]), "weight.bin is damaged"),
        (damage("weight.bin", lambda data: b""), "weight.bin is truncated"),
        (damage("model.mlmodel", lambda data: b"\xff\xff\xff"), "not a Core ML model"),
        (damage("model.mlmodel", lambda data: b""), "not an ML Program: it holds an empty model"),
        (damage("Manifest.json", lambda data: b"{}"), "Manifest.json does not name a root model"),
        (
            damage("Manifest.json", lambda data: data.replace(b"com.apple.CoreML/model", b"../../model")),
            "names a model outside the package",
        ),
        (lambda package: next(package.rglob("weight.bin")).unlink(), "weight.bin cannot be read"),
        (lambda package: (package / "Manifest.json").unlink(), "Manifest.json cannot be read"),
    ],
)
def test_refuses_a_damaged_package(package: Path, spoil: Callable[[Path], None], message: str) -> None:
    spoil(package)
    with pytest.raises(InvalidPackage, match=message):
        load_model(package)


def test_refuses_a_model_of_another_kind(tmp_path: Path) -> None:
    builder = ct.models.neural_network.NeuralNetworkBuilder
    with quiet():
        arrays = ct.models.datatypes.Array(3)
        network = builder([("x", arrays)], [("y", arrays)])
        network.add_activation("relu", "RELU", "x", "y")
        content = network.spec.SerializeToString()
    folder = tmp_path / "old.mlpackage"
    (folder / "Data").mkdir(parents=True)
    (folder / "Data" / "model.mlmodel").write_bytes(content)
    entries = {"itemInfoEntries": {"1": {"path": "model.mlmodel"}}, "rootModelIdentifier": "1"}
    (folder / "Manifest.json").write_text(json.dumps(entries))
    with pytest.raises(InvalidPackage, match="not an ML Program: it holds neuralNetwork"):
        load_model(folder)


def test_refuses_a_program_with_an_unknown_operation(package: Path) -> None:
    (file,) = package.rglob("model.mlmodel")
    file.write_bytes(file.read_bytes().replace(b"\x06linear", b"\x06lineax"))
    with pytest.raises(UnsupportedProgram, match="does not support the operation lineax"):
        load_model(package)


def test_refuses_inputs_that_do_not_fit(package: Path) -> None:
    loaded = load_model(package)
    with pytest.raises(InvalidInput, match='input "x" is missing'):
        loaded.predict({})
    with pytest.raises(InvalidInput, match='no input "z"; there are x'):
        loaded.predict({"x": np.zeros((2, 3)), "z": np.zeros(1)})
    with pytest.raises(InvalidInput, match=r"shape \(2, 4\); the model takes 2 × 3"):
        loaded.predict({"x": np.zeros((2, 4))})


def test_refuses_more_rows_than_declared(tmp_path: Path) -> None:
    made = convert(model(node("Relu"), shape=["rows", 3]), max_rows=10)
    loaded = load_model(save_package(made, tmp_path / "rows.mlpackage"))
    assert loaded.predict({"x": np.ones((10, 3))})["y"].shape == (10, 3)
    with pytest.raises(InvalidInput, match="has 11 on axis 0; 1 to 10 are taken"):
        loaded.predict({"x": np.ones((11, 3))})
