"""Settings of networks that learn small digits in seconds."""

from __future__ import annotations

from training.networks.settings import CnnSettings

RESIDUAL = CnnSettings(widths=(8, 16, 32), epochs=5, flip=False)
DEEP = CnnSettings(widths=(8, 16), depth=2, epochs=8, flip=False, erase=0.2)
PLAIN = CnnSettings(layers="plain", widths=(5, 32), dense=32, epochs=12, learning_rate=0.05, flip=False)
SHORT = RESIDUAL.model_copy(update={"widths": (4, 6), "epochs": 4})
