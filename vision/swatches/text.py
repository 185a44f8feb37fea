"""Writes palettes as text: JSON, CSS, Tailwind, GIMP."""

from __future__ import annotations

import dataclasses
import json

from vision.palette import Palette


def to_facts(palette: Palette) -> dict[str, object]:
    """Converts a palette to a dictionary that is ready for JSON."""
    return {
        **dataclasses.asdict(palette),
        "dominant": palette.dominant.hex,
        "dominant_without_background": palette.dominant_without_background.hex,
    }


def to_json(palette: Palette) -> bytes:
    """Writes all facts about all colours as JSON."""
    return (json.dumps(to_facts(palette), ensure_ascii=False, indent=2) + "\n").encode()


def to_css(palette: Palette) -> bytes:
    """Writes CSS custom properties: every colour, a text colour for it, and the main colour."""
    lines = [":root {"]
    for number, color in enumerate(palette.colors, start=1):
        lines.append(f"  --palette-{number}: {color.hex}; /* {color.name}, {color.share:.1%} */")
        lines.append(f"  --palette-{number}-text: {color.text.hex};")
    lines.append(f"  --palette-dominant: var(--palette-{palette.dominant_without_background_index + 1});")
    return ("\n".join([*lines, "}"]) + "\n").encode()


def to_tailwind(palette: Palette) -> bytes:
    """Writes a theme for Tailwind CSS 4: `bg-palette-1` and so on become utilities."""
    colors = enumerate(palette.colors, start=1)
    lines = [f"  --color-palette-{number}: {color.hex};" for number, color in colors]
    return ("\n".join(["@theme {", *lines, "}"]) + "\n").encode()


def to_gpl(palette: Palette) -> bytes:
    """Writes a GIMP palette, which Inkscape, Krita and others read too."""
    lines = ["GIMP Palette", "Name: lienzo", f"Columns: {min(len(palette.colors), 16)}", "#"]
    for color in palette.colors:
        red, green, blue = color.rgb
        lines.append(f"{red:3d} {green:3d} {blue:3d}\t{color.name} {color.share:.1%}")
    return ("\n".join(lines) + "\n").encode()
