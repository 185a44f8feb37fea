"""An imported model of shades with parents: red and blue are purple, all but dark are colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cli.main import run_command
from tests.support.imported import brightness, save_model
from tests.support.pictures import jpeg

MEANINGS = """
[red]
parent = "purple"
[blue]
parent = "purple"
[purple]
name = "Something purple"
name_es = "Algo morado"
parent = "color"
[green]
parent = "color"
[color]
"""


def shade(red: int, green: int, blue: int) -> bytes:
    """Draws a picture of one colour, a JPEG file."""
    return jpeg(np.full((40, 60, 3), (blue, green, red), np.uint8))


def import_shades(folder: Path, models: Path, name: str = "shades") -> None:
    """Imports the model, which recognises from 0.6 on.

    Args:
        folder: For the files that it is imported from.
        models: The model repository.
        name: Of the model.
    """
    (folder / "labels.txt").write_text("red\ngreen\nblue\ndark\n")
    (folder / "meanings.toml").write_text(MEANINGS)
    file = str(save_model(brightness(4), folder, "shades"))
    given = ["--labels", str(folder / "labels.txt"), "--meanings", str(folder / "meanings.toml")]
    how = ["--preprocess", "unit size=24", "--threshold", "0.6", "--name", name, "--models", str(models)]
    assert run_command(["import", file, *given, *how]) == 0
