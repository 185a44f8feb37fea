"""The Spanish names of colours: one for each that a server may send, the same in page and app."""

from __future__ import annotations

import re
from pathlib import Path

from lienzo_client.app.words import load_words
from vision.colors.naming import css_names

SCRIPT = Path(__file__).resolve().parents[2] / "services" / "gateway" / "web" / "colors.js"


def test_every_colour_of_css_has_a_spanish_name() -> None:
    assert set(load_words("es").colors) == set(css_names().names)


def test_page_and_app_name_colours_alike() -> None:
    in_page = dict(re.findall(r'^  (\w+): "(.+)",$', SCRIPT.read_text(encoding="utf-8"), re.MULTILINE))
    assert in_page == load_words("es").colors
