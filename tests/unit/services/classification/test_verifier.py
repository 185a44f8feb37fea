"""Exemplars of a bundle, and keypoints of a request: what fits is compared, what does not is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from bundle import layout
from bundle.errors import BundleError
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from lienzo.features.v1 import features_pb2
from runtime.models.errors import BrokenBundle
from runtime.models.store import ModelStore
from services.classification.classifier import load_model
from services.classification.convert import from_keypoints
from services.classification.errors import FeaturesMismatch
from services.classification.verifier import load_verifier
from tests.support.verified import LABELS, RULE, right_exemplars, write_verifying_model
from vision.answers import Recognition
from vision.extractors import create_extractor
from vision.extractors.sift import Sift
from vision.joined import JoinedExtractor, mirror_of
from vision.matching import Exemplars

ROW = (10.0, 20.0, 5.0, 90.0)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_verifying_model(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def manifest(bundle: Path) -> Manifest:
    return read_bundle(bundle)


def features(rows: bytes, size: tuple[int, int] = (100, 50), count: int = 2) -> features_pb2.Features:
    local = features_pb2.LocalFeatures(
        count=count,
        dimension=128,
        type=features_pb2.DESCRIPTOR_TYPE_UINT8,
        descriptors=bytes(128 * count),
        keypoint_rows=rows,
        width_px=size[0],
        height_px=size[1],
    )
    return features_pb2.Features(local_features=local)


def packed(*rows: tuple[float, float, float, float]) -> bytes:
    return b"".join(struct.pack("<4f", *row) for row in rows)


def test_exemplars_are_loaded_with_the_rule_of_the_manifest(bundle: Path, manifest: Manifest) -> None:
    verifier = load_verifier(manifest, bundle)
    assert verifier is not None
    assert [each.label for each in verifier.exemplars.all] == [0, 1, 2]
    assert (verifier.least_points, verifier.lowest_probability) == (8, RULE.lowest_probability)
    assert verifier.exemplars.settings is not None
    assert (verifier.exemplars.settings.ratio, verifier.exemplars.settings.tolerance) == (0.85, 0.01)


def test_mirrored_pictures_are_known_to_the_extractors_of_sift(bundle: Path, manifest: Manifest) -> None:
    verifier = load_verifier(manifest, bundle)
    assert verifier is not None
    assert verifier.exemplars.mirror == Sift.mirrored
    sift = create_extractor("sift", {})
    assert mirror_of(JoinedExtractor("sift+another", {}, sift, sift)) == Sift.mirrored
    assert mirror_of(create_extractor("orb", {})) is None


def test_a_model_without_verification_has_no_verifier(tmp_path: Path) -> None:
    folder = write_verifying_model(tmp_path, rule=None)
    assert load_verifier(read_bundle(folder), folder) is None


def test_missing_exemplars_are_told(bundle: Path, manifest: Manifest) -> None:
    without = manifest.model_copy(
        update={"files": {k: v for k, v in manifest.files.items() if k != layout.EXEMPLARS}}
    )
    with pytest.raises(BundleError, match=r"manifest\.json has verification, but it has no exemplars\.npz"):
        load_verifier(without, bundle)


def test_broken_exemplars_are_a_broken_bundle_that_says_what_is_wrong(tmp_path: Path) -> None:
    write_verifying_model(tmp_path, exemplars=b"nonsense")
    store = ModelStore(tmp_path, load_model)
    with pytest.raises(BrokenBundle, match=r"exemplars\.npz cannot be used: .*not a NumPy archive"):
        store.get("works", 1)


def test_exemplars_of_a_label_that_the_model_does_not_have_are_refused(tmp_path: Path) -> None:
    right = right_exemplars()
    odd = Exemplars((*right.all, right.all[0].__class__(7, right.all[0].features, (1, 1))), right.kind)
    folder = write_verifying_model(tmp_path, exemplars=odd.to_bytes())
    with pytest.raises(BundleError, match="a label that the model does not have"):
        load_verifier(read_bundle(folder), folder)


def test_an_extractor_that_is_not_here_is_told(bundle: Path, manifest: Manifest) -> None:
    other = manifest.extractor.model_copy(update={"name": "nothing"})
    with pytest.raises(BundleError, match=r'cannot be verified here .*no extractor "nothing"'):
        load_verifier(manifest.model_copy(update={"extractor": other}), bundle)


def test_a_label_without_exemplars_is_not_compared(tmp_path: Path) -> None:
    right = right_exemplars()
    folder = write_verifying_model(tmp_path, exemplars=Exemplars(right.all[:1], right.kind).to_bytes())
    verifier = load_verifier(read_bundle(folder), folder)
    assert verifier is not None
    asked = [verifier.is_needed(Recognition(((label, 0.5),), 0.5, False)) for label in range(len(LABELS))]
    assert asked == [True, False, False]


def test_keypoints_are_read_with_the_descriptors_and_the_size(manifest: Manifest) -> None:
    photo = from_keypoints(features(packed(ROW, ROW)), manifest)
    assert photo is not None
    np.testing.assert_array_equal(photo.features.keypoints, np.array([ROW, ROW], np.float32))
    assert photo.features.descriptors.dtype == np.uint8
    assert photo.size_px == (100, 50)


def test_missing_keypoints_are_no_error(manifest: Manifest) -> None:
    assert from_keypoints(features(b"", (0, 0)), manifest) is None


def test_keypoints_for_a_model_that_does_not_verify_are_not_looked_at(manifest: Manifest) -> None:
    assert from_keypoints(features(b"odd"), manifest.model_copy(update={"verification": None})) is None


@pytest.mark.parametrize(
    ("rows", "size", "problem"),
    [
        (packed(ROW), (100, 50), "16 bytes for the keypoints of 2 descriptors"),
        (packed(ROW, ROW)[:-1], (100, 50), "31 bytes"),
        (packed(ROW, ROW), (0, 50), "the size of their picture is 0"),
        (packed(ROW, ROW), (100, 0), "the size of their picture is 0"),
        (packed(ROW, (float("nan"), 0, 1, 0)), (100, 50), "not finite"),
        (packed(ROW, (0, 0, float("inf"), 0)), (100, 50), "not finite"),
        (packed(ROW, (1e30, 0, 1, 0)), (100, 50), "outside of their picture"),
    ],
)
def test_keypoints_that_do_not_fit_are_refused(
    rows: bytes, size: tuple[int, int], problem: str, manifest: Manifest
) -> None:
    with pytest.raises(FeaturesMismatch, match=problem):
        from_keypoints(features(rows, size), manifest)
