"""Descriptors with the keypoints that they were taken at, and the cache behind them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.augmentation.photographing import Photographing
from training.descriptors.extraction import DescriptorSet, extract_descriptors
from training.descriptors.views import extract_views
from training.imagesets.imageset import ImageSet
from vision.extractors import create_extractor

EXTRACTOR = create_extractor("rootsift", {"max_side_px": 240})


@pytest.fixture
def few(image_set: ImageSet) -> ImageSet:
    return replace(image_set, pictures=image_set.pictures[:4])


def test_the_descriptors_are_those_without_keypoints(few: ImageSet, tmp_path: Path) -> None:
    views = extract_views(few, EXTRACTOR, tmp_path)
    plain = extract_descriptors(few, EXTRACTOR, tmp_path)
    np.testing.assert_array_equal(views.values, plain.values)
    np.testing.assert_array_equal(views.offsets, plain.offsets)
    assert (views.kind, plain.kind) == ("uint8", "uint8")


def test_a_view_has_keypoints_within_its_picture(few: ImageSet, tmp_path: Path) -> None:
    views = extract_views(few, EXTRACTOR, tmp_path, distortion=Photographing(0))
    seen = views.view(1)
    assert len(seen.features.descriptors) == len(seen.features.keypoints) == len(views.of(1)) > 0
    assert (seen.features.keypoints[:, :2] <= seen.size_px).all()


def test_what_was_seen_is_kept_and_repaired(few: ImageSet, tmp_path: Path) -> None:
    first = extract_views(few, EXTRACTOR, tmp_path)
    files = sorted(tmp_path.rglob("*.npz"))
    assert len(files) == 4
    files[0].write_bytes(files[0].read_bytes()[:300])
    stamps = [each.stat().st_mtime_ns for each in files]
    again = extract_views(few, EXTRACTOR, tmp_path)
    assert again.keypoints is not None
    np.testing.assert_array_equal(again.keypoints, first.keypoints)
    np.testing.assert_array_equal(again.sizes, first.sizes)
    changed = [each.stat().st_mtime_ns != stamp for each, stamp in zip(files, stamps, strict=True)]
    assert changed == [True, False, False, False]


def test_keypoints_stay_with_their_picture(few: ImageSet, tmp_path: Path) -> None:
    views = extract_views(few, EXTRACTOR, tmp_path)
    some = views.subset(np.array([3, 1]))
    np.testing.assert_array_equal(some.view(0).features.keypoints, views.view(3).features.keypoints)
    joined = DescriptorSet.joined((some, views))
    np.testing.assert_array_equal(joined.view(4).features.descriptors, views.view(2).features.descriptors)
    assert joined.view(4).size_px == views.view(2).size_px


def test_sets_without_keypoints_have_no_views(few: ImageSet, tmp_path: Path) -> None:
    views = extract_views(few, EXTRACTOR, tmp_path)
    mixed = DescriptorSet.joined((views, views.without_geometry()))
    with pytest.raises(ValueError, match="keypoints were not kept"):
        mixed.view(0)
