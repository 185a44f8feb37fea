"""Packages that coremltools itself wrote from PyTorch give torch's answers in the interpreter."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lienzo_coreml import load_model
from lienzo_coreml.mil import coremltools as ct
from lienzo_coreml.mil import quiet

torch = pytest.importorskip("torch", reason="torch comes with lienzo[cnn]")
pytestmark = pytest.mark.slow

nn, F = torch.nn, torch.nn.functional
PICTURE, ROWS, VOLUME = (1, 3, 12, 12), (4, 6), (1, 2, 6, 6, 6)


class Computed(nn.Module):  # type: ignore[name-defined,misc]
    """A function as a module."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(x)


def sampled(x: Any) -> Any:
    grid = torch.linspace(-1.2, 1.1, 5)
    places = torch.stack(torch.meshgrid(grid, grid, indexing="xy"), -1)[None]
    return F.grid_sample(x, places, align_corners=False)


class Started(nn.Module):  # type: ignore[name-defined,misc]
    """A recurrent layer with its first states: coremltools cannot read their size from the input here."""

    def __init__(self, layer: Any, batch: int) -> None:
        super().__init__()
        self.layer = layer
        count = layer.num_layers * (2 if layer.bidirectional else 1)
        self.register_buffer("first", torch.rand(count, batch, layer.hidden_size))

    def forward(self, x: Any) -> Any:
        both = isinstance(self.layer, nn.LSTM)
        return self.layer(x, (self.first, self.first * 2) if both else self.first)[0]


