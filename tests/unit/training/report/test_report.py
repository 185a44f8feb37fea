"""What a report says and draws."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from bundle import layout
from tests.unit.training.report.pages import Page, report
from training.graphs.encoders.bovw import build_bovw
from training.imagesets.imageset import ImageSet, read_image_set
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.report.curves import auroc
from training.report.tree import tree_plot
from training.report.words import codebook_of
from training.trainer import train
from vision.inference import open_session

pytestmark = pytest.mark.slow

BINARY = """
extractor = {name = "orb", max_side_px = 240}
encoders = [{name = "bovw", words = 16}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
"""
WHOLE = """
extractor = {name = "color_moments", side_px = 64}
encoders = [{name = "vector", scaling = "standard"}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
"""
ODD = ("<b>&amp;", "$x_^$", "北斎", "rocket")


def test_the_mean_histogram_of_words_of_each_class_is_a_file(
    files: Mapping[str, bytes], model: TrainedModel
) -> None:
    found = json.loads(files[layout.WORDS])
    assert (found["labels"], found["pictures"]) == (list(model.labels), [6, 6, 6, 6])
    means = np.array(found["means"])
    assert means.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-3)
    # Shares of hard assignment, as in a bag of words of shares over the same codebook.
    codebook = codebook_of(model.encoder)
    assert codebook is not None
    bag = open_session(build_bovw(codebook, "l1").SerializeToString())
    of_first = [bag.run(None, {"descriptors": model.descriptors.of(picture)})[0][0] for picture in range(6)]
    assert means[0] == pytest.approx(np.mean(of_first, axis=0), abs=2e-5)


def test_needs_nothing_beside_it(page: Page, files: Mapping[str, bytes]) -> None:
    assert not page.all("script")
    assert not page.all("link")
    assert all((each["src"] or "").startswith("data:image/jpeg;base64,") for each in page.all("img"))
    links = {each["href"] or "" for each in page.all("a")}
    inside = {each for each in links if each.startswith("#")}
    assert {f"{layout.REPORT}/{each}" for each in links - inside} == files.keys() - {layout.PAGE}
    assert {each[1:] for each in inside} == {f"label-{number}" for number in range(1, 5)}
    assert inside <= {f"#{each['id']}" for _, each in page.elements if "id" in each}
    assert b"url(http" not in files[layout.PAGE]
    assert len(files[layout.PAGE]) < 3_000_000


def test_can_be_read_without_seeing_it(page: Page) -> None:
    assert all(each["alt"] for each in page.all("img"))
    drawings = [each for each in page.all("svg") if each.get("role") == "img"]
    assert len(drawings) >= 6
    assert all(each["aria-label"] for each in drawings)
    assert all(each["scope"] in ("col", "row") for each in page.all("th"))
    ids = Counter(each["id"] for _, each in page.elements if "id" in each)
    assert set(ids.values()) == {1}


def test_says_the_figures_first(page: Page, model: TrainedModel) -> None:
    accuracy = f"{model.metrics.accuracy:.1%}".replace("%", " %").replace("100.0", "100")
    top = page.text[: page.text.index("Mistakes")]
    assert accuracy in top
    positions = [
        top.index(each) for each in ("right as it is", "right when photographed", "strangers refused")
    ]
    assert positions == sorted(positions)
    assert top.count("95 % interval") == 3
    assert re.search(r"\d ms per picture", top)


def test_plots_accuracy_against_words_for_each_classifier(files: Mapping[str, bytes], page: Page) -> None:
    [words] = [
        each
        for each in page.all("svg")
        if (each.get("aria-label") or "").startswith("Accuracy against the number of visual")
    ]
    assert "linear svm" in page.text
    assert "k-nearest" in page.text or "knn" in page.text
    assert files[f"{layout.REPORT}/words.png"].startswith(b"\x89PNG")
    assert words["viewbox"]


def test_shows_words_keypoints_and_all_plots(files: Mapping[str, bytes], page: Page) -> None:
    assert {
        f"{layout.REPORT}/{name}.png" for name in ("confusion", "open_set", "learning", "colors", "hues")
    } <= set(files)
    alts = [each["alt"] or "" for each in page.all("img")]
    assert sum("patches of visual word" in alt for alt in alts) >= 6
    assert sum("keypoints" in alt for alt in alts) == 4


def test_shows_the_photograph_that_a_picture_is_tested_with(page: Page) -> None:
    alts = [each["alt"] or "" for each in page.all("img")]
    [version] = [alt for alt in alts if alt.startswith("A version of a picture: ")]
    assert version.endswith(", to test with")


def test_draws_no_curve_through_two_points(odd_page: Page) -> None:
    """All probabilities are 0.97 there."""
    labels = [each.get("aria-label") or "" for each in odd_page.all("svg")]
    assert not any(label.startswith("Reliability diagram") for label in labels)
    assert "Nearly all answers have the same probability" in odd_page.text


def test_draws_a_small_decision_tree(model: TrainedModel) -> None:
    assert tree_plot(model) is None
    tree = DecisionTreeClassifier(random_state=0).fit(model.features[:12], [0] * 6 + [1] * 6)
    plot = tree_plot(replace(model, estimator=tree, labels=("astronaut", "chelsea")))
    assert plot is not None
    assert plot.alt == "Decision tree of 2 leaves and depth 1; 5 of its parts are drawn"
    assert "class = chelsea" in plot.svg


def test_has_what_is_needed_to_repeat_it(page: Page, image_set: ImageSet) -> None:
    assert image_set.fingerprint in page.text
    assert "lienzo train DIR --recipe small --name small --seed 0" in page.text
    assert "numpy 2.3" in page.text


def test_only_measured_times_differ_between_two_reports(
    model: TrainedModel, image_set: ImageSet, files: Mapping[str, bytes]
) -> None:
    again = report(model, image_set)
    timeless = [re.sub(rb"[\d.]+ ms", b"", each.pop(layout.PAGE)) for each in (dict(files), again)]
    assert timeless[0] == timeless[1]
    assert again == {path: content for path, content in files.items() if path != layout.PAGE}


def test_says_when_there_are_no_mistakes(odd_page: Page) -> None:
    assert "None: each of the 24 pictures" in odd_page.text
    assert "no of 24 pictures wrong" not in odd_page.text


def test_takes_any_name_for_a_label(odd_page: Page) -> None:
    assert all(each in odd_page.text for each in ODD)


def test_metrics_hold_the_findings_and_the_area_under_the_curve(
    files: Mapping[str, bytes], model: TrainedModel
) -> None:
    figures = json.loads(files[layout.METRICS])
    assert figures["accuracy"] == model.metrics.accuracy
    corrected = figures["accuracy_corrected"]
    assert corrected["candidates"] == len(model.compared) > 1
    assert f"corrected for being the best of {corrected['candidates']}: " in Page(files[layout.PAGE]).text
    assert figures["answered"]["independent"] <= figures["answered"]["count"]
    assert figures["auroc"] == auroc(model.open_set)
    assert figures["findings"] == []


def test_shows_squares_where_there_are_no_keypoints(image_folder: Path, tmp_path: Path) -> None:
    for label in ("coffee", "rocket"):
        (tmp_path / label).symlink_to(image_folder / label)
    image_set = read_image_set(tmp_path)
    trees = WHOLE.replace("linear_svm", "decision_tree")  # which cannot be unlike both of two classes
    model = train(image_set, parse_recipe(trees, "whole", "whole"), tmp_path / ".cache")
    files = report(model, image_set)
    page = Page(files[layout.PAGE])
    assert "80 drawn pictures alone, which are easier to refuse than others" in page.text
    assert "No class could be left out" in page.text
    assert "gets a picture stretched to a square of 64 pixels" in page.text
    assert sum((each["alt"] or "").endswith(" as a square") for each in page.all("img")) == 4
    assert not any("keypoints" in (each["alt"] or "") for each in page.all("img"))
    assert f"{layout.REPORT}/words.png" not in files


def test_learns_from_binary_descriptors_and_shows_what_their_words_look_like(
    image_set: ImageSet, tmp_path: Path
) -> None:
    model = train(image_set, parse_recipe(BINARY, "binary", "binary"), tmp_path)
    assert model.descriptors.binary
    assert model.metrics.accuracy >= 0.5
    page = Page(report(model, image_set)[layout.PAGE])
    assert sum("patches of visual word" in (each["alt"] or "") for each in page.all("img")) >= 6


def test_shows_time_and_size_of_each_candidate(odd_page: Page) -> None:
    assert odd_page.text.count("123 kB") == 4


def test_pictures_are_drawn_small(page: Page) -> None:
    for each in page.all("img"):
        data = base64.b64decode((each["src"] or "").partition(",")[2])
        assert max(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape) <= 480


def test_tells_what_verification_must_be_doubted_for(odd_page: Page) -> None:
    assert "unless 20 points of the photo agree with an exemplar of the best class" in odd_page.text
    assert "Without exemplars, and never verified: coffee" in odd_page.text
    assert "agreed with a label in 40 points" in odd_page.text
