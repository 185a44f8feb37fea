"""The page of `lienzo explain`: what it draws, where, and that files and page say the same."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from bundle import layout
from explanation.answer import labels_part
from explanation.errors import NoSuchKeypoint
from explanation.explain import Explanation, explain_answer, explain_picture
from explanation.keypoints import keypoint_part
from explanation.page import PAGE, explanation_files, page_of
from explanation.pixels import picture_part, pixels_part
from explanation.recognizer import classifier_file, open_recognizer
from explanation.similar import similar_part, similar_pictures
from explanation.stages import read_interior
from explanation.structure import space_of, structure_part
from explanation.words import find_words, words_part
from tests.support.pictures import draw, jpeg
from tests.support.vector_model import write_vector_model
from vision.extractors import create_extractor
from vision.picture import decode

BOVW = '{"name": "bovw", "words": 20, "weighting": "l1"}'
KNN = '{"name": "knn", "neighbors": 4}'
WITHOUT_MODEL = ["picture", "pixels", "structure", "scales", "cells", "keypoints", "keypoint"]


@pytest.fixture(scope="module")
def answered(fitted: Any, photo: bytes) -> Explanation:
    return explain_answer(photo, "photo.jpg", fitted(BOVW, KNN).recognizer)


@pytest.fixture(scope="module")
def page(answered: Explanation) -> str:
    return page_of(answered)


def part(explanation: Explanation, name: str) -> Any:
    return next(each for each in explanation.parts if each.name == name)


def drawing(explanation: Explanation, name: str) -> Any:
    return next(d for each in explanation.parts for d in each.drawings if d.name == name)


def pixels_of(png: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def test_without_a_model_the_parts_that_need_none_are_shown(photo: bytes) -> None:
    explanation = explain_picture(photo, "photo.jpg", create_extractor("rootsift", {}))
    assert [each.name for each in explanation.parts] == WITHOUT_MODEL
    assert explanation.verdict is None
    assert "With one, --model NAME" in page_of(explanation)


def test_with_a_model_its_stages_follow(answered: Explanation) -> None:
    names = [each.name for each in answered.parts]
    assert names == [*WITHOUT_MODEL, "words", "vector", "labels", "votes", "support"]


def test_the_page_needs_nothing_beside_it_and_shows_every_drawing(answered: Explanation, page: str) -> None:
    drawings = [each for part in answered.parts for each in part.drawings]
    assert page.count("<figure") == len(drawings)
    assert page.count("<img ") == sum(not each.svg for each in drawings)
    assert set(re.findall(r'src="(data:image/\w+);', page)) == {"data:image/jpeg", "data:image/png"}
    assert not re.search(r'(src|href)="http', page)
    assert len(re.findall(r'id="', page)) == len(set(re.findall(r'id="([^"]+)"', page)))
    assert len(page) < 3_000_000


def test_the_files_are_the_page_and_each_part(answered: Explanation, page: str) -> None:
    files = explanation_files(answered)
    assert files[PAGE].decode() == page
    assert {f"{each.name}.json" for each in answered.parts} <= files.keys()
    whole = json.loads(files["explanation.json"])
    assert whole["answer"] == "circles"
    assert whole["parts"]["words"] == json.loads(files["words.json"])
    for each in (each for part in answered.parts for each in part.drawings):
        assert pixels_of(files[f"{each.name}.png"]) is not None
        assert (f"{each.name}.svg" in files) == bool(each.svg)
    # A drawing of its own has its colours without the page's style sheet.
    assert b"var(--ink, #22252b)" in files["vector.svg"]


def test_the_picture_is_upright(fitted: Any) -> None:
    """A photo taken sideways: its header says that the right side is the top."""
    picture = np.zeros((120, 200, 3), np.uint8)
    picture[:, 150:] = (0, 0, 255)
    image = Image.fromarray(picture[..., ::-1])
    exif = Image.Exif()
    exif[0x0112] = 8
    file = io.BytesIO()
    image.save(file, "jpeg", exif=exif)
    found = picture_part(decode(file.getvalue()), "turned")
    shown = pixels_of(found.drawings[0].png)
    assert shown.shape[0] > shown.shape[1]
    assert shown[20, 100, 2] > 200
    assert shown[-20, 100, 2] < 50
    assert found.facts["width_px"] == 120


def test_a_small_picture_is_shown_pixel_by_pixel() -> None:
    gray = np.arange(16 * 20, dtype=np.uint16).reshape(16, 20) * 255 // 319
    data = cv2.imencode(".png", gray.astype(np.uint8))[1].tobytes()
    found = pixels_part(decode(data))
    *_, grid, ones = found.drawings
    svg = grid.svg
    numbers = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>(\d+)</text>', svg)
    assert [int(value) for _, _, value in numbers] == gray.ravel().tolist()
    assert numbers[0][:2] == ("13", "17")
    assert numbers[-1][:2] == (f"{19.5 * 26:g}", f"{15.5 * 26 + 4:g}")
    light = gray > found.facts["otsu_threshold"]
    assert re.findall(r">(\d+)</text>", ones.svg) == list(map(str, light.astype(int).ravel().tolist()))
    assert pixels_of(grid.png).shape == (16 * 26, 20 * 26, 3)


def test_a_large_picture_has_no_grid(answered: Explanation) -> None:
    assert "grid" not in [each.name for each in part(answered, "pixels").drawings]


def test_the_counts_in_the_captions_are_those_of_the_facts(answered: Explanation) -> None:
    structure = part(answered, "structure")
    captions = [each.caption for each in structure.drawings]
    assert f"Corners (Shi–Tomasi): {len(structure.facts['corners'])}" in captions
    assert f"Blobs (differences of Gaussians): {len(structure.facts['blobs'])}" in captions
    keypoints = part(answered, "keypoints")
    count = keypoints.facts["count"]
    assert f"{count} keypoints of rootsift" in keypoints.drawings[0].caption
    assert len(part(answered, "words").facts["descriptors"]) == count


def test_blobs_lie_on_the_discs() -> None:
    picture = np.full((240, 320, 3), 40, np.uint8)
    places = [(80, 60, 9), (220, 70, 14), (150, 180, 20)]
    for x, y, radius in places:
        cv2.circle(picture, (x, y), radius, (230, 230, 230), -1, cv2.LINE_AA)
    blobs = structure_part(picture, space_of(picture)).facts["blobs"]
    for x, y, radius in places:
        nearest = min(blobs, key=lambda each: (each["x"] - x) ** 2 + (each["y"] - y) ** 2)
        assert abs(nearest["x"] - x) <= 4
        assert abs(nearest["y"] - y) <= 4
        assert nearest["radius"] == pytest.approx(radius, rel=0.35)


def test_one_keypoint_can_be_chosen(photo: bytes) -> None:
    pixels = decode(photo).pixels
    found = create_extractor("rootsift", {}).extract(pixels)
    shown = keypoint_part(pixels, found, 3, "uint8")
    assert shown.facts["descriptor"] == found.descriptors[3].tolist()
    assert shown.drawings[-1].caption == "Its descriptor: 128 bins; orange lines divide rows of cells"
    with pytest.raises(NoSuchKeypoint, match=f"keypoint 4000: there are only 0 to {len(found) - 1}"):
        keypoint_part(pixels, found, 4000, "uint8")


def test_bits_of_a_binary_descriptor_are_drawn(photo: bytes) -> None:
    pixels = decode(photo).pixels
    shown = keypoint_part(pixels, create_extractor("orb", {}).extract(pixels), None, "binary")
    assert shown.drawings[-1].caption == "Its descriptor: 256 bits"
    assert "one_cells" not in [each.name for each in shown.drawings]


def test_a_bundle_without_the_label_s_mean_says_so(answered: Explanation) -> None:
    words = part(answered, "words")
    assert words.facts["mean"] is None
    assert "does not have the mean histogram of circles" in " ".join(words.words)
    assert "mean of" not in drawing(answered, "word_histogram").svg


def test_the_histogram_of_words_stands_beside_its_label_s_mean(fitted: Any, photo: bytes) -> None:
    model = fitted(BOVW, KNN)
    folder, means = model.recognizer.folder, [[0.05] * 20, [0.0] * 20, [0.1] * 10 + [0.0] * 10]
    (folder / "report").mkdir(exist_ok=True)
    (folder / layout.WORDS).write_text(json.dumps({"means": means}))
    files = {**model.recognizer.manifest.files, layout.WORDS: "0" * 64}
    recognizer = replace(
        model.recognizer, manifest=model.recognizer.manifest.model_copy(update={"files": files})
    )
    seen, interior = recognizer.look(photo), read_interior(classifier_file(recognizer))
    words = find_words(recognizer, seen.features, interior.codebook)
    found = words_part(seen.picture.pixels, seen.features, words, 0, recognizer.manifest.labels)
    assert (found.facts["mean"], found.facts["mean_source"]) == (means[0], "training")
    shared = np.minimum(found.facts["shares"], 0.05).sum()
    assert found.facts["nearest_labels"][0]["label"] == "circles"
    assert found.facts["nearest_labels"][0]["shared"] == pytest.approx(shared, abs=1e-3)
    assert ">mean of circles</text>" in found.drawings[1].svg


def test_without_the_mean_the_exemplars_stand_in(verifying: Any, fitted: Any) -> None:
    _, write = verifying
    recognizer = open_recognizer(write("exemplars"))
    codebook = read_interior(classifier_file(fitted(BOVW, KNN).recognizer)).codebook
    exemplar = recognizer.verifier.exemplars.all[1].features  # type: ignore[union-attr]
    words = find_words(recognizer, exemplar, codebook)
    assert (words.source, words.means[1].tolist()) == ("exemplars", words.shares.tolist())  # type: ignore[index]


def test_the_vector_of_shares_is_the_histogram(answered: Explanation) -> None:
    shares = part(answered, "words").facts["shares"]
    assert part(answered, "vector").facts["values"] == pytest.approx(shares, abs=1e-5)
    assert sum(shares) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("classifier", "score"),
    [
        ("linear_svm", "its margin, above 0 on the label's side of the boundary"),
        ("naive_bayes", "how dense the label's pictures are there, the logarithm as a mean over the vector"),
        ("decision_tree", "its own probability"),
    ],
)
def test_what_a_score_is_depends_on_the_classifier(
    fitted: Any, photo: bytes, classifier: str, score: str
) -> None:
    recognizer = fitted(BOVW, json.dumps({"name": classifier})).recognizer
    stages = read_interior(classifier_file(recognizer)).stages(recognizer.look(photo).rows)
    found = recognizer.classifier.recognize(recognizer.look(photo).rows, 0.5, 3)
    said = labels_part(found, stages, recognizer).words
    assert said[1] == f"The score is what the classifier {classifier} says before calibration: {score}."


def test_every_label_has_its_bar_and_the_threshold_its_line(answered: Explanation) -> None:
    labels = part(answered, "labels")
    values = [each["probability"] for each in labels.facts["labels"]]
    assert values == sorted(values, reverse=True)
    assert [row[0] for row in labels.rows[1:]] == [each["label"] for each in labels.facts["labels"]]
    svg = drawing(answered, "probabilities").svg
    assert all(f">{label}</text>" in svg for label in ("circles", "grid", "strokes"))
    assert ">threshold 50.0 %</text>" in svg


def test_neighbours_are_listed(answered: Explanation) -> None:
    votes = part(answered, "votes")
    assert "The 4 training pictures with the nearest vectors vote." in votes.words
    assert len(votes.rows) == 5
    shares = [each["label"] for each in votes.facts["neighbours"]]
    assert shares.count("circles") >= 2


def test_similar_pictures_of_a_folder_are_shown_with_their_matches(
    fitted: Any, photo: bytes, tmp_path: Path
) -> None:
    for label in ("circles", "grid"):
        (tmp_path / label).mkdir()
        for number in range(4):
            (tmp_path / label / f"{number}.jpg").write_bytes(jpeg(draw(label, number)))
    turned = cv2.rotate(cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR), cv2.ROTATE_180)
    (tmp_path / "circles" / "turned.jpg").write_bytes(jpeg(turned))
    (tmp_path / "circles" / "itself.jpg").write_bytes(photo)
    (tmp_path / "grid" / "broken.jpg").write_bytes(photo[:300])
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "unreadable.jpg").symlink_to("/proc/self/mem")
    recognizer = fitted(BOVW, KNN).recognizer
    seen, interior = recognizer.look(photo), read_interior(classifier_file(recognizer))
    nearest = similar_pictures(photo, seen, recognizer, interior, tmp_path)
    assert [nearest[0].path, nearest[0].label] == ["circles/turned.jpg", "circles"]
    assert [each.distance for each in nearest] == sorted(each.distance for each in nearest)
    assert not {"circles/itself.jpg", "grid/broken.jpg"} & {each.path for each in nearest}
    found = similar_part(seen, nearest, recognizer)
    assert found is not None
    assert [each.name for each in found.drawings][6:] == ["neighbour_1_matches", "neighbour_2_matches"]
    points = int(re.search(r"(\d+) points agree", found.drawings[6].caption)[1])  # type: ignore[index]
    assert points >= 20


def test_squares_and_words_speak_for_the_answer(answered: Explanation) -> None:
    support = part(answered, "support")
    grid = np.array(support.facts["grid"])
    assert (support.facts["for"], grid.shape) == ("circles", (6, 6))
    row, column = np.unravel_index(grid.argmax(), grid.shape)
    assert f"row {row + 1}, column {column + 1} of 6" in drawing(answered, "support").caption
    drawn = [each.name for each in support.drawings if each.name.startswith("support_word_")]
    by_word = support.facts["words"]
    assert all(name.rpartition("_")[2] in by_word for name in drawn)


def test_a_model_of_one_vector_is_explained_too(tmp_path: Any) -> None:
    """Squares are blurred in turn where there are no descriptors to leave out."""
    explanation = explain_answer(jpeg(draw("grid", 9)), "grid", open_recognizer(write_vector_model(tmp_path)))
    names = [each.name for each in explanation.parts]
    assert names == ["picture", "pixels", "structure", "scales", "cells", "vector", "labels", "support"]
    assert "with each square blurred" in part(explanation, "support").words[0]
    assert np.abs(np.array(part(explanation, "support").facts["grid"])).max() > 0
