"""Every exported file is opened again by something that reads its format."""

from __future__ import annotations

import io
import json
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
import swatch
import tinycss2
from coloraide import Color
from PIL import Image
from PIL.GimpPaletteFile import GimpPaletteFile

from vision.errors import UnknownPaletteFormat
from vision.palette import Palette, picture_palette
from vision.picture import LayeredPicture, PictureInfo
from vision.swatches.drawing import plot_png, plot_svg
from vision.swatches.formats import BINARY, WRITERS, palette_file

COLORS = ((200, 30, 40), (40, 150, 60), (30, 50, 190), (250, 250, 250))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    row = np.repeat(np.array([COLORS], np.uint8), [40, 30, 20, 10], axis=1)
    return row.repeat(50, axis=0)


@pytest.fixture(scope="module")
def palette(pixels: np.ndarray) -> Palette:
    return picture_palette(LayeredPicture(pixels, None, PictureInfo("png", 100, 50)), 4)


def declarations(css: bytes) -> dict[str, str]:
    (rule,) = tinycss2.parse_stylesheet_bytes(css, skip_whitespace=True)[0]
    found = tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True, skip_comments=True)
    assert all(each.type == "declaration" for each in found)
    return {each.name: tinycss2.serialize(each.value).strip() for each in found}


def test_json_holds_every_fact(palette: Palette) -> None:
    facts = json.loads(palette_file(palette, "json"))
    assert [tuple(color["rgb"]) for color in facts["colors"]] == list(COLORS)
    assert facts["dominant"] == "#c81e28"
    assert facts["colors"][0]["feeling"]["words"] == ["passion", "energy", "love", "danger"]
    assert set(facts["colors"][0]) >= {
        "share",
        "hsl",
        "oklch",
        "lab",
        "css_name",
        "name",
        "text",
        "temperature",
    }


def test_css_is_read_by_a_css_parser(palette: Palette) -> None:
    found = declarations(palette_file(palette, "css"))
    assert [found[f"--palette-{n}"] for n in range(1, 5)] == [color.hex for color in palette.colors]
    assert found["--palette-4-text"] == "#000000"
    assert found["--palette-dominant"] == "var(--palette-1)"
    assert Color(found["--palette-1"]).to_string(hex=True) == "#c81e28"


def test_tailwind_is_read_by_a_css_parser(palette: Palette) -> None:
    found = declarations(palette_file(palette, "tailwind"))
    assert list(found) == [f"--color-palette-{n}" for n in range(1, 5)]


def test_gpl_is_read_by_pillow(palette: Palette) -> None:
    read, mode = GimpPaletteFile(io.BytesIO(palette_file(palette, "gpl"))).getpalette()
    assert mode == "RGB"
    assert [tuple(read[3 * n : 3 * n + 3]) for n in range(4)] == list(COLORS)


def test_ase_is_read_by_swatch(palette: Palette, tmp_path: object) -> None:
    file = f"{tmp_path}/palette.ase"
    with open(file, "wb") as stream:
        stream.write(palette_file(palette, "ase"))
    (group,) = swatch.parse(file)
    assert group["name"] == "lienzo"
    assert [each["name"] for each in group["swatches"]] == [color.name for color in palette.colors]
    values = [each["data"]["values"] for each in group["swatches"]]
    np.testing.assert_allclose(np.array(values) * 255, COLORS, atol=1e-3)
    assert {each["data"]["mode"] for each in group["swatches"]} == {"RGB"}


def test_android_is_read_by_an_xml_parser(palette: Palette) -> None:
    root = ElementTree.fromstring(palette_file(palette, "android").decode())
    assert root.tag == "resources"
    assert {color.get("name"): color.text for color in root} == {
        f"palette_{n}": color.hex.upper() for n, color in enumerate(palette.colors, 1)
    }


def test_ios_is_a_zip_file_with_an_asset_catalogue(palette: Palette) -> None:
    with zipfile.ZipFile(io.BytesIO(palette_file(palette, "ios"))) as archive:
        assert archive.testzip() is None
        contents = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert contents["Palette.xcassets/Contents.json"]["info"]["version"] == 1
    color = contents["Palette.xcassets/Palette2.colorset/Contents.json"]["colors"][0]["color"]
    assert color["color-space"] == "srgb"
    assert [round(float(color["components"][c]) * 255) for c in ("red", "green", "blue")] == list(COLORS[1])


