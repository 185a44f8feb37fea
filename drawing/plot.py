"""Plots as SVG in the page's own colours, light and dark, and as PNG files."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

# Each stands for a variable of the page's style sheet, which has another value in dark mode.
INK: Final = "#22252b"
FAINT: Final = "#d5d8de"
ACCENT: Final = "#1d5fae"
SECOND: Final = "#b8501a"
SERIES: Final = (ACCENT, SECOND, "#2d7f5e", "#7a4fa3", "#8a6d00", "#a83264", "#3f7d91", "#5c6370")
_VARIABLES: Final = {
    INK: "--ink",
    FAINT: "--faint",
    **{color: f"--series-{number}" for number, color in enumerate(SERIES, 1)},
}
_STYLE: Final[Any] = {
    "font.family": "sans-serif",
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",
    # Element ids must not be random, or the same figure would give other bytes.
    "svg.hashsalt": "lienzo",
}
_DPI: Final = 120


@dataclass(frozen=True)
class Plot:
    """One drawing.

    Attributes:
        name: Name of its PNG file, without the ending.
        alt: Text that replaces it for readers who cannot see it.
        draw_svg: Draws an SVG element for the page, with text as text and the page's colours.
        draw_png: Draws the same as a PNG file, dark on white.
    """

    name: str
    alt: str
    draw_svg: Callable[[], str]
    draw_png: Callable[[], bytes]

    @cached_property
    def svg(self) -> str:
        """The drawing for the page; drawn when it is first asked for."""
        return self.draw_svg()

    @cached_property
    def png(self) -> bytes:
        """The same drawing as a PNG file; drawn when it is first asked for."""
        return self.draw_png()


def new_figure(width: float, height: float) -> Figure:
    """Makes an empty figure in the report's style; width and height are in inches."""
    with matplotlib.rc_context(_STYLE):
        return Figure(figsize=(width, height), layout="constrained")


def add_axes(figure: Figure, place: Any = 111) -> Axes:
    """Adds a pair of axes to a figure, in the report's style.

    Args:
        figure: The figure.
        place: A part of a grid of the figure; all of it by default.
    """
    with matplotlib.rc_context(_STYLE):
        axes = figure.add_subplot(place)
        axes.grid(True)
        axes.tick_params(length=0)
    return axes


def new_axes(width: float = 5.2, height: float = 3.4) -> tuple[Figure, Axes]:
    """Makes a figure with one pair of axes in the report's style; width and height are in inches."""
    figure = new_figure(width, height)
    return figure, add_axes(figure)


def finished(figure: Figure, name: str, alt: str) -> Plot:
    """Turns a figure into a plot; the same figure gives the same bytes.

    Args:
        figure: The figure; it must not be changed any more.
        name: Name of its PNG file, without the ending.
        alt: Text that replaces it for readers who cannot see it.
    """
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # A label may have a dollar in its name.
    return Plot(name, alt, partial(_svg, figure, name, alt), partial(_png, figure))


def _svg(figure: Figure, name: str, alt: str) -> str:
    svg = io.BytesIO()
    with _laid_out(figure):
        FigureCanvasSVG(figure)
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(svg, format="svg", transparent=True, metadata=nothing)
    return _for_page(svg.getvalue().decode(), name, alt)


def _png(figure: Figure) -> bytes:
    png = io.BytesIO()
    with _laid_out(figure):
        FigureCanvasAgg(figure)
        figure.savefig(png, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return png.getvalue()


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Lays a figure out, once for all of its files, and applies the style while one of them is drawn."""
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # The page uses the reader's fonts; a PNG shows a box for a letter that its font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        layout = figure.get_layout_engine()
        if layout is not None:
            FigureCanvasAgg(figure)
            layout.execute(figure)
            figure.set_layout_engine(None)  # "none" leaves one in place that has each file drawn twice
        yield


def _for_page(svg: str, name: str, alt: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Several drawings share a page: ids are prefixed by the plot's name.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    for color, variable in _VARIABLES.items():
        # Outside the page, in a file of its own, the colour itself is taken.
        svg = svg.replace(color, f"var({variable}, {color})")
    view = re.search(r'viewBox="[^"]*"', svg)
    opening = (
        f'<svg role="img" aria-label="{_escaped(alt)}" {view.group() if view else ""} '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return opening + svg[svg.index(">") + 1 :].strip()


def _escaped(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text
