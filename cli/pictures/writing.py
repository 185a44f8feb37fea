"""Writes pictures into files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cli.errors import CliError
from cli.output.files import write_file


def write_picture(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Writes pixels in the format of the file's extension.

    Raises:
        CliError: For an extension that OpenCV does not write.
    """
    try:
        written, encoded = cv2.imencode(path.suffix or ".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    except cv2.error:
        written = False
    if not written:
        raise CliError(f"{path}: pictures are written as .png, .jpg or .webp.")
    write_file(path, encoded.tobytes())