def test_svg_strips_are_as_wide_as_the_shares(palette: Palette) -> None:
    root = ElementTree.fromstring(palette_file(palette, "svg").decode())
    rectangles = root.findall(f"{SVG}rect")
    assert [each.get("fill") for each in rectangles] == [color.hex for color in palette.colors]
    assert [float(each.get("width", "")) for each in rectangles] == [400, 300, 200, 100]


def test_png_strips_are_as_wide_as_the_shares(palette: Palette) -> None:
    image = Image.open(io.BytesIO(palette_file(palette, "png")))
    row = np.asarray(image)[5]
    assert [tuple(row[x].tolist()) for x in (5, 395, 405, 695, 705, 895, 905, 995)] == [
        color for color in COLORS for _ in range(2)
    ]


def test_the_plot_shows_picture_colours_main_and_second(palette: Palette, pixels: np.ndarray) -> None:
    image = np.asarray(Image.open(io.BytesIO(plot_png(palette, pixels))))
    assert image.shape == (28 + 360, 720 + 3 * (180 + 16), 3)
    np.testing.assert_allclose(image[33, 5], COLORS[0], atol=1)
    assert tuple(image[33, 740].tolist()) == COLORS[0]
    assert tuple(image[383, 740].tolist()) == COLORS[3]
    assert tuple(image[33, -5].tolist()) == COLORS[1]
    # An edge around each of the four panels, so that white is seen on white.
    for left, right in ((0, 719), (736, 915), (932, 1111), (1128, 1307)):
        assert (image[28, left : right + 1] == image[28, left]).all()
        assert (image[28:, [left, right]] == (0x8F, 0x95, 0x9E)).all()
    root = ElementTree.fromstring(plot_svg(palette, pixels).decode())
    assert len(root.findall(f"{SVG}image")) == 1
    rectangles = root.findall(f"{SVG}rect")
    assert [each.get("fill") == "none" for each in rectangles] == [False] * 6 + [True] * 4
    titles = [each.text for each in root.findall(f"{SVG}text") if each.get("text-anchor") is None]
    assert titles == ["Picture", "4 colours", "Main colour", "Second colour"]


def test_the_plot_of_a_folder_has_its_pictures_below(palette: Palette, pixels: np.ndarray) -> None:
    root = ElementTree.fromstring(plot_svg(palette, None, [pixels] * 6).decode())
    images = root.findall(f"{SVG}image")
    # Four fit beside each other below three panels.
    assert [(each.get("x"), each.get("y")) for each in images] == [
        *((f"{128 * column}", "404") for column in range(4)),
        ("0", "532"),
        ("128", "532"),
    ]
    assert Image.open(io.BytesIO(plot_png(palette, None, [pixels] * 6))).size == (572, 388 + 2 * 128)


def test_plots_do_without_a_picture_and_without_a_second_colour() -> None:
    flat = np.full((20, 20, 3), 90, np.uint8)
    palette = picture_palette(LayeredPicture(flat, None, PictureInfo("png", 20, 20)), 3)
    root = ElementTree.fromstring(plot_svg(palette, None).decode())
    assert root.findall(f"{SVG}image") == []
    assert len(root.findall(f"{SVG}rect")) == 4
    assert Image.open(io.BytesIO(plot_png(palette, None))).size == (376, 388)


@pytest.mark.parametrize("palette_format", list(WRITERS))
def test_every_format_has_a_test_above_that_reads_it(palette_format: str) -> None:
    assert [name for name in globals() if name.startswith(f"test_{palette_format}_")], (
        f"no test_{palette_format}_…: read the file with something else that knows the format"
    )


@pytest.mark.parametrize("palette_format", list(WRITERS))
def test_the_same_palette_gives_the_same_bytes(palette: Palette, palette_format: str) -> None:
    assert palette_file(palette, palette_format) == palette_file(palette, palette_format)


@pytest.mark.parametrize("palette_format", sorted(WRITERS.keys() - BINARY))
def test_formats_that_are_not_binary_are_text(palette: Palette, palette_format: str) -> None:
    assert palette_file(palette, palette_format).decode().isascii()


def test_an_unknown_format_is_refused_by_name(palette: Palette) -> None:
    with pytest.raises(UnknownPaletteFormat, match=r'"bmp".*json, css'):
        palette_file(palette, "bmp")
