"""Ten networks of today, exported from PyTorch by both of its exporters, answer as in torch."""

from __future__ import annotations

import functools
import importlib.util
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from lienzo_coreml import convert, load_model, save_package

torch = pytest.importorskip("torch", reason="torch comes with lienzo[cnn]")
pytest.importorskip("onnxscript", reason="PyTorch's newer exporter needs it; it comes with lienzo[dev]")

pytestmark = pytest.mark.slow

_SPEC = importlib.util.spec_from_file_location("modules", Path(__file__).with_name("modules.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
modules = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(modules)


@pytest.fixture(scope="module", autouse=True)
def one_table_of_translations() -> Iterator[None]:
    """Reads torch's translations to ONNX once: the exporter reads all their source at every export."""
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ONNXRegistry, "from_torchlib", staticmethod(functools.cache(ONNXRegistry.from_torchlib))
        )
        yield


def exported(network: Any, given: Any, path: Path, *, newer: bool) -> onnx.ModelProto:
    """The ONNX model of a network, by TorchScript or by torch.export."""
    settings: dict[str, Any] = {"verbose": False} if newer else {"opset_version": 17}
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network, (given,), path, dynamo=newer, input_names=["x"], external_data=False, **settings
            )
    finally:
        logging.disable(logging.NOTSET)
    return onnx.load(path)


def with_suppression(model: onnx.ModelProto) -> onnx.ModelProto:
    """Appends what torchvision's batched suppression becomes in ONNX to a head's boxes and scores."""
    boxes, scores = (output.name for output in model.graph.output)
    settings = {"most": np.array([5]), "overlap": np.float32([0.5]), "least": np.float32([0.3])}
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(v), k) for k, v in settings.items())
    node = helper.make_node("NonMaxSuppression", [boxes, scores, *settings], ["selected"])
    model.graph.node.append(node)
    model.graph.output.append(helper.make_tensor_value_info("selected", onnx.TensorProto.INT64, ["found", 3]))
    return model


@pytest.mark.parametrize("exporter", ["TorchScript", "torch.export"])
@pytest.mark.parametrize("name", modules.NETWORKS)
def test_a_network_from_pytorch_answers_as_in_torch_and_onnxruntime(
    name: str, exporter: str, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network = modules.NETWORKS[name]().eval()
    given = torch.randint(0, 40, (1, 9)) if name == "text encoder" else torch.rand(1, 3, 32, 32)
    model = exported(network, given, tmp_path / "network.onnx", newer=exporter == "torch.export")
    with torch.no_grad():
        results = network(given)
    expected = [each.numpy() for each in (results if isinstance(results, tuple) else (results,))]
    if name == "YOLO":
        model = with_suppression(model)
    package = load_model(save_package(convert(model), tmp_path / "network.mlpackage"))
    answers = package.predict({"x": given.numpy()})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    others = session.run(None, {"x": given.numpy()})
    for output, other in zip(package.outputs, others, strict=True):
        assert other.size
        np.testing.assert_allclose(answers[output], other, atol=1e-4)
    for output, wanted in zip(package.outputs, expected, strict=False):
        np.testing.assert_allclose(answers[output], wanted, atol=1e-4)
