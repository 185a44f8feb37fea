"""Plots are drawn when they are asked for, and whatever is asked for first."""

from __future__ import annotations

from typing import Any

from matplotlib.lines import Line2D

from drawing.plot import Plot, finished, new_axes


def drawn() -> Plot:
    figure, axes = new_axes(3.0, 2.0)
    axes.plot([0.0, 2.0, 1.0], label="$100 & more")
    axes.legend()
    return finished(figure, "line", "a line")


def test_the_files_of_a_plot_are_the_same_whichever_is_drawn_first() -> None:
    one, other = drawn(), drawn()
    svg, png = one.svg, one.png
    assert (other.png, other.svg) == (png, svg)
    assert "$100 &amp; more</text>" in svg
    assert png.startswith(b"\x89PNG")
    assert one.svg is svg


def test_each_file_of_a_plot_is_drawn_once() -> None:
    passes = []

    class Line(Line2D):
        def draw(self, renderer: Any) -> None:
            passes.append(type(renderer).__name__)
            super().draw(renderer)

    figure, axes = new_axes()
    axes.add_line(Line([0, 1], [0, 1]))
    plot = finished(figure, "line", "A line")
    assert plot.svg
    assert plot.png
    assert passes == ["MixedModeRenderer", "RendererAgg"]
