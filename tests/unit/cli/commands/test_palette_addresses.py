"""`lienzo palette` on pictures in a bucket, read on this machine by the person's own means."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.object_store import ObjectStore
from tests.support.web_server import WebServer

RED, GREEN = (200, 30, 40), (40, 150, 60)

ROOT = Path(__file__).resolve().parents[4]


def drawn(*colors: tuple[int, int, int]) -> bytes:
    row = np.repeat(np.array([colors], np.uint8), 30, axis=1)
    file = io.BytesIO()
    Image.fromarray(row.repeat(40, axis=0)).save(file, "png")
    return file.getvalue()


@pytest.fixture(scope="module")
def prefix(store: ObjectStore) -> str:
    """A prefix with a red and a green picture, and something else."""
    for name, data in {"a.png": drawn(RED), "deep/b": drawn(GREEN), "c": b"text", "d.csv": b"x"}.items():
        store.put(f"cli/{name}", data)
    return "s3://museum/cli/"


def test_reads_a_picture_in_a_bucket(lienzo: Any, prefix: str) -> None:
    ran = lienzo("palette", f"{prefix}a.png")
    assert (ran.status, ran.err) == (0, "")
    assert "#c81e28 100 %" in ran.out


def test_reads_a_picture_on_the_web(lienzo: Any, web: WebServer) -> None:
    ran = lienzo("palette", web.put("/open/red.png", drawn(RED)), "--format", "css")
    assert (ran.status, ran.err) == (0, "")
    assert "--palette-1: #c81e28;" in ran.out


def test_a_prefix_has_one_palette(lienzo: Any, prefix: str) -> None:
    facts = json.loads(lienzo("palette", prefix, "--json").out)
    assert {color["hex"]: color["share"] for color in facts["colors"]} == {"#c81e28": 0.5, "#28963c": 0.5}
    assert [each["picture"] for each in facts["pictures"]] == [f"{prefix}a.png", f"{prefix}deep/b"]
    assert facts["failures"] == []


def test_a_bucket_alone_is_a_folder(lienzo: Any, store: ObjectStore) -> None:
    bucket = store.bucket("private-view", {"a.png": drawn(RED), "deep/b.png": drawn(GREEN)})
    facts = json.loads(lienzo("palette", bucket, "--json").out)
    assert [each["picture"] for each in facts["pictures"]] == [f"{bucket}/a.png", f"{bucket}/deep/b.png"]
    ran = lienzo("classify", bucket)
    assert (ran.status, ran.err) == (2, f"{bucket} is a folder of a bucket, which needs --stream.\n")


def test_ranks_pictures_of_a_prefix_by_a_colour(lienzo: Any, prefix: str) -> None:
    first, second = lienzo("palette", prefix, "--like", "rgb(40 150 60)").out.splitlines()
    assert first.endswith("deep/b")
    assert first.startswith("100 %")
    assert second.startswith("  0 %")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://museum/cli/none.png", "s3://museum/cli/none.png: nothing is there.\n"),
        ("s3://museum/nothing/", "s3://museum/nothing/: nothing is there.\n"),
        ("s3://museum/cli/c", "s3://museum/cli/c: not a picture (text/plain). "),
        ("s3://vault/secret.jpg", "s3://vault/secret.jpg may not be read: the store refuses the credentials"),
        ("ftp://museum/a.jpg", "ftp://museum/a.jpg is not the address of a picture: expected one of s3://"),
        ("https://localhost:1/a.jpg", "https://localhost:1/a.jpg cannot be read now: localhost: "),
    ],
)
def test_says_in_one_line_what_is_wrong(lienzo: Any, prefix: str, address: str, message: str) -> None:
    ran = lienzo("palette", address)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(message)
    assert ran.err.count("\n") == 1


def test_names_the_extra_that_is_missing(lienzo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ocifs", None)
    ran = lienzo("palette", "oci://art@museum/a.jpg")
    assert ran.status == 2
    assert ran.err == (
        "oci://art@museum/a.jpg: oci:// needs a library that is not installed: "
        f"pip install -e '{ROOT}[oci]'.\n"
    )


def test_compares_palettes(lienzo: Any, prefix: str, tmp_path: Path) -> None:
    picture = tmp_path / "red.png"
    picture.write_bytes(drawn(RED))
    (line,) = lienzo("palette", str(picture), "--compare", f"{prefix}a.png").out.splitlines()
    assert line.endswith(f"ΔE 0.0 from {prefix}a.png")
    facts = json.loads(lienzo("palette", str(picture), "--compare", prefix, "--json").out)
    assert facts["compared"]["picture"] == prefix
    assert 20 < facts["compared"]["distance"] < 60
    ran = lienzo("palette", str(picture), "--compare", "none.png")
    assert (ran.status, ran.err) == (2, "none.png: no such file or folder.\n")


def test_averages_in_the_space_that_is_asked_for(lienzo: Any, tmp_path: Path) -> None:
    picture = tmp_path / "two.png"
    picture.write_bytes(drawn((255, 0, 0), (0, 0, 255)))

    def middle(space: str) -> str:
        ran = lienzo("palette", str(picture), "--colors", "1", "--space", space, "--json")
        return str(json.loads(ran.out)["colors"][0]["hex"])

    assert middle("rgb") == "#800080"
    assert len({middle("oklab"), middle("lab"), middle("rgb")}) == 3
    assert lienzo("palette", str(picture), "--space", "hsv").status == 2