MODULES: dict[str, tuple[tuple[int, ...], Callable[[], Any]]] = {
    "convolution": (PICTURE, lambda: nn.Conv2d(3, 4, 3, 2, 1)),
    "convolution without padding": (PICTURE, lambda: nn.Conv2d(3, 4, (3, 1), bias=False)),
    "grouped convolution": (PICTURE, lambda: nn.Conv2d(3, 6, 3, groups=3, dilation=2)),
    "convolution along a line": ((1, 3, 20), lambda: nn.Conv1d(3, 4, 5, 2)),
    "convolution of volumes": (VOLUME, lambda: nn.Conv3d(2, 3, 3, padding=1)),
    "transposed convolution": (PICTURE, lambda: nn.ConvTranspose2d(3, 4, 3, 2, 1, output_padding=1)),
    "linear layer": (ROWS, lambda: nn.Linear(6, 3)),
    "bilinear product": (ROWS, lambda: Computed(lambda x: x @ x.T)),
    "batch normalisation": (PICTURE, lambda: nn.BatchNorm2d(3)),
    "instance normalisation": (PICTURE, lambda: nn.InstanceNorm2d(3, affine=True)),
    "layer normalisation": (ROWS, lambda: nn.LayerNorm(6)),
    "group normalisation": ((1, 4, 6, 6), lambda: nn.GroupNorm(2, 4)),
    "maxima": (PICTURE, lambda: nn.MaxPool2d(3, 2, 1)),
    "means": (PICTURE, lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False)),
    "means of everything": (PICTURE, lambda: nn.AdaptiveAvgPool2d(1)),
    "rectifiers": (ROWS, lambda: nn.Sequential(nn.ReLU6(), nn.LeakyReLU(0.1), nn.ReLU())),
    "PReLU": (PICTURE, lambda: nn.PReLU(3)),
    "ELU": (ROWS, lambda: nn.ELU(0.7)),
    "GELU": (ROWS, lambda: nn.GELU()),
    "GELU by tanh": (ROWS, lambda: nn.GELU(approximate="tanh")),
    "SiLU": (ROWS, lambda: nn.SiLU()),
    "hard curves": (ROWS, lambda: nn.Sequential(nn.Hardswish(), nn.Hardsigmoid())),
    "soft curves": (ROWS, lambda: nn.Sequential(nn.Softplus(), nn.Softsign(), nn.Tanh())),
    "softmax": (ROWS, lambda: nn.Softmax(1)),
    "logarithm of softmax": (ROWS, lambda: nn.LogSoftmax(1)),
    "arithmetic": (ROWS, lambda: Computed(lambda x: (x * 2 - 1) / (x.abs() + 1) + x**2)),
    "roots and powers": (ROWS, lambda: Computed(lambda x: x.abs().sqrt().exp().log1p() + x.square().rsqrt())),
    "waves": (ROWS, lambda: Computed(lambda x: x.sin() + x.cos() * x.tanh() + x.atan())),
    "comparisons": (ROWS, lambda: Computed(lambda x: torch.where(x > 0.5, x, -x).clamp(-0.8, 0.9))),
    "sums": (PICTURE, lambda: Computed(lambda x: x.mean((2, 3)) + x.sum((2, 3)) - x.amax((2, 3)))),
    "norms": (ROWS, lambda: Computed(lambda x: F.normalize(x, dim=1))),
    "the largest": (ROWS, lambda: Computed(lambda x: torch.topk(x, 3, 1).values)),
    "running sum": (ROWS, lambda: Computed(lambda x: x.cumsum(1))),
    "slices": (PICTURE, lambda: Computed(lambda x: torch.cat([x[:, :, 1::2, :5], x[:, :, ::2, 5:10]], 3))),
    "splits": (ROWS, lambda: Computed(lambda x: torch.stack(x.chunk(3, 1), 0))),
    "other shapes": (PICTURE, lambda: Computed(lambda x: x.permute(0, 2, 3, 1).reshape(1, -1, 6).squeeze(0))),
    "copies": (ROWS, lambda: Computed(lambda x: x.repeat(2, 1).unsqueeze(1).expand(-1, 3, -1))),
    "rows by index": (ROWS, lambda: Computed(lambda x: x[torch.tensor([2, 0, 3])])),
    "rolled": (PICTURE, lambda: Computed(lambda x: torch.roll(x, (1, 2), (2, 3)))),
    "padding": (PICTURE, lambda: nn.Sequential(nn.ReflectionPad2d(2), nn.ConstantPad2d(1, 0.5))),
    "shuffled pixels": ((1, 8, 4, 4), lambda: nn.PixelShuffle(2)),
    "larger, nearest": (PICTURE, lambda: nn.Upsample(scale_factor=2)),
    "larger, linear": (PICTURE, lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)),
    "larger, half pixels": (PICTURE, lambda: nn.Upsample(scale_factor=2, mode="bilinear")),
    "LSTM": ((5, 2, 6), lambda: Started(nn.LSTM(6, 4), 2)),
    "LSTM in both directions": (
        (2, 5, 6),
        lambda: Started(nn.LSTM(6, 4, 2, bidirectional=True, batch_first=True), 2),
    ),
    "simple recurrent layer": ((5, 2, 6), lambda: Started(nn.RNN(6, 4, nonlinearity="relu"), 2)),
    "grid of samples": (PICTURE, lambda: Computed(sampled)),
    "attention": ((2, 5, 8), lambda: Computed(lambda x: F.scaled_dot_product_attention(x, x, x))),
    "einsum": ((2, 5, 4), lambda: Computed(lambda x: torch.einsum("bij,bkj->bik", x, x))),
    "residual block": (PICTURE, lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_package_that_coremltools_wrote_gives_the_answers_of_torch(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    shape, build = MODULES[name]
    module, x = build().eval(), torch.rand(shape)
    with quiet(), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        results = module(x)
        package = ct.convert(
            torch.jit.trace(module, x),
            inputs=[ct.TensorType("x", shape=shape)],
            convert_to="mlprogram",
            compute_precision=ct.precision.FLOAT32,
            minimum_deployment_target=ct.target.iOS16,
            skip_model_load=True,
        )
        package.save(str(tmp_path / "module.mlpackage"))
    program = load_model(tmp_path / "module.mlpackage")
    answers = program.predict({"x": x.numpy()})
    np.testing.assert_allclose(answers[program.outputs[0]], results.numpy(), rtol=1e-5, atol=2e-5)
