"""Photographs of picture files, to ask a model about; needs what training needs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from cli.errors import FAULT, CliError
from drawing.pictures import jpeg_file
from vision.errors import PictureError

_SIDE_PX: Final = 800
_QUALITY: Final = 95


def photograph_file(file: Path) -> Path | bytes:
    """Takes a photograph of a picture, framed and on a drawn wall: the same file gives the same one.

    Args:
        file: The picture.

    Returns:
        A JPEG; or the file itself where it cannot be decoded, for the service to say why.
    """
    from training.augmentation.photographing import photograph_of

    data = file.read_bytes()
    try:
        pixels = photograph_of(data, hashlib.sha256(data).hexdigest(), _SIDE_PX)
    except PictureError:
        return file
    return jpeg_file(pixels, _QUALITY)


def check_photographs() -> None:
    """Checks that photographs can be taken here.

    Raises:
        CliError: When what training needs is not installed.
    """
    try:
        import training.augmentation.photographing  # noqa: F401
    except ModuleNotFoundError as error:
        raise CliError(
            f"lienzo evaluate --photographed needs {error.name}, which is not installed: "
            "pip install 'lienzo[train]'",
            FAULT,
        ) from error
