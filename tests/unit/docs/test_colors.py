"""Colours and statuses that style sheets, drawings, page and app each write down are the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

from drawing import plot
from runtime.reasons.reason import HTTP_STATUS
from vision.swatches import drawing as swatches

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "services" / "gateway" / "web"


def variables(sheet: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The colours of a style sheet by name, light and dark, with six digits each."""
    light, dark = re.findall(r":root \{(.*?)\}", sheet.read_text("utf-8"), re.DOTALL)
    found = [re.findall(r"--([\w-]+): (#\w+);", each.replace("#fff;", "#ffffff;")) for each in (light, dark)]
    return dict(found[0]), dict(found[1])


def test_plots_have_the_colours_of_the_report() -> None:
    light, dark = variables(ROOT / "drawing" / "page.css")
    assert (light["ink"], light["faint"], light["accent"], light["warn"]) == (
        plot.INK,
        plot.FAINT,
        plot.ACCENT,
        plot.SECOND,
    )
    assert plot.INK == swatches.INK  # of palettes as pictures
    assert tuple(light[f"series-{number}"] for number in range(1, 9)) == plot.SERIES
    assert light.keys() == dark.keys()


def test_page_and_app_have_the_same_colours() -> None:
    light, dark = variables(WEB / "style.css")
    theme = (ROOT / "clients/python/lienzo_client/app/qml/Theme.qml").read_text("utf-8")
    app = re.findall(r'color (\w+): dark \? "(#\w+)" : "(#\w+)"', theme)
    names = {"accentInk": "on-accent"}
    assert {names.get(name, name): (bright, dim) for name, dim, bright in app} == {
        name: (light[name], dark[name]) for name in light
    }
    page = (WEB / "index.html").read_text("utf-8")
    assert re.findall(r'"theme-color" content="(#\w+)"', page) == [light["wall"], dark["wall"]]
    manifest = json.loads((WEB / "manifest.webmanifest").read_text("utf-8"))
    assert {manifest["background_color"], manifest["theme_color"]} == {light["wall"]}


def test_the_page_gives_a_part_of_an_answer_the_status_that_it_would_have_alone() -> None:
    script = (WEB / "api.js").read_text("utf-8").replace("[RESOURCE_EXHAUSTED]", "8")
    (table,) = re.findall(r"STATUSES = \{(.*?)\}", script)
    statuses = {code.value[0]: status for code, status in HTTP_STATUS.items()}
    written = {int(code): int(status) for code, status in re.findall(r"(\d+): (\d+)", table)}
    assert written == {code: statuses[code] for code in (2, 4, 8, 13, 14)}
