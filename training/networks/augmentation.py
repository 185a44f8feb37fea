"""Pictures as a network learns from them: each epoch zoomed, cropped, mirrored and lit in another way."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.networks.design import MIDDLE
from training.networks.settings import CnnSettings


def augmented(pictures: Tensor, settings: CnnSettings, generator: torch.Generator) -> Tensor:
    """Changes every picture at random.

    Args:
        pictures: Shape (N, channels, side, side), 0 to 1.
        settings: How far.
        generator: Draws on the processor, wherever the pictures are, so that both learn from the same ones.
    """
    count = len(pictures)

    def drawn(*shape: int) -> Tensor:
        return 2 * torch.rand(count, *shape, generator=generator) - 1

    mapping = torch.zeros(count, 2, 3)
    scale = 1 + settings.zoom * drawn()
    mirrored = torch.rand(count, generator=generator) < (0.5 if settings.flip else 0)
    mapping[:, 0, 0] = torch.where(mirrored, -scale, scale)
    mapping[:, 1, 1] = scale
    mapping[:, :, 2] = 2 * settings.crop * drawn(2)  # in halves of the side
    gain = 1 + settings.light * drawn(1, 1, 1)
    offset = 0.5 * settings.light * drawn(1, 1, 1)
    grid = functional.affine_grid(mapping.to(pictures.device), list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    changed = (moved * gain.to(pictures.device) + offset.to(pictures.device)).clamp(0, 1)
    return _erased(changed, settings.erase, drawn(2)) if settings.erase else changed


def _erased(pictures: Tensor, share: float, middles: Tensor) -> Tensor:
    """Turns a square of each picture grey (DeVries and Taylor, "Regularization with Cutout", 2017).

    Args:
        pictures: Shape (N, channels, side, side).
        share: Side of the square, as a share of the picture's.
        middles: Where the squares are, (N, 2), -1 to 1.
    """
    places = (torch.arange(pictures.shape[2]) + 0.5) / pictures.shape[2] * 2 - 1
    inside = (places - middles[:, :, None]).abs() < share  # (N, 2, side)
    square = (inside[:, 0, :, None] & inside[:, 1, None, :])[:, None].to(pictures.device)
    return torch.where(square, torch.full((), MIDDLE, device=pictures.device), pictures)
