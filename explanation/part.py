"""One part of an explanation: words and drawings for people, and the same facts as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from drawing.pictures import Pixels, jpeg_uri, png_file, png_uri
from drawing.plot import Plot


@dataclass(frozen=True)
class Drawing:
    """One drawing of a part.

    Attributes:
        name: Name of its files, without the ending.
        caption: What it shows, below it.
        alt: Text that replaces it for readers who cannot see it.
        draw_png: Draws it as a PNG file.
        draw_svg: Draws it for the page as SVG; None for pictures.
        uri: The picture for the page as a `data:` URI; empty for plots.
        kind: Style on the page: `wide` for one that scrolls, `sharp` for one whose pixels stay squares.
    """

    name: str
    caption: str
    alt: str
    draw_png: Callable[[], bytes]
    draw_svg: Callable[[], str] | None = None
    uri: str = ""
    kind: str = ""

    @cached_property
    def svg(self) -> str:
        """The drawing for the page as SVG, drawn when it is first asked for; empty for pictures."""
        return self.draw_svg() if self.draw_svg else ""

    @cached_property
    def png(self) -> bytes:
        """The drawing as a PNG file; drawn when it is first asked for."""
        return self.draw_png()


@dataclass(frozen=True)
class Part:
    """One part.

    Attributes:
        name: Its name in addresses and files.
        title: Its heading.
        words: Paragraphs in plain words.
        drawings: What it shows.
        facts: The same for machines, ready for JSON.
        rows: A table: headings, then rows; empty without.
    """

    name: str
    title: str
    words: tuple[str, ...]
    drawings: tuple[Drawing, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[tuple[str, ...], ...] = ()


def picture_drawing(name: str, pixels: Pixels, caption: str, alt: str = "", *, kind: str = "") -> Drawing:
    """Makes a drawing of a picture, RGB or grey; sharp ones lose nothing."""
    lossless = kind == "sharp" or pixels.ndim == 2
    uri = png_uri(png_file(pixels)) if lossless else jpeg_uri(pixels)
    return Drawing(name, caption, alt or caption, partial(png_file, pixels), uri=uri, kind=kind)


def plot_drawing(plot: Plot, caption: str, kind: str = "") -> Drawing:
    """Makes a drawing of a plot."""
    return Drawing(plot.name, caption, plot.alt, plot.draw_png, plot.draw_svg, kind=kind)
