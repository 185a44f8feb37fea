"""The functions for notebooks: pictures of every kind in, arrays, dataclasses and figures out."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import lienzo_notebook as lz
from bundle import layout
from bundle.errors import InvalidModelName
from tests.support.pictures import LABELS, draw, jpeg
from training.recipe import parse_recipe

RECIPE = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "vlad", words = 8, components = 16}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
"""


def drawn(label: str, seed: int) -> NDArray[np.uint8]:
    return draw(label, seed)[..., ::-1].copy()


@pytest.fixture(scope="module")
def patterns() -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Five pictures of each pattern, and their labels."""
    labels = [label for label in LABELS for _ in range(5)]
    return [drawn(label, number) for number, label in enumerate(labels)], labels


def test_pictures_may_be_paths_bytes_arrays_and_pil(tmp_path: Path) -> None:
    pixels = drawn("grid", 1)
    data = cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()
    path = tmp_path / "grid.png"
    path.write_bytes(data)
    given: list[Any] = [path, str(path), data, pixels, Image.fromarray(pixels)]
    for each in given:
        assert (lz.read_picture(each) == pixels).all()
        assert lz.palette(each, 3) == lz.palette(path, 3)
    assert lz.read_picture(pixels, 100).shape == (75, 100, 3)


def test_a_pil_picture_is_taken_upright_and_on_white() -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    assert (lz.read_picture(image) == 255).all()
    turned = Image.new("RGB", (40, 20))
    exif = turned.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "jpeg", exif=exif)
    assert lz.read_picture(Image.open(file)).shape == (40, 20, 3)


@pytest.mark.parametrize("wrong", [3, np.zeros((4, 4, 3)), np.zeros((4, 4, 5), np.uint8)])
def test_what_is_not_a_picture_is_told(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"not a picture|an array of a picture is uint8"):
        lz.read_picture(wrong)


@pytest.mark.slow
def test_stages_work_in_a_pipeline_of_scikit_learn(patterns: Any) -> None:
    pictures, labels = patterns
    stages = make_pipeline(
        lz.DescriptorExtractor("rootsift", {"max_keypoints": 100}), lz.VisualWords(20), SVC()
    )
    fitted = stages.fit(pictures, labels)
    assert fitted.predict([drawn("circles", 70), drawn("strokes", 71)]).tolist() == ["circles", "strokes"]
    vectors = stages[:-1].transform(pictures)
    assert vectors.shape == (15, 20)
    assert vectors.sum(axis=1) == pytest.approx(np.ones(15), abs=1e-5)


@pytest.mark.slow
def test_the_classifier_is_one_of_scikit_learn(patterns: Any) -> None:
    pictures, labels = patterns
    classifier = clone(lz.PictureClassifier(words=8, classifier="logistic_regression"))
    assert cross_val_score(classifier, pictures, labels, cv=2).mean() >= 0.8
    fitted = classifier.fit(pictures, labels)
    assert fitted.classes_.tolist() == list(LABELS)
    assert fitted.decision_function(pictures[:2]).shape == (2, 3)


def test_one_vector_needs_no_encoder(patterns: Any) -> None:
    pictures, labels = patterns
    fitted = lz.PictureClassifier("color_moments", classifier="knn").fit(pictures, labels)
    assert fitted.encoder_ is None
    assert fitted.score(pictures, labels) > 0.5


def test_a_model_is_loaded_and_asked(place: Any) -> None:
    assert lz.models(place.models) == {"shapes": [1]}
    model = lz.load("shapes", place.models)
    found = model.predict(place.photo("grid"))
    assert (found.label, found.verified, found.outline) == ("grid", None, None)
    assert found.ranking[0] == ("grid", found.probability)
    assert found.threshold == model.threshold == 0.7
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    several = model.predict_all([place.photo("grid"), noise])
    assert several[0] == found
    probabilities = model.predict_proba([place.photo("grid"), noise])
    assert probabilities.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert lz.load(place.models / "shapes" / "1").name == "shapes 1"


def test_a_doubtful_answer_has_its_outline(tmp_path: Path) -> None:
    from tests.support.verified import CORNERS, write_photos, write_verifying_model

    photos = write_photos(tmp_path / "photos")
    model = lz.load(write_verifying_model(tmp_path / "models"))
    found = model.predict(photos.doubtful)
    assert (found.label, found.verified) == ("coffee", True)
    assert found.points is not None
    assert found.points >= 8
    assert np.abs(np.array(found.outline) - CORNERS).max() < 12


@pytest.mark.slow
def test_a_folder_is_trained_on_and_measured(
    image_folder: Path, new_cache: Callable[[], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(image_folder, tmp_path / "labelled")
    (folder / "labels.toml").write_text('[chelsea]\nname = "Chelsea, a cat"\n')
    images = lz.read_images(folder)
    recipe = parse_recipe(RECIPE, "small", "small")
    model = lz.train(images, "photos", recipe, repository=tmp_path, cache=new_cache())
    assert model.name == "photos 1"
    assert (tmp_path / "photos" / "1" / "report" / "index.html").is_file()
    assert "Chelsea, a cat" in (tmp_path / "photos" / "1" / layout.LABELS).read_text("utf-8")
    measured = lz.evaluate(model, images)
    assert measured.accuracy > 0.9
    assert measured.confusion.sum() == len(measured.pictures) == 24
    figure = lz.plot_confusion(measured)
    assert figure.axes[0].get_title() == f"{np.trace(measured.confusion)} of 24 pictures right"
    vector = model.encode(image_folder / images.pictures[0].path)
    assert vector is not None
    assert vector.shape == (8 * 16,)


def test_a_model_that_cannot_have_its_name_is_not_trained(tmp_path: Path) -> None:
    with pytest.raises(InvalidModelName, match="not a model name"):
        lz.train(tmp_path, "../art", repository=tmp_path / "models")
    assert list(tmp_path.iterdir()) == []


def test_figures_show_what_they_say(place: Any) -> None:
    photo = place.photo("grid")
    keypoints = lz.plot_keypoints(photo)
    assert (
        keypoints.axes[0].get_title()
        == f"{len(lz.extract(lz.read_picture(photo, 720)))} keypoints of rootsift"
    )  # type: ignore[arg-type]
    turned = np.rot90(lz.read_picture(photo)).copy()
    found = lz.match(photo, turned)
    assert found.points >= 20
    assert f"{found.points} points agree" in lz.plot_matches(photo, turned).axes[0].get_title()
    palette = lz.palette(photo, 4)
    bar = lz.plot_palette(palette, photo).axes[1]
    assert [patch.get_width() for patch in bar.patches] == pytest.approx([c.share for c in palette.colors])  # type: ignore[attr-defined]
    colors = lz.plot_colors(photo)
    assert isinstance(colors, Figure)
    assert len(colors.axes) == 5


@pytest.mark.slow
def test_an_explanation_is_shown_in_a_frame(place: Any, tmp_path: Path) -> None:
    explained = lz.explain(place.photo("grid"), lz.load("shapes", place.models))
    assert explained.why[0].startswith("grid has ")
    assert explained.facts["answer"] == "grid"
    assert explained._repr_html_().startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert (explained.save(tmp_path / "why") / "index.html").is_file()


def test_a_folder_has_one_palette(tmp_path: Path) -> None:
    for name, color in {"a": (200, 30, 40), "b": (30, 50, 190)}.items():
        Image.new("RGB", (40, 40), color).save(tmp_path / f"{name}.png")
    found = lz.folder_palette(tmp_path)
    assert {each.hex: each.share for each in found.palette.colors} == {"#c81e28": 0.5, "#1e32be": 0.5}
    assert len(found.spreads) == 2


def test_bytes_of_a_photo_are_explained_without_a_model() -> None:
    explained = lz.explain(jpeg(draw("circles", 3)), extractor="orb")
    assert explained.why == ()
    assert explained.facts["parts"]["keypoints"]["extractor"] == "orb"
