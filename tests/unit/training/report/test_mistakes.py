"""What a report says of mistakes, labels, members of a vote and training scores."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from bundle import layout
from tests.unit.training.report.pages import Page, report
from training.classifiers.decision_tree import DecisionTreeSettings
from training.classifiers.linear_svm import LinearSvmSettings
from training.classifiers.vote import VoteSettings
from training.evaluation.answers import NOT_RECOGNIZED
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report.groups import group_answers
from training.report.labels import label_pages
from training.report.members import member_scores
from training.report.mistakes import gallery
from training.report.word_means import word_means
from training.verification.learning import LearntVerification
from vision.matching import Exemplars

pytestmark = pytest.mark.slow


VOTE = VoteSettings(members=(LinearSvmSettings(), DecisionTreeSettings()))


@pytest.fixture(scope="module")
def voting(model: TrainedModel) -> TrainedModel:
    """The model, as a vote."""
    return replace(model, candidate=replace(model.candidate, classifier=VOTE))


@pytest.fixture(scope="module")
def voting_page(voting: TrainedModel, image_set: ImageSet) -> Page:
    """The report of a vote that takes the first picture for another label, and is sure of the rest."""
    probabilities = np.full_like(voting.probabilities, 0.01)
    probabilities[np.arange(24), image_set.targets] = 0.97
    probabilities[0] = [0.04, 0.9, 0.03, 0.03]
    open_set = replace(voting.open_set, threshold=0.5)
    return Page(
        report(replace(voting, probabilities=probabilities, open_set=open_set), image_set)[layout.PAGE]
    )


def test_shows_a_mistake_beside_what_it_was_taken_for(voting_page: Page) -> None:
    text = voting_page.text
    assert "taken for chelsea 90 % Answered wrongly. astronaut/0.jpg chelsea/" in text
    assert "1 of 24 pictures wrong" in text
    assert "Right, but not recognised" not in text


def test_says_how_many_of_the_unsure_answers_have_a_right_group(
    model: TrainedModel, image_set: ImageSet, page: Page
) -> None:
    probabilities = np.full_like(model.probabilities, 0.01)
    probabilities[np.arange(24), image_set.targets] = 0.97
    # The first two are of astronaut, and the next of it, too; then one of coffee.
    probabilities[[0, 1, 2, 12]] = [
        [0.5, 0.02, 0.03, 0.45],
        [0.3, 0.2, 0.3, 0.2],
        [0.04, 0.5, 0.42, 0.04],
        [0.02, 0.5, 0.45, 0.03],
    ]
    parents = dict(zip(model.labels, ("flying", "resting", "resting", "flying"), strict=True))
    unsure = replace(
        model,
        probabilities=probabilities,
        open_set=replace(model.open_set, threshold=0.6),
        verification=None,
    )
    files = report(unsure, image_set, parents)
    assert json.loads(files[layout.METRICS])["groups"] == {"right": 2, "wrong": 1, "none": 1}
    told = "Of the held-out pictures that are not recognised 2 get a right group, 1 a wrong one and 1 none."
    assert told in Page(files[layout.PAGE]).text
    assert "group" not in page.text
    assert group_answers(unsure, image_set.targets, {}) is None


def test_each_label_has_its_pictures_mistakes_and_words(
    model: TrainedModel, image_set: ImageSet, page: Page
) -> None:
    means = word_means(model, image_set.targets)
    assert means is not None
    wrong = model.probabilities.copy()
    wrong[:2] = [[0.1, 0.7, 0.1, 0.1], [0.3, 0.3, 0.2, 0.2]]
    confusion = [list(row) for row in model.metrics.confusion]
    confusion[0][:2] = [5, 1]
    odd = replace(
        model,
        probabilities=wrong,
        open_set=replace(model.open_set, threshold=0.5),
        metrics=replace(model.metrics, confusion=tuple(map(tuple, confusion))),
        verification=None,
    )
    first, second, *_ = label_pages(odd, image_set, means)
    assert (first.label, first.count, len(first.pictures)) == (model.labels[0], 6, 6)
    outcomes = {each.path: each.outcome for each in first.pictures}
    assert next(iter(outcomes)) == image_set.pictures[0].path  # mistakes come first
    assert outcomes[image_set.pictures[0].path] == f"taken for {model.labels[1]}"
    assert outcomes[image_set.pictures[1].path] == "not recognised"
    assert first.taken_for[0] == (model.labels[1], 1)
    assert (model.labels[0], 1) in second.mistaken_for_it
    best = first.words[0]
    assert best.share == means[0].max() or best.share - best.elsewhere == pytest.approx(
        (means[0] - means[1:].mean(axis=0)).max()
    )
    assert len([each for each in page.all("details") if each.get("class") == "label"]) == 4
    assert "Visual words that tell it from the others" in page.text
    assert not re.search(r"[a-z)][.][A-Z]", page.text[page.text.index("Class by class") :].replace("PNG", ""))


def test_accuracy_on_training_pictures_stands_beside_that_on_held_out_ones(
    model: TrainedModel, page: Page
) -> None:
    assert all(each.accuracy <= each.taught <= 1 for each in model.standings)
    assert page.text.count(f"{model.standings[0].taught:.3f}") >= 1
    learning = next(
        each["aria-label"] or ""
        for each in page.all("svg")
        if (each.get("aria-label") or "").startswith("Accuracy against the number of training pictures")
    )
    assert re.search(r"; on these themselves \d", learning)


def test_members_of_a_vote_are_compared_with_it(
    model: TrainedModel, voting: TrainedModel, voting_page: Page, image_set: ImageSet
) -> None:
    assert member_scores(model, image_set.targets) == ()
    machine, tree, vote = member_scores(voting, image_set.targets)
    assert (machine.title, tree.title, vote.title) == (
        "linear svm",
        DecisionTreeSettings().title,
        "vote of 2",
    )
    assert (vote.agreement, vote.rescued, vote.spoilt) == (1, 0, 0)
    for each in (machine, tree):
        assert each.accuracy + (each.rescued - each.spoilt) / 24 == pytest.approx(vote.accuracy)
    assert "Votes of the members" in voting_page.text


def test_a_verified_picture_was_not_too_unsure_to_be_told(model: TrainedModel, image_set: ImageSet) -> None:
    strict = replace(model, open_set=replace(model.open_set, threshold=1.0))
    assert len(gallery(strict, image_set).doubts) > 1
    right = np.flatnonzero(model.probabilities.argmax(axis=1) == image_set.targets)
    labels = image_set.targets.copy()
    labels[right[-1]] = NOT_RECOGNIZED  # of all, its points alone agree with nothing
    learnt = LearntVerification(Exemplars((), "uint8"), 8, 0.25, 4, (), (), labels)
    text = Page(report(replace(strict, verification=learnt), image_set)[layout.PAGE]).text
    unsure = text[text.index("Right, but not recognised") : text.index("Confusion matrix")]
    assert unsure.count("second: ") == 1
    assert image_set.pictures[right[-1]].path in unsure


def test_a_mistake_that_points_put_right_is_told_rightly(model: TrainedModel, image_set: ImageSet) -> None:
    wrong = model.probabilities.copy()
    wrong[0] = [0.1, 0.7, 0.1, 0.1]  # an astronaut, taken for the cat
    strict = replace(model, probabilities=wrong, open_set=replace(model.open_set, threshold=1.0))
    learnt = LearntVerification(Exemplars((), "uint8"), 8, 0.25, 4, (), (), image_set.targets)
    [found] = [each for each in gallery(strict, image_set).mistakes if each.path == "astronaut/0.jpg"]
    assert (found.answer, found.refused) == ("chelsea", True)
    verifying = replace(strict, verification=learnt)
    [found] = [each for each in gallery(verifying, image_set).mistakes if each.path == "astronaut/0.jpg"]
    assert (found.answer, found.recognized_as, found.refused) == ("chelsea", "astronaut", False)
    [astronaut, *_] = label_pages(verifying, image_set, None)
    assert [each.outcome for each in astronaut.pictures] == [""] * 6
