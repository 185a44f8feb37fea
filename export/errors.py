"""Errors of exports."""

from __future__ import annotations


class ExportError(RuntimeError):
    """A model cannot be exported; the message is one sentence and names the model's part or the picture."""


class NothingToQuantize(ExportError):
    """A model has no weights that could be stored in fewer bits."""


class ParityError(ExportError):
    """Two run times disagree about a picture."""
