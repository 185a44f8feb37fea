"""Names of the outputs of a classifier."""

from __future__ import annotations

LABEL, PROBABILITIES = "label", "probabilities"
