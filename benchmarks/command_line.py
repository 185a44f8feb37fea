"""What the command lines of benchmarks have in common, and how their figures are printed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

from runtime.configuration.processors import usable_processors


def new_parser(text: str | None, *, prints_json: bool = False) -> argparse.ArgumentParser:
    """Makes a parser that shows the docstring of a benchmark; `--json` where it prints both ways."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    if prints_json:
        parser.add_argument("--json", action="store_true", help="for machines")
    return parser


def image_set_parser(text: str | None, recipe: str = "", *, several: bool = False) -> argparse.ArgumentParser:
    """Makes the parser of a benchmark that trains on an image set; arguments as `add_image_set`."""
    parser = new_parser(text)
    add_image_set(parser, recipe, several=several)
    return parser


def add_image_set(parser: argparse.ArgumentParser, recipe: str = "", *, several: bool = False) -> None:
    """Adds what a benchmark asks for that trains on the pictures of a folder.

    Args:
        parser: To add to.
        recipe: What is trained where `--recipe` does not say it; empty: there is no such option.
        several: Whether `--recipe` may be given several times.
    """
    parser.add_argument("data", help="folder below ../shared/data, or any image set")
    parser.add_argument("--jobs", type=int, default=usable_processors())
    if several:
        parser.add_argument("--recipe", action="append", help="name or file; may be given several times")
    elif recipe:
        parser.add_argument("--recipe", default=recipe, help="name or file")


def print_figures(figures: Mapping[str, object], *, as_json: bool) -> None:
    """Prints figures by name, one a line, or as JSON."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28}{f'{value:10.2f}' if isinstance(value, float) else f'{value!s:>10}'}")
