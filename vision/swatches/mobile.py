"""Writes palettes as resources of mobile apps."""

from __future__ import annotations

import io
import json
import zipfile
from xml.sax.saxutils import escape

from vision.colors.description import PaletteColor
from vision.palette import Palette

_INFO: dict[str, object] = {"author": "lienzo", "version": 1}
# The oldest date of a zip file; fixed, so that the same palette gives the same file.
_DATE = (1980, 1, 1, 0, 0, 0)


def to_android(palette: Palette) -> bytes:
    """Writes a colour resource file, `res/values/colors.xml`."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<resources>"]
    for number, color in enumerate(palette.colors, start=1):
        lines.append(f"    <!-- {escape(color.name)}, {color.share:.1%} -->")
        lines.append(f'    <color name="palette_{number}">{color.hex.upper()}</color>')
    return ("\n".join([*lines, "</resources>"]) + "\n").encode()


def to_ios(palette: Palette) -> bytes:
    """Writes a zip file with `Palette.xcassets` for Xcode: one colour set for each colour."""
    files: dict[str, dict[str, object]] = {"Contents.json": {"info": _INFO}}
    for number, color in enumerate(palette.colors, start=1):
        files[f"Palette{number}.colorset/Contents.json"] = _color_set(color)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(f"Palette.xcassets/{path}", _DATE)
            archive.writestr(entry, json.dumps(content, indent=2) + "\n")
    return file.getvalue()


def _color_set(color: PaletteColor) -> dict[str, object]:
    names = ("red", "green", "blue")
    components = {name: f"{value / 255:.6f}" for name, value in zip(names, color.rgb, strict=True)}
    value = {"color-space": "srgb", "components": {**components, "alpha": "1.000"}}
    return {"colors": [{"idiom": "universal", "color": value}], "info": _INFO}
