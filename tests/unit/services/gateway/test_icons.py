"""Icons of the page for devices that take no SVG."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from services.gateway.http.page import WEB


@pytest.mark.parametrize("side", [180, 512])
def test_icons_for_home_screens_are_square_and_opaque(side: int) -> None:
    with Image.open(WEB / f"icon-{side}.png") as icon:
        assert (icon.format, icon.size) == ("PNG", (side, side))
        assert not icon.has_transparency_data  # iOS fills transparency with black


def test_the_page_names_them() -> None:
    assert 'rel="apple-touch-icon" href="/web/icon-180.png"' in (WEB / "index.html").read_text("utf-8")
    icons = json.loads((WEB / "manifest.webmanifest").read_text("utf-8"))["icons"]
    assert all((WEB / Path(icon["src"]).name).is_file() for icon in icons)
