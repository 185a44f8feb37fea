"""What can keep a model from leaving the workshop."""

from __future__ import annotations


class ExportError(RuntimeError):
    """A model cannot be exported; one sentence that names the model's part or the picture."""


class ParityError(ExportError):
    """Two run times disagree about a picture."""
