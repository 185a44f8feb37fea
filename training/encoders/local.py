"""The encoders of descriptors: those that stand alone, beside a vector, or before principal components."""

from __future__ import annotations

from typing import TypeAlias

from training.encoders.bovw import BovwSettings
from training.encoders.fisher import FisherSettings
from training.encoders.vlad import VladSettings

LocalEncoder: TypeAlias = BovwSettings | VladSettings | FisherSettings
"""Add a new encoder of descriptors here."""
