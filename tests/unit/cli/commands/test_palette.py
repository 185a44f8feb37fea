"""`lienzo palette` on pictures drawn here."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vision.swatches.formats import BINARY, WRITERS

RED, GREEN, BLUE = (200, 30, 40), (40, 150, 60), (30, 50, 190)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    root.mkdir()
    for name, colors in {"a": (RED, RED, GREEN), "b": (BLUE,)}.items():
        row = np.repeat(np.array([colors], np.uint8), 30, axis=1)
        Image.fromarray(row.repeat(40, axis=0)).save(root / f"{name}.png")
    return root


def test_tells_colours_and_shares_in_one_line(lienzo: Any, folder: Path) -> None:
    ran = lienzo("palette", str(folder / "a.png"), "--colors", "5")
    assert (ran.status, ran.err) == (0, f"{folder / 'a.png'}: 2 of 5 colours: it has no more.\n")
    (line,) = ran.out.splitlines()
    assert line.startswith(str(folder / "a.png"))
    assert "██ #c81e28 67 %" in line
    assert "██ #28963c 33 %" in line


def test_one_picture_is_an_object_in_json(lienzo: Any, folder: Path) -> None:
    ran = lienzo("palette", str(folder / "a.png"), "--json")
    facts = json.loads(ran.out)
    assert [color["hex"] for color in facts["colors"]] == ["#c81e28", "#28963c"]
    assert facts["picture"] == str(folder / "a.png")
    assert sum(color["share"] for color in facts["colors"]) == pytest.approx(1)


def test_a_folder_has_one_palette_and_a_spread(lienzo: Any, folder: Path) -> None:
    facts = json.loads(lienzo("palette", str(folder), "--json").out)
    assert {color["hex"]: color["share"] for color in facts["colors"]} == pytest.approx(
        {"#1e32be": 0.5, "#c81e28": 1 / 3, "#28963c": 1 / 6}
    )
    assert [Path(one["picture"]).name for one in facts["pictures"]] == ["a.png", "b.png"]
    assert facts["pictures"][1]["shares"] == [1, 0, 0]
    lines = lienzo("palette", str(folder)).out.splitlines()
    assert len(lines) == 3
    assert "ΔE" in lines[1]


def test_one_bad_picture_spoils_nothing(lienzo: Any, folder: Path) -> None:
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:60])
    ran = lienzo("palette", str(folder), "--json")
    facts = json.loads(ran.out)
    assert (ran.status, len(facts["pictures"])) == (0, 2)
    assert facts["failures"][0]["error"]["kind"] == "TruncatedPicture"
    alone = lienzo("palette", str(folder / "a.png"), str(folder / "broken.png"))
    assert alone.status == 2
    assert len(alone.out.splitlines()) == 1
    assert alone.err == f"{folder / 'broken.png'}: truncated PNG: the file ends before the picture does.\n"


@pytest.mark.parametrize("palette_format", sorted(WRITERS.keys() - BINARY))
def test_writes_text_formats_to_standard_output(lienzo: Any, folder: Path, palette_format: str) -> None:
    ran = lienzo("palette", str(folder / "a.png"), "--format", palette_format)
    assert (ran.status, ran.err) == (0, "")
    assert "c81e28" in ran.out.lower() or "200  30  40" in ran.out


def test_writes_files_and_plots(lienzo: Any, folder: Path, tmp_path: Path) -> None:
    swatches, plot = tmp_path / "colors.ase", tmp_path / "plot.png"
    ran = lienzo(
        "palette", str(folder / "a.png"), "--format", "ase", "--output", str(swatches), "--plot", str(plot)
    )
    assert ran.status == 0
    assert swatches.read_bytes().startswith(b"ASEF")
    with Image.open(plot) as drawn:
        assert drawn.height == 28 + 360
    assert str(plot) in ran.err


def test_draws_histograms_of_pictures_and_folders(lienzo: Any, folder: Path, tmp_path: Path) -> None:
    for photo in (folder, folder / "a.png"):
        for ending in ("svg", "png"):
            histogram = tmp_path / f"histogram.{ending}"
            assert lienzo("palette", str(photo), "--histogram", str(histogram)).status == 0
    svg = (tmp_path / "histogram.svg").read_text()
    for label in ("red", "green", "blue", "value", "pixels", "lightness", "0", "255", str(folder / "a.png")):
        assert f">{label}</text>" in svg
    with Image.open(tmp_path / "histogram.png") as drawn:
        assert drawn.size == (1320, 888)
        # The red of two thirds of the picture, in the OKLab space.
        assert RED in {color for _, color in drawn.convert("RGB").getcolors(1_000_000)}


def test_draws_a_folder_with_its_pictures(lienzo: Any, folder: Path, tmp_path: Path) -> None:
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:60])
    assert lienzo("palette", str(folder), "--plot", str(tmp_path / "plot.svg")).status == 0
    assert (tmp_path / "plot.svg").read_text().count("<image ") == 2


def test_tells_what_colours_make_people_feel(lienzo: Any, folder: Path) -> None:
    lines = lienzo("palette", str(folder / "a.png"), "--feelings").out.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(
        r"  ██ #c81e28 warm: pleasure [+-]\d\.\d\d, arousal [+-]\d\.\d\d, dominance [+-]\d\.\d\d; [a-z, ]+",
        lines[1],
    )


def test_reads_a_picture_from_standard_input(
    lienzo: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Given:
        buffer = io.BytesIO((folder / "b.png").read_bytes())

    monkeypatch.setattr("sys.stdin", Given())
    ran = lienzo("palette", "-", "--json")
    assert [color["hex"] for color in json.loads(ran.out)["colors"]] == ["#1e32be"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{a}", "--colors", "300"), "a palette has 1 to 256 colours, not 300.\n"),
        (("{a}", "--colors", "0"), "--colors takes a number from 1 to 256 or auto, not 0.\n"),
        (("{a}", "--colors", "few"), "--colors takes a number from 1 to 256 or auto, not few.\n"),
        (("{a}", "--plot", "plot.gif"), "--plot writes .svg or .png, not plot.gif.\n"),
        (
            ("{a}", "{a}", "--format", "css"),
            "Files are written for one picture or folder; 2 were given.\n",
        ),
        (("{a}", "--histogram", "h.gif"), "--histogram writes .svg or .png, not h.gif.\n"),
        (("missing.jpg",), "missing.jpg: no such file or folder.\n"),
    ],
)
def test_says_what_is_wrong(lienzo: Any, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    ran = lienzo("palette", *(argument.format(a=folder / "a.png") for argument in arguments))
    assert (ran.status, ran.out, ran.err) == (2, "", message)


def test_ranks_pictures_by_a_colour(lienzo: Any, folder: Path) -> None:
    ranked = json.loads(lienzo("palette", str(folder), "--like", "rgb(200 30 40)", "--json").out)
    assert [(Path(one["picture"]).name, round(one["share"], 2)) for one in ranked] == [
        ("a.png", 0.67),
        ("b.png", 0.0),
    ]
    first, second = lienzo("palette", str(folder), "--like", "mediumblue").out.splitlines()
    assert first.endswith("b.png")
    assert second.startswith("  0 %")
    ran = lienzo("palette", str(folder), "--like", "blurple")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith('"blurple" is not a colour.')


def test_an_unknown_format_names_the_known_ones(lienzo: Any, folder: Path) -> None:
    ran = lienzo("palette", str(folder / "a.png"), "--format", "bmp")
    assert ran.status == 2
    assert ran.err.startswith('no palette format "bmp". There are: json, css')
