"""Models that are wrong, from the command line: one line names what is wrong, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from lienzo_coreml.command import run_command

make = helper.make_node


def made(
    *nodes: onnx.NodeProto, shape: Any = (1, 3), output: str = "y", given: str = "x", **weights: Any
) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "model",
        [helper.make_tensor_value_info(given, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["any", "other"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


def stump(**changed: Any) -> onnx.ModelProto:
    attributes = {
        "n_targets": 1,
        "nodes_treeids": [0, 0, 0],
        "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [0, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
        "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0],
        "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0],
        "target_nodeids": [1, 2],
        "target_ids": [0, 0],
        "target_weights": [1.0, 2.0],
    } | changed
    return made(make("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **attributes))


def refused(
    model: onnx.ModelProto, folder: Path, capsys: pytest.CaptureFixture[str], labels: str = "", *flags: str
) -> str:
    """What the command says, without its own name."""
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    if labels:
        (folder / "labels.txt").write_text(labels)
        flags = ("--labels", str(folder / "labels.txt"), *flags)
    assert run_command([str(folder / "model.onnx"), *flags]) == 2
    assert not list(folder.glob("*.mlpackage*"))
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("onnx2coreml: ")


SIZE = np.array([1 << 20, 1 << 16])
CASES = {
    "an input that fits no memory": (
        made(make("Relu", ["x"], ["y"]), shape=(1 << 40, 3)),
        'input "x" has 3298534883328 numbers or more, and 268435456 are the most',
    ),
    "a result that fits no memory": (
        made(make("Expand", ["x", "size"], ["y"]), shape=(1, 1), size=SIZE),
        "Expand (node y): a result of 68719476736 numbers or more",
    ),
    "a constant that fits no memory": (
        made(make("ConstantOfShape", ["size"], ["c"]), make("Add", ["x", "c"], ["y"]), size=SIZE),
        "ConstantOfShape (node c): a result of 68719476736 numbers, and",
    ),
    "an axis that is not there": (
        made(make("Softmax", ["x"], ["y"], axis=7)),
        "Softmax (node y): axis 7 of 2",
    ),
    "an index that is not there": (
        made(make("Gather", ["x", "i"], ["y"], axis=1), i=np.array([9])),
        "Gather (node y): index 9 of an axis of 3",
    ),
    "an output that is an input": (made(output="x"), '"x" is the name of an input and of an output'),
    "two names that become one": (
        made(make("Relu", ["a.b"], ["a/b"]), given="a.b", output="a/b"),
        '"a.b" and "a/b" would have the same name in Core ML',
    ),
    "trees of lists that do not fit": (
        stump(nodes_nodeids=[0, 1]),
        "TreeEnsembleRegressor (node y): 2 nodes_nodeids for 3 nodes_treeids",
    ),
    "trees that say too little of missing values": (
        stump(nodes_missing_value_tracks_true=[1]),
        "1 nodes_missing_value_tracks_true for 3 nodes",
    ),
    "no trees": (
        made(make("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml")),
        "TreeEnsembleRegressor (node y): it has no trees",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_model_that_is_wrong_is_refused_by_name(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, message = CASES[name]
    assert message in refused(model, tmp_path, capsys)


@pytest.mark.parametrize(
    ("model", "labels", "message"),
    [
        (made(make("Relu", ["x"], ["y"])), "a\x00b\nc\nd", "label 1 of 3 has a control character: 'a\\x00b'"),
        (made(make("ArgMax", ["x"], ["y"], axis=1)), "a", "labels for an output of whole numbers"),
        (
            made(make("Softmax", ["label"], ["y"]), given="label"),
            "a\nb\nc",
            '"label" is the name that a classifier gives its own "label"',
        ),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    model: onnx.ModelProto, labels: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(model, tmp_path, capsys, labels)


def test_a_model_that_answers_nan_alone_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = made(make("MatMul", ["x", "w"], ["y"]), w=np.full((3, 2), np.nan, np.float32))
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    assert run_command([str(tmp_path / "model.onnx")]) == 0
    assert 'output "y" has no finite number on random inputs' in capsys.readouterr().err


@pytest.mark.parametrize("location", ["../w.bin", "absent.bin"])
@pytest.mark.parametrize("place", ["branch", "function"])
def test_weights_beside_the_file_are_checked_wherever_the_model_names_them(
    place: str, location: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weight = numpy_helper.from_array(np.ones((3, 3), np.float32), "w")
    external_data_helper.set_external_data(weight, location, offset=0, length=36)
    weight.ClearField("raw_data")
    product = make("MatMul", ["x", "w"], ["z"])
    if place == "branch":
        result = onnx.ValueInfoProto(name="z")
        then = helper.make_graph([product], "then", [], [result], [weight])
        other = helper.make_graph([make("Relu", ["x"], ["z"])], "else", [], [result])
        model = made(make("If", ["c"], ["y"], then_branch=then, else_branch=other), c=np.array(True))
    else:
        nodes = [make("Constant", [], ["w"], value=weight), product]
        imports = [helper.make_opsetid("", 18)]
        model = made(make("F", ["x"], ["y"], domain="local"))
        model.functions.append(helper.make_function("local", "F", ["x"], ["z"], nodes, imports))
        model.opset_import.append(helper.make_opsetid("local", 1))
    said = "lies outside its folder" if location.startswith("..") else "is missing"
    assert f'external data of "w" {said}: {location}' in refused(model, tmp_path, capsys)
