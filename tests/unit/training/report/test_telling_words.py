"""The words that tell a label from the others, as they look in its pictures."""

from __future__ import annotations

import base64
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.unit.training.report.pages import Page
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report.pictures import picture_pixels
from training.report.telling_words import telling_words
from training.report.word_means import word_means
from training.report.words import codebook_of
from vision.extractors import LocalFeatures
from vision.inspection.patches import keypoint_patch
from vision.inspection.words import nearest_words

pytestmark = pytest.mark.slow

SIDE_PX = 44


def patches_of(uri: str) -> list[np.ndarray]:
    """Takes a strip apart into its patches, RGB."""
    assert uri.startswith("data:image/jpeg;base64,")
    encoded = np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8)
    row = cv2.cvtColor(cv2.imdecode(encoded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert len(row) == SIDE_PX
    return [row[:, left : left + SIDE_PX] for left in range(0, row.shape[1], SIDE_PX + 2)]


def neighbourhoods(model: TrainedModel, image_set: ImageSet, picture: int, word: int) -> list[np.ndarray]:
    """Cuts out what lies around every keypoint of a picture that has a word, turned and scaled as it is."""
    extractor, codebook = model.recipe.create_extractor(), codebook_of(model.encoder)
    pixels = picture_pixels(image_set, picture, extractor.max_side_px)
    found = extractor.extract(pixels)
    assert isinstance(found, LocalFeatures)
    assert codebook is not None
    words = nearest_words(found.descriptors, codebook, binary=False)
    return [keypoint_patch(pixels, each, SIDE_PX) for each in found.keypoints[words == word]]


def distance(patch: np.ndarray, others: list[np.ndarray]) -> float:
    return min(float(np.abs(patch.astype(float) - each).mean()) for each in others)


def test_patches_are_cut_from_pictures_of_the_label_at_keypoints_of_the_word(
    model: TrainedModel, image_set: ImageSet
) -> None:
    means = word_means(model, image_set.targets)
    assert means is not None
    for label in (0, 3):
        word = telling_words(model, image_set, means, label)[0]
        patches = patches_of(word.strip)
        assert 1 <= len(patches) == word.patches <= 6
        own = [
            each
            for picture in np.flatnonzero(image_set.targets == label)
            for each in neighbourhoods(model, image_set, int(picture), word.number)
        ]
        # JPEG changes a little; another keypoint, or another angle of this one, changes much.
        assert max(distance(each, own) for each in patches) < 8
        assert min(distance(np.rot90(each), own) for each in patches) > 8


def test_the_page_shows_them_with_their_shares(model: TrainedModel, image_set: ImageSet, page: Page) -> None:
    means = word_means(model, image_set.targets)
    assert means is not None
    shown = {each["alt"]: each["src"] for each in page.all("img")}
    for index, label in enumerate(model.labels):
        words = telling_words(model, image_set, means, index)
        assert [each.share > each.elsewhere for each in words] == [True] * len(words)
        for each in words:
            alt = f"{each.patches} patches of visual word {each.number} in pictures of {label}"
            assert shown[alt] == each.strip


def test_many_labels_have_fewer_patches_each(model: TrainedModel, image_set: ImageSet) -> None:
    means = word_means(model, image_set.targets)
    assert means is not None
    many = replace(model, labels=model.labels * 10)
    words = telling_words(many, image_set, np.tile(means, (10, 1)), 0)
    assert [bool(each.strip) for each in words] == [True] + [False] * (len(words) - 1)
    assert len(words) > 1
