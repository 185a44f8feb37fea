"""Reads the labels of a model from a file with one label per line, and makes them distinct."""

from __future__ import annotations

from pathlib import Path

from export.errors import ExportError
from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.flags import labels_of


def read_labels(file: Path, classes: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Reads the labels of a model.

    Common lists have some names twice, such as the crane that is a bird and the one that lifts: the second
    one is numbered.

    Args:
        file: Text with one label per line.
        classes: Number of labels that it must have.

    Returns:
        The labels, and those among them that were numbered.

    Raises:
        ExportError: When the file cannot be read, has another number of labels, or one that is empty
            or cannot be printed.
    """
    try:
        lines = [line.strip() for line in labels_of(file)]
    except UnsupportedModel as error:
        raise ExportError(str(error)) from error
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) != classes:
        raise ExportError(f"--labels {file}: {len(lines)} labels, but the model has {classes} classes")
    labels: dict[str, None] = {}
    numbered: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line:
            raise ExportError(f"--labels {file}: line {number} is empty")
        if not line.isprintable():
            raise ExportError(
                f"--labels {file}: line {number} has characters that cannot be printed: {line!r:.80}"
            )
        label, again = line, 1
        while label in labels:
            again += 1
            label = f"{line} ({again})"
        if again > 1:
            numbered.append(label)
        labels[label] = None
    return tuple(labels), tuple(numbered)
