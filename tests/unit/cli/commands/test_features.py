"""`lienzo features`: descriptors with keypoints, vectors and encoded vectors, in three kinds of files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.support.vector_model import write_vector_model
from vision.extractors import create_extractor
from vision.picture import decode


@pytest.fixture
def folder(place: Any, tmp_path: Path) -> Path:
    """Two pictures, of which one is larger than the extractor looks at, and one that is damaged."""
    folder = tmp_path / "photos"
    folder.mkdir()
    small = cv2.imread(place.photo("grid"))
    cv2.imwrite(str(folder / "a.png"), small)
    cv2.imwrite(str(folder / "b, large.png"), cv2.resize(small, (960, 720), interpolation=cv2.INTER_CUBIC))
    return folder


def expected(path: Path) -> Any:
    extractor = create_extractor("rootsift", {})
    picture = decode(path.read_bytes(), max_side_px=extractor.max_side_px)
    found = extractor.extract(picture.pixels)
    scale = picture.info.width_px / picture.pixels.shape[1]
    return found.descriptors, found.keypoints * np.array([scale, scale, scale, 1], np.float32)


def test_an_archive_has_descriptors_and_keypoints_of_each_picture(lienzo: Any, folder: Path) -> None:
    output = folder.parent / "features.npz"
    ran = lienzo("features", str(folder), "--output", str(output), "--json")
    facts = json.loads(ran.out)
    assert (ran.status, facts["pictures"], facts["dimension"], facts["failures"]) == (0, 2, 128, [])
    with np.load(output) as found:
        offsets = found["offsets"]
        assert found["names"].tolist() == [str(folder / "a.png"), str(folder / "b, large.png")]
        assert found["sizes"].tolist() == [[320, 240], [960, 720]]
        assert (found["descriptors"].dtype, len(found["descriptors"])) == (np.uint8, facts["rows"])
        for number, name in enumerate(found["names"]):
            descriptors, keypoints = expected(Path(name))
            rows = slice(offsets[number], offsets[number + 1])
            assert (found["descriptors"][rows] == descriptors).all()
            assert np.allclose(found["keypoints"][rows], keypoints)
        # In pixels of the original.
        assert found["keypoints"][offsets[1] :, 0].max() > 480
        assert json.loads(str(found["made_with"]))["parameters"]["max_keypoints"] == 500


def test_csv_and_parquet_say_the_same(lienzo: Any, folder: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for ending in ("csv", "parquet"):
        ran = lienzo(
            "features", str(folder), "--extractor", "orb", "--output", str(folder.parent / f"f.{ending}")
        )
        assert ran.status == 0
        assert "2 pictures, " in ran.out
        assert "of 32 bytes of bits (orb)" in ran.out
    with (folder.parent / "f.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    table = parquet.read_table(folder.parent / "f.parquet")
    assert rows[0][:6] == ["picture", "x", "y", "diameter", "angle", "d0"]
    assert [row[0] for row in rows[1:]] == table["picture"].to_pylist()
    assert str(folder / "b, large.png") in {row[0] for row in rows}
    assert [list(map(int, row[5:])) for row in rows[1:]] == table["descriptor"].to_pylist()
    assert [float(row[1]) for row in rows[1:]] == pytest.approx(table["x"].to_pylist(), rel=1e-4)


def test_one_vector_of_a_picture_is_one_row(lienzo: Any, folder: Path) -> None:
    output = folder.parent / "vectors.npz"
    ran = lienzo("features", str(folder / "a.png"), "--extractor", "hog", "--output", str(output))
    assert ran.status == 0
    assert "1 picture, one vector each of 1764 numbers (hog)" in ran.out
    with np.load(output) as found:
        assert found["vectors"].shape == (1, 1764)
        assert "descriptors" not in found


def test_with_a_model_the_encoded_vector_is_written(lienzo: Any, folder: Path) -> None:
    from explanation.recognizer import classifier_file, open_recognizer
    from explanation.stages import read_interior

    bundle = write_vector_model(folder.parent / "models")
    output = folder.parent / "encoded.npz"
    where = ("--models", str(bundle.parents[1]), "--output", str(output))
    assert lienzo("features", str(folder), "--model", "whole", *where).status == 0
    recognizer = open_recognizer(bundle)
    stages = read_interior(classifier_file(recognizer)).stages(
        recognizer.look((folder / "a.png").read_bytes()).rows
    )
    with np.load(output) as found:
        assert found["vectors"][0] == pytest.approx(stages.vector)


def test_a_model_without_an_encoded_vector_is_told(lienzo: Any, place: Any, tmp_path: Path) -> None:
    output = tmp_path / "f.npz"
    where = ("--models", str(place.models), "--output", str(output))
    ran = lienzo("features", place.photo("grid"), "--model", "shapes", *where)
    assert ran.status == 2
    assert "shapes 1 has no encoded vector" in ran.err
    assert not output.exists()


def test_a_damaged_picture_is_told_and_the_others_are_written(lienzo: Any, folder: Path) -> None:
    (folder / "c.jpg").write_bytes(cv2.imencode(".jpg", np.zeros((40, 40, 3), np.uint8))[1].tobytes()[:200])
    output = folder.parent / "features.csv"
    ran = lienzo("features", str(folder), "--output", str(output))
    assert ran.status == 2
    assert "2 pictures" in ran.out
    assert ran.err.startswith(f"{folder / 'c.jpg'}: truncated JPEG")
    assert output.read_text().count("c.jpg") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("PHOTO", "--output", "f.txt"), "f.txt: features are written as .npz, .parquet, .csv."),
        (("nowhere.jpg", "--output", "f.npz"), "nowhere.jpg: no such file or folder."),
        (("NOTES", "--output", "f.npz"), "not a picture (text/plain)"),
        (("PHOTO", "--extractor", "sitf", "--output", "f.npz"), 'no extractor "sitf"'),
    ],
)
def test_wrong_input_writes_nothing(
    lienzo: Any,
    place: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("no picture")
    stands_for = {"PHOTO": place.photo("grid"), "NOTES": "notes.txt"}
    ran = lienzo("features", *(stands_for.get(each, each) for each in arguments))
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert [each.name for each in tmp_path.iterdir() if each.name != "place"] == ["notes.txt"]


def test_descriptors_with_a_vector_beside_them_are_refused(lienzo: Any, folder: Path) -> None:
    output = folder.parent / "features.npz"
    both = "rootsift+color_moments"
    ran = lienzo("features", str(folder), "--extractor", both, "--output", str(output))
    assert ran.status == 2
    assert (
        f"{both} gives descriptors and a vector, which go into separate files: name one of them." in ran.err
    )
    assert not output.exists()
