"""Learns the weights of the localiser, which finds boxes with rounded ones while it is trained, too.

Rounding passes gradients through as if it were not there: Bengio, Léonard and Courville, "Estimating or
Propagating Gradients Through Stochastic Neurons for Conditional Computation", 2013, section 4.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.errors import TrainingError
from training.graphs.extractors.localiser import (
    ACTIVATION_STEP,
    INPUT_STEP,
    LOOK_PX,
    MOST_ACTIVATION,
    STEPS,
    STRIDES,
    Localiser,
)
from training.networks.repeatable import repeatable

_CHANNELS: Final = (3, 12, 24, 40, 24)
_HIDDEN: Final = 64
_BATCH: Final = 64
_EPOCHS: Final = 30
_RATE: Final = 2e-3
_OVERLAP_WEIGHT: Final = 0.3
_MOST_WEIGHT: Final = 127
_EXACT: Final = 2**24
"""Whole numbers below it are exact in single precision."""


def learn_localiser(
    photos: NDArray[np.uint8],
    boxes: NDArray[np.float32],
    seed: int,
    epochs: int = _EPOCHS,
    *,
    progress: Callable[[str], None],
) -> Localiser:
    """Learns to find boxes.

    Args:
        photos: RGB, uint8, shape (N, LOOK_PX, LOOK_PX, 3).
        boxes: Left, top, right and bottom in sides of the photo, float32, shape (N, 4).
        seed: Seed of every random number.
        epochs: How often every photo is seen.
        progress: Told the loss of each epoch.

    Raises:
        TrainingError: When sums of the network could be too large to be exact.
    """
    with repeatable(), torch.random.fork_rng([]):
        torch.manual_seed(seed)
        rng = np.random.default_rng(seed)
        seen = torch.from_numpy(photos).permute(0, 3, 1, 2).contiguous()
        wanted = torch.from_numpy(boxes)
        network = _Network()
        optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=1e-3)
        steps = epochs * math.ceil(len(seen) / _BATCH)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for epoch in range(epochs):
            losses = []
            for batch in torch.split(torch.from_numpy(rng.permutation(len(seen))), _BATCH):
                turned, box = _turned(seen[batch], wanted[batch], rng)
                found = network(turned)
                apart = (found - box).abs().mean()
                loss = apart + _OVERLAP_WEIGHT * (1 - _overlap(found, box)).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
            progress(f"epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.4f}")
        return network.rounded()


def overlap(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the intersection of boxes, shape (N, 4), over their union, shape (N,)."""
    return np.asarray(_overlap(torch.from_numpy(found), torch.from_numpy(wanted)).numpy(), np.float32)


def _overlap(found: Tensor, wanted: Tensor) -> Tensor:
    near, far = torch.maximum(found[:, :2], wanted[:, :2]), torch.minimum(found[:, 2:], wanted[:, 2:])
    both = (far - near).clamp_min(0).prod(1)
    areas = sum((each[:, 2:] - each[:, :2]).clamp_min(0).prod(1) for each in (found, wanted))
    return both / (areas - both).clamp_min(1e-6)


def _turned(photos: Tensor, boxes: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Mirrors, flips and transposes photos with their boxes, and exchanges the colours."""
    left, top, right, bottom = boxes.unbind(1)
    if rng.random() < 0.5:
        photos, left, right = photos.flip(3), 1 - right, 1 - left
    if rng.random() < 0.3:
        photos, top, bottom = photos.flip(2), 1 - bottom, 1 - top
    if rng.random() < 0.3:
        photos, left, top, right, bottom = photos.transpose(2, 3), top, left, bottom, right
    return photos[:, rng.permutation(3)], torch.stack([left, top, right, bottom], 1)


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        sizes = list(itertools.pairwise(_CHANNELS))
        width = _CHANNELS[-1] * (LOOK_PX // math.prod(STRIDES)) ** 2
        convolutions = [
            nn.Conv2d(before, behind, 3, stride, 1)
            for (before, behind), stride in zip(sizes, STRIDES, strict=True)
        ]
        hidden, last = nn.Linear(width, _HIDDEN), nn.Linear(_HIDDEN, 4)
        nn.init.zeros_(last.bias)
        self.layers: tuple[nn.Conv2d | nn.Linear, ...] = (*convolutions, hidden, last)
        self.learnt = nn.ModuleList(self.layers)

    def forward(self, photos: Tensor) -> Tensor:
        """Finds boxes, shape (N, 4), in photos of whole numbers, shape (N, 3, LOOK_PX, LOOK_PX)."""
        values, step = photos.float() * 2.0**-INPUT_STEP, INPUT_STEP
        for number, layer in enumerate(self.layers):
            weight = _nearest(layer.weight, STEPS[number], _MOST_WEIGHT)
            bias = _nearest(_offsets(layer), step + STEPS[number], _EXACT)
            if number < len(STRIDES):
                values = functional.conv2d(values, weight, bias, STRIDES[number], 1)
            else:
                values = functional.linear(values.flatten(1), weight, bias)
            if number < len(self.layers) - 1:
                values, step = _activation(values), ACTIVATION_STEP
        return values

    def rounded(self) -> Localiser:
        """Returns the weights as whole numbers.

        Raises:
            TrainingError: When sums could be too large to be exact.
        """
        weights, biases, step, most = [], [], INPUT_STEP, 255
        for number, layer in enumerate(self.layers):
            weight = _whole(layer.weight, STEPS[number], _MOST_WEIGHT)
            bias = _whole(_offsets(layer), step + STEPS[number], _EXACT)
            largest = np.abs(weight).reshape(len(weight), -1).sum(axis=1) * most + np.abs(bias)
            if largest.max() >= _EXACT:
                raise TrainingError(f"sums of layer {number} of the localiser may reach {largest.max():.0f}")
            weights.append(weight.astype(np.int8))
            biases.append(bias.astype(np.int32))
            step, most = ACTIVATION_STEP, MOST_ACTIVATION
        return Localiser(tuple(weights), tuple(biases))


def _offsets(layer: nn.Conv2d | nn.Linear) -> Tensor:
    return torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias


def _whole(values: Tensor, step: int, most: int) -> NDArray[np.float64]:
    scaled = np.rint(values.detach().numpy().astype(np.float64) * 2.0**step)
    return np.clip(scaled, -most, most)


def _nearest(values: Tensor, step: int, most: int) -> Tensor:
    """Rounds to multiples of 2^−step, at most so many of them; gradients pass."""
    rounded = (values * 2.0**step).round().clamp(-most, most) * 2.0**-step
    return values + (rounded - values).detach()


def _activation(sums: Tensor) -> Tensor:
    """Rounds down to multiples of 2^−ACTIVATION_STEP, as the graph does; gradients pass."""
    kept = sums.clamp(0, MOST_ACTIVATION * 2.0**-ACTIVATION_STEP)
    rounded = (kept * 2.0**ACTIVATION_STEP).floor() * 2.0**-ACTIVATION_STEP
    return kept + (rounded - kept).detach()
