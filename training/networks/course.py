"""A network in training: its weights, its optimizer, and what each epoch measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.networks.checkpoints import Checkpoint
from training.networks.design import Design
from training.networks.modules import Network, new_network
from training.networks.settings import CnnSettings

_MOMENTUM = 0.9
_LANES = 8
"""Numbers that oneDNN computes at a time."""
_WORTH_A_WORD_S = 60
_HOUR_S = 3600


@dataclass(frozen=True)
class Epoch:
    """What an epoch measured.

    Attributes:
        losses: Log loss of training and validation pictures, in nats; NaN where nothing validates.
        accuracies: Their accuracy, the same way.
    """

    losses: tuple[float, float]
    accuracies: tuple[float, float]


@dataclass
class Course:
    """The course of a training.

    Attributes:
        network: In training.
        optimizer: Stochastic gradient descent with Nesterov's momentum.
        generator: Of every random number.
        settings: How it is trained.
        epochs: What was measured so far.
        best: Number of the epoch whose weights are kept, from 0.
        best_weights: Its weights, by name.
    """

    network: Network
    optimizer: torch.optim.SGD
    generator: torch.Generator
    settings: CnnSettings
    epochs: list[Epoch] = field(default_factory=list)
    best: int = 0
    best_weights: dict[str, NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def begin(cls, design: Design, settings: CnnSettings, seed: int, device: torch.device) -> Course:
        """Makes a network that has learnt nothing."""
        generator = torch.Generator().manual_seed(seed)
        network = new_network(design, generator).to(device)
        network.to(memory_format=memory_format_of(design))  # type: ignore[call-overload]
        weights = [each for each in network.parameters() if each.ndim > 1]
        others = [each for each in network.parameters() if each.ndim <= 1]
        groups: list[dict[str, Any]] = [
            {"params": weights, "weight_decay": settings.weight_decay},
            {"params": others},
        ]
        optimizer = torch.optim.SGD(
            groups,
            lr=settings.learning_rate,
            momentum=_MOMENTUM,
            nesterov=True,
        )
        return cls(network, optimizer, generator, settings)

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or the validation loss has not fallen for too many."""
        done = len(self.epochs)
        return done >= self.settings.epochs or (done > 0 and done - 1 - self.best >= self.settings.patience)

    @property
    def line(self) -> str:
        """The last epoch in words."""
        last = self.epochs[-1]
        text = f"epoch {len(self.epochs)} of {self.settings.epochs}, loss {last.losses[0]:.3f}"
        if math.isnan(last.losses[1]):
            return f"{text}, accuracy {last.accuracies[0]:.3f}"
        return f"{text}, validation {last.losses[1]:.3f}, accuracy {last.accuracies[1]:.3f}"

    def pace(self, seconds: float) -> str:
        """Says how long the rest may take, given the time of an epoch; empty where it is not worth a word."""
        rest = seconds * (self.settings.epochs - len(self.epochs))
        if rest < _WORTH_A_WORD_S:
            return ""
        where = "graphics card" if next(self.network.parameters()).is_cuda else "processor"
        wait = f"{rest / 60:.0f} min" if rest < _HOUR_S else f"{rest / _HOUR_S:.1f} h"
        return f"; {seconds:.1f} s an epoch on this {where}, up to {wait} for the rest"

    def add(self, epoch: Epoch, *, validates: bool) -> None:
        """Adds an epoch, and keeps its weights where they are the best, or where nothing validates."""
        self.epochs.append(epoch)
        if not validates or epoch.losses[1] <= min(each.losses[1] for each in self.epochs):
            self.best, self.best_weights = len(self.epochs) - 1, self._weights()

    def checkpoint(self) -> Checkpoint:
        """Returns everything that the rest of the training depends on."""
        momentum = {
            f"momentum.{number}": self.optimizer.state[each]["momentum_buffer"].cpu().numpy()
            for number, each in enumerate(self._parameters())
        }
        arrays = {
            **{f"last.{name}": each for name, each in self._weights().items()},
            **{f"best.{name}": each for name, each in self.best_weights.items()},
            **momentum,
            "generator": self.generator.get_state().numpy(),
            "curves": np.array([(each.losses, each.accuracies) for each in self.epochs], np.float64),
        }
        return Checkpoint(arrays, {"epochs": len(self.epochs), "best": self.best})

    def resume(self, kept: Checkpoint) -> None:
        """Continues where a checkpoint was written."""
        arrays = kept.arrays
        state = {
            name.removeprefix("last."): torch.from_numpy(each)
            for name, each in arrays.items()
            if name.startswith("last.")
        }
        self.network.load_state_dict(state)
        for number, each in enumerate(self._parameters()):
            buffer = torch.from_numpy(arrays[f"momentum.{number}"]).to(each.device)
            laid = torch.empty_like(each).copy_(buffer)
            self.optimizer.state[each]["momentum_buffer"] = laid
        self.generator.set_state(torch.from_numpy(arrays["generator"]))
        self.epochs = [
            Epoch((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))) for a, b in arrays["curves"]
        ]
        self.best = int(kept.state["best"])
        self.best_weights = {
            name.removeprefix("best."): each for name, each in arrays.items() if name.startswith("best.")
        }

    def _parameters(self) -> list[torch.nn.Parameter]:
        return [each for group in self.optimizer.param_groups for each in group["params"]]

    def _weights(self) -> dict[str, NDArray[Any]]:
        return {
            name: np.array(each.detach().cpu().numpy(), order="C")
            for name, each in self.network.state_dict().items()
        }


def memory_format_of(design: Design) -> torch.memory_format:
    """Chooses the order in memory: with channels last training takes a quarter less time.

    Not with widths that are no multiples of 8: PyTorch 2.13 then writes past the end of an array.
    """
    is_whole = all(width % _LANES == 0 for width in design.widths)
    return torch.channels_last if is_whole else torch.contiguous_format
