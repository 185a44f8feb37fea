"""A trained network, which answers as scikit-learn's classifiers do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from training.networks.design import Design
from training.networks.settings import CnnSettings

if TYPE_CHECKING:
    from training.networks.modules import Network

_AT_A_TIME: Final = 256


@dataclass(frozen=True, eq=False)
class ConvolutionalNetwork:
    """A network with the weights of its best epoch.

    Attributes:
        design: Its layers.
        settings: How it was trained.
        weights: By the names of PyTorch's modules, float32.
        classes_: The labels, int64.
        losses_: Log loss of training and validation pictures by epoch, float64, shape (epochs, 2), in nats;
            NaN where nothing validates.
        accuracies_: Their accuracy, the same way.
    """

    design: Design
    settings: CnnSettings
    weights: Mapping[str, NDArray[np.float32]]
    classes_: NDArray[np.int64]
    losses_: NDArray[np.float64]
    accuracies_: NDArray[np.float64]

    def decision_function(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Computes a score for each label, shape (N, labels), by PyTorch."""
        parts = [
            self._seen(features[start : start + _AT_A_TIME])[1]
            for start in range(0, len(features), _AT_A_TIME)
        ]
        return np.concatenate(parts).astype(np.float64)

    def maps(self, features: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Computes what each layer makes of one picture (1, size): arrays (filters, side, side)."""
        return [each[0] for each in self._seen(features)[0]]

    @property
    def weight_count(self) -> int:
        """Number of weights and offsets that were learnt."""
        averages = ("running_mean", "running_var", "num_batches_tracked")
        return sum(each.size for name, each in self.weights.items() if not name.endswith(averages))

    @property
    def filters(self) -> NDArray[np.float32]:
        """The filters of the first layer, shape (filters, channels, 3, 3)."""
        name = "stem.convolution.weight" if self.design.kind == "residual" else "stem.weight"
        return self.weights[name]

    def examples(self, features: NDArray[np.float32], count: int, seed: int) -> NDArray[np.uint8]:
        """Augments one picture (1, size) as training does, shape (count, side, side, channels)."""
        import torch

        from training.networks.augmentation import augmented

        pictures = torch.from_numpy(self.pictures_of(features)).expand(count, -1, -1, -1).contiguous()
        changed = augmented(pictures, self.settings, torch.Generator().manual_seed(seed))
        return np.asarray(np.rint(255 * changed.permute(0, 2, 3, 1).numpy()), np.uint8)

    def pictures_of(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Gives rows of pixels their shape (N, channels, side, side)."""
        design = self.design
        return np.asarray(features, np.float32).reshape(-1, design.channels, design.side, design.side)

    def _seen(self, features: NDArray[np.float32]) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
        import torch

        from training.networks.repeatable import one_torch_thread

        with one_torch_thread(), torch.inference_mode():
            maps, scores = self._network.seen(torch.from_numpy(self.pictures_of(features)))
            return [each.numpy() for each in maps], scores.numpy()

    @cached_property
    def _network(self) -> Network:
        import torch

        from training.networks.modules import Network

        network = Network(self.design)
        state: dict[str, Any] = {name: torch.from_numpy(each) for name, each in self.weights.items()}
        network.load_state_dict(state)
        return network.eval()
