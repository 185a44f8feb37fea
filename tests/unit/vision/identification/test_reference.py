"""References are described at fewer pixels than photos, and hold details as fine as theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.pictures import draw
from tests.support.works import Pixels
from vision.extractors.rootsift import RootSift
from vision.identification.photo import FIRST_LOOK
from vision.identification.reference import EXTRACTOR


@pytest.fixture(scope="module")
def picture() -> Pixels:
    """Draws large and small shapes; longer side 720 pixels."""
    layers = [draw(label, 3, (720, 540)) for label in ("circles", "grid", "strokes")]
    return np.asarray(np.minimum(np.minimum(layers[0], layers[1]), layers[2]), np.uint8)


def finest(extractor: RootSift, picture: Pixels) -> float:
    """Returns the smallest diameter of a keypoint, in pixels of the picture."""
    return float(extractor.extract(picture).keypoints[:, 2].min())


def test_the_finest_details_of_a_reference_are_those_of_a_photo(picture: Pixels) -> None:
    in_a_photo = finest(FIRST_LOOK, picture)
    assert finest(EXTRACTOR, picture) == pytest.approx(in_a_photo, rel=0.05)
    usual_blur = replace(EXTRACTOR, sigma=FIRST_LOOK.sigma)
    assert finest(usual_blur, picture) > 1.15 * in_a_photo
