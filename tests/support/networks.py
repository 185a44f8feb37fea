"""Settings of networks that learn small digits in seconds."""

from __future__ import annotations

from training.networks.settings import CnnSettings

RESIDUAL = CnnSettings(widths=(8, 16, 32), epochs=5, flip=False)
PLAIN = CnnSettings(layers="plain", widths=(5, 32), dense=32, epochs=9, learning_rate=0.05, flip=False)
SHORT = RESIDUAL.model_copy(update={"widths": (4, 6), "epochs": 4})
