"""The networks as modules of PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks.design import MIDDLE, SPREAD, Design


class Normalised(nn.Module):
    """A convolution without offsets, and batch normalisation (Ioffe and Szegedy, ICML 2015)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, values: Tensor) -> Tensor:
        """Convolves and normalises."""
        normalised: Tensor = self.norm(self.convolution(values))
        return normalised


class Block(nn.Module):
    """Two convolutions, and a shortcut around them, which convolves only where they halve the sides."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = Normalised(inputs, outputs, 3, stride)
        self.second = Normalised(outputs, outputs, 3, 1)
        self.shortcut = nn.Identity() if stride == 1 else Normalised(inputs, outputs, 1, stride)

    def forward(self, values: Tensor) -> Tensor:
        """Adds what the convolutions make of the values to the values."""
        changed = self.second(functional.relu(self.first(values)))
        return functional.relu(changed + self.shortcut(values))


class Network(nn.Module):
    """A network of a design."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        inputs = design.widths[0]
        if design.kind == "residual":
            self.stem: nn.Module = Normalised(design.channels, inputs, 3, 1)
            self.stages = nn.ModuleList(Block(*stage) for stage in design.stages)
        else:
            self.stem = nn.Conv2d(design.channels, inputs, 3, padding=1)
            self.stages = nn.ModuleList(
                nn.Conv2d(before, after, 3, padding=1) for before, after, _ in design.stages
            )
        self.dense = nn.Linear(design.flat, design.dense) if design.dense else None
        self.last = nn.Linear(design.dense or design.flat, design.labels)

    def forward(self, pictures: Tensor) -> Tensor:
        """Computes scores (N, labels) of pictures (N, channels, side, side), 0 to 1."""
        return self.seen(pictures)[1]

    def seen(self, pictures: Tensor) -> tuple[list[Tensor], Tensor]:
        """Computes the maps of the first convolution and of each stage after it, and the scores."""
        is_residual = self.design.kind == "residual"
        values = functional.relu(self.stem((pictures - MIDDLE) / SPREAD))
        maps = [values]
        for stage in self.stages:
            if is_residual:
                values = stage(values)
            else:
                values = functional.relu(stage(functional.max_pool2d(values, 2)))
            maps.append(values)
        if is_residual:
            numbers = values.mean((2, 3))
        else:
            # Channel by channel, whatever the order in memory: the exported graph lays them out so.
            numbers = functional.max_pool2d(values, 2).contiguous().flatten(1)
        if self.dense is not None:
            numbers = functional.relu(self.dense(numbers))
        scores: Tensor = self.last(numbers)
        return maps, scores


def new_network(design: Design, generator: torch.Generator) -> Network:
    """Makes a network with random weights (He et al., ICCV 2015), drawn by a generator alone.

    Args:
        design: The design.
        generator: So that networks that are trained side by side do not share random numbers.
    """
    network = Network(design)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            fan_in = module.weight[0].numel()
            with torch.no_grad():
                module.weight.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
                if module.bias is not None:
                    module.bias.zero_()
    with torch.no_grad():
        network.last.weight.mul_(0.5)
    return network
