"""The file formats of palettes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from vision.errors import UnknownPaletteFormat
from vision.palette import Palette
from vision.swatches.ase import to_ase
from vision.swatches.drawing import to_png, to_svg
from vision.swatches.mobile import to_android, to_ios
from vision.swatches.text import to_css, to_gpl, to_json, to_tailwind

WRITERS: Final[Mapping[str, Callable[[Palette], bytes]]] = {
    "json": to_json,
    "css": to_css,
    "tailwind": to_tailwind,
    "gpl": to_gpl,
    "ase": to_ase,
    "android": to_android,
    "ios": to_ios,
    "svg": to_svg,
    "png": to_png,
}

BINARY: Final = frozenset({"ase", "ios", "png"})
"""Those that are not text, which a terminal does not show."""


def check_format(palette_format: str) -> None:
    """Raises UnknownPaletteFormat unless `palette_format` is one of `WRITERS`."""
    if palette_format not in WRITERS:
        raise UnknownPaletteFormat(palette_format, list(WRITERS))


def palette_file(palette: Palette, palette_format: str) -> bytes:
    """Writes a palette as a file.

    Args:
        palette: The palette.
        palette_format: One of `WRITERS`; what each is for says its function.

    Returns:
        The file's bytes; the same palette gives the same bytes.

    Raises:
        UnknownPaletteFormat: When there is no such format.
    """
    check_format(palette_format)
    return WRITERS[palette_format](palette)
