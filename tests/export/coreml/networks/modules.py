"""Ten networks of today in PyTorch, small and with random weights: their blocks, not their sizes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def normed(given: int, made: int, size: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution and batch normalisation."""
    return nn.Sequential(
        nn.Conv2d(given, made, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(made)
    )


class Residual(nn.Module):
    def __init__(self, given: int, made: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(normed(given, made, 3, stride), nn.ReLU(), normed(made, made))
        self.short = nn.Identity() if given == made else normed(given, made, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.short(x))


def resnet() -> nn.Module:
    return nn.Sequential(
        normed(3, 8, 7, 2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
        Residual(8, 8, 1),
        Residual(8, 16, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 5),
    )


class Excitation(nn.Module):
    def __init__(self, width: int, gate: nn.Module, curve: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, 4, 1), curve, nn.Conv2d(4, width, 1), gate
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.body(x)


class Inverted(nn.Module):
    """The inverted residual of MobileNetV3 and EfficientNet."""

    def __init__(self, width: int, made: int, stride: int, curve: type[nn.Module], gate: nn.Module) -> None:
        super().__init__()
        wide = width * 2
        self.body = nn.Sequential(
            normed(width, wide, 1),
            curve(),
            normed(wide, wide, 5, stride, groups=wide),
            curve(),
            Excitation(wide, gate, nn.ReLU()),
            normed(wide, made, 1),
        )
        self.adds = width == made and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.adds else self.body(x)


def mobilenet_v3() -> nn.Module:
    return nn.Sequential(
        normed(3, 8, 3, 2),
        nn.Hardswish(),
        Inverted(8, 8, 1, nn.Hardswish, nn.Hardsigmoid()),
        Inverted(8, 12, 2, nn.Hardswish, nn.Hardsigmoid()),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(12, 16),
        nn.Hardswish(),
        nn.Dropout(0.2),
        nn.Linear(16, 5),
    )


def efficientnet() -> nn.Module:
    return nn.Sequential(
        normed(3, 8, 3, 2),
        nn.SiLU(),
        Inverted(8, 8, 1, nn.SiLU, nn.Sigmoid()),
        Inverted(8, 12, 2, nn.SiLU, nn.Sigmoid()),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(12, 5),
    )


class ConvNextBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.body = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.scale = nn.Parameter(torch.rand(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.body(y)).permute(0, 3, 1, 2)


def convnext() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 4, 4), ConvNextBlock(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)
    )


class Vit(nn.Module):
    def __init__(self, side: int = 32, patch: int = 8, width: int = 16) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, width))
        layer = nn.TransformerEncoderLayer(width, 2, 32, activation="gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(width, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        return self.head(self.layers(x)[:, 0])


class SwinBlock(nn.Module):
    """Attention over windows, shifted in every second block; its tensors have six axes."""

    def __init__(self, width: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.bias = nn.Parameter(torch.randn(heads, window**2, window**2))

    def forward(self, x: Tensor) -> Tensor:
        n, h, w, c = x.shape
        size = self.window
        y = torch.roll(self.norm1(x), (-self.shift, -self.shift), (1, 2)) if self.shift else self.norm1(x)
        y = y.view(n, h // size, size, w // size, size, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, size**2, c)
        q, k, v = self.qkv(y).reshape(-1, size**2, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1) + self.bias
        y = self.out((weights.softmax(-1) @ v).transpose(1, 2).reshape(-1, size**2, c))
        y = y.view(n, h // size, w // size, size, size, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c)
        x = x + (torch.roll(y, (self.shift, self.shift), (1, 2)) if self.shift else y)
        return x + self.mlp(self.norm2(x))


class Swin(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.first, self.second = SwinBlock(8, 2, 4, 0), SwinBlock(8, 2, 4, 2)
        self.merge = nn.Linear(32, 16, bias=False)
        self.head = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.second(self.first(self.patches(x).permute(0, 2, 3, 1)))
        x = torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1)
        return self.head(self.merge(x).mean((1, 2)))


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down, self.bottom = normed(3, 8), nn.Sequential(nn.MaxPool2d(2), normed(8, 16), nn.ReLU())
        self.up = nn.ConvTranspose2d(16, 8, 2, 2)
        self.smooth = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.last = nn.Conv2d(32, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        fine = F.relu(self.down(x))
        coarse = self.bottom(fine)
        return self.last(torch.cat([fine, self.up(coarse), self.smooth(coarse)], 1)).sigmoid()


class Crnn(nn.Module):
    """Reads lines of text: convolutions, then an LSTM in both directions along the width."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(normed(3, 8, 3, 2), nn.ReLU(), nn.MaxPool2d((2, 1)))
        self.lstm = nn.LSTM(8 * 8, 12, bidirectional=True, batch_first=True)
        self.head = nn.Linear(24, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.body(x).permute(0, 3, 1, 2).flatten(2)
        return self.head(self.lstm(x)[0]).log_softmax(-1)


class TextEncoder(nn.Module):
    def __init__(self, words: int = 40, width: int = 16) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Parameter(torch.randn(1, 9, width))
        layer = nn.TransformerEncoderLayer(width, 4, 32, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.register_buffer("mask", torch.full((9, 9), float("-inf")).triu(1))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.layers(self.words(tokens) + self.places, mask=self.mask, is_causal=True)
        return F.normalize(x.mean(1), dim=-1)


class YoloHead(nn.Module):
    """Boxes and scores of a grid of cells, as (1, boxes, 4) and (1, classes, boxes) for suppression."""

    def __init__(self, side: int = 32, stride: int = 8, classes: int = 2) -> None:
        super().__init__()
        self.body = nn.Sequential(
            normed(3, 8, 3, 2), nn.SiLU(), normed(8, 8, 3, 2), nn.SiLU(), normed(8, 8, 3, 2)
        )
        self.head, self.stride = nn.Conv2d(8, 4 + classes, 1), stride
        cells = torch.arange(side // stride).float() + 0.5
        self.register_buffer("centres", torch.stack(torch.meshgrid(cells, cells, indexing="xy")).flatten(1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        found = self.head(self.body(x)).flatten(2)
        sides = F.softplus(found[:, :4]) * self.stride
        centres = self.centres * self.stride
        corners = torch.cat([centres - sides[:, :2], centres + sides[:, 2:]], 1)
        return corners.transpose(1, 2), found[:, 4:].sigmoid()


NETWORKS = {
    "ResNet": resnet,
    "MobileNetV3": mobilenet_v3,
    "EfficientNet": efficientnet,
    "ConvNeXt": convnext,
    "ViT": Vit,
    "Swin": Swin,
    "YOLO": YoloHead,
    "U-Net": UNet,
    "CRNN": Crnn,
    "text encoder": TextEncoder,
}
