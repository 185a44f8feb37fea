"""Bundles whose extractor is a graph, through the features process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import grpc
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from bundle import layout
from bundle.errors import BundleError
from bundle.folder import read_manifest
from bundle.manifest import Component
from lienzo.features.v1 import features_pb2, features_pb2_grpc
from lienzo.image.v1 import image_pb2, recognition_pb2
from services.classification.convert import from_features
from services.classification.errors import FeaturesMismatch
from services.features.extraction import load_extractor
from tests.support.bundle import describe, write_files
from tests.support.services import open_channel, starting_services
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.registry import create_graph_extractor
from vision.errors import InvalidFeatureGraph
from vision.joined import open_extractor
from vision.picture import decode

EXTRACTORS = {
    "moments": create_graph_extractor("color_moments", {"grid": 2}),
    "dense": create_graph_extractor("dense_sift", {"side_px": 128}),
    "joined": create_graph_extractor(
        "hog+dense_sift", {"dense_sift.side_px": 64, "hog.side_px": 64, "dense_sift.cells_px": [8]}
    ),
    "cropped": create_graph_extractor(
        "color_moments+dense_sift",
        {"dense_sift.side_px": 128, "dense_sift.crop": "picture", "color_moments.side_px": 64},
    ),
}


def write_bundle(root: Path, name: str, extractor: GraphExtractor, **changes: object) -> Path:
    files = {layout.FEATURES: extractor.model().SerializeToString()}
    stated: dict[str, object] = {
        "name": name,
        "extractor": Component(name=extractor.name, parameters=dict(extractor.parameters)),
        "features": extractor.kind,
        "dimension": extractor.dimension,
        "vector": extractor.vector_size,
    }
    manifest = describe(files, **{**stated, **changes})
    return write_files(root / name / "1", {**files, layout.MANIFEST: manifest.to_json().encode()})


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    for name, extractor in EXTRACTORS.items():
        write_bundle(root, name, extractor)
    return root


@pytest.fixture(scope="module")
def service(models: Path) -> Iterator[features_pb2_grpc.FeatureServiceStub]:
    with starting_services() as start, open_channel(start("features", "--models", models).target) as channel:
        yield features_pb2_grpc.FeatureServiceStub(channel)


@pytest.fixture(scope="module")
def photo() -> bytes:
    return bytes(cv2.imencode(".png", photographs.coffee()[..., ::-1])[1].tobytes())


def asked(model: str, photo: bytes) -> features_pb2.ExtractFeaturesRequest:
    return features_pb2.ExtractFeaturesRequest(
        image=image_pb2.Image(data=photo),
        model=recognition_pb2.ModelVersion(name=model),
        include_keypoints=True,
    )


def rows_of(extractor: GraphExtractor, photo: bytes) -> NDArray[np.float32]:
    pixels = decode(photo, max_side_px=extractor.max_side_px).pixels
    return np.asarray(extractor.extract(pixels).rows, np.float32)


@pytest.mark.parametrize("model", EXTRACTORS)
def test_the_server_has_the_features_of_training(
    model: str, service: features_pb2_grpc.FeatureServiceStub, models: Path, photo: bytes
) -> None:
    answer = service.ExtractFeatures(asked(model, photo))
    manifest = read_manifest(models / model / "1")
    found = from_features(answer.features, manifest)
    np.testing.assert_array_equal(found, rows_of(EXTRACTORS[model], photo))
    assert answer.features.extractor_digest == manifest.extractor_digest


def test_descriptors_of_a_graph_come_with_places_in_the_original_picture(
    service: features_pb2_grpc.FeatureServiceStub, photo: bytes
) -> None:
    local = service.ExtractFeatures(asked("dense", photo)).features.local_features
    assert local.type == features_pb2.DESCRIPTOR_TYPE_UINT8
    assert len(local.descriptors) == local.count * 128
    assert len(local.keypoints) == local.count
    height, width, _ = photographs.coffee().shape
    assert 0.8 * width < max(each.x_px for each in local.keypoints) < width
    assert 0.8 * height < max(each.y_px for each in local.keypoints) < height


def test_places_move_with_the_picture_in_each_of_many_photos_at_once(
    service: features_pb2_grpc.FeatureServiceStub,
) -> None:
    shown, photos = photographs.coffee()[:360:2, :480:2], {}
    for left, top in ((60, 40), (330, 40), (60, 200), (330, 200)):
        wall = np.full((440, 640, 3), 200, np.uint8)
        wall[top : top + 180, left : left + 240] = shown[..., ::-1]
        photos[left, top] = cv2.imencode(".png", wall)[1].tobytes()
    region = image_pb2.Rectangle(x_px=200, y_px=100, width_px=440, height_px=340)
    requests = [(place, asked("cropped", each)) for place, each in photos.items()]
    within = asked("cropped", photos[330, 200])
    within.image.region.rectangle.CopyFrom(region)
    answers = [
        (place, service.ExtractFeatures.future(request, timeout=30))
        for place, request in [*requests, ((330, 200), within)] * 3
    ]
    for (left, top), answer in answers:
        places = answer.result().features.local_features.keypoints
        middle = np.mean([(each.x_px, each.y_px) for each in places], axis=0)
        np.testing.assert_allclose(middle, (left + 120, top + 90), atol=40)
        assert max(each.x_px for each in places) - min(each.x_px for each in places) < 260


def test_one_vector_has_no_places(service: features_pb2_grpc.FeatureServiceStub, photo: bytes) -> None:
    features = service.ExtractFeatures(asked("moments", photo)).features
    assert features.WhichOneof("kind") == "global_features"
    assert len(features.global_features.values) == 36


def test_a_vector_of_another_length_is_refused(
    service: features_pb2_grpc.FeatureServiceStub, models: Path, photo: bytes
) -> None:
    features = service.ExtractFeatures(asked("joined", photo)).features
    manifest = read_manifest(models / "joined" / "1")
    assert len(features.local_features.vector) == manifest.vector == 324
    assert len(features.local_features.keypoints) == features.local_features.count
    features.local_features.vector.pop()
    with pytest.raises(FeaturesMismatch, match="a vector of 323 elements beside them, the model needs 324"):
        from_features(features, manifest)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dimension": 35}, "gives global features of 36 elements, the manifest says global of 35"),
        ({"features": "local"}, "the manifest says local of 36"),
    ],
)
def test_refuses_a_graph_that_is_not_what_the_manifest_says(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    folder = write_bundle(tmp_path, "wrong", EXTRACTORS["moments"], **changes)
    with pytest.raises(BundleError, match=sentence):
        load_extractor(read_manifest(folder), folder)


def test_refuses_a_graph_whose_vector_is_not_what_the_manifest_says(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, "wrong", EXTRACTORS["joined"], vector=36)
    with pytest.raises(BundleError, match="beside a vector of 324, the manifest says local of 128 beside"):
        load_extractor(read_manifest(folder), folder)
    with pytest.raises(
        InvalidFeatureGraph, match="gives descriptors, as sift does, and no vector beside them"
    ):
        open_extractor("sift+dense_sift", {}, EXTRACTORS["joined"].model().SerializeToString())


def test_refuses_a_graph_that_is_none(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, "wrong", EXTRACTORS["moments"])
    (folder / layout.FEATURES).write_bytes(b"not a model")
    with pytest.raises(
        BundleError, match=r"its extractor cannot be used here .*cannot be read by onnxruntime"
    ):
        load_extractor(read_manifest(folder), folder)


def test_lists_the_graphs_of_models_beside_what_opencv_has(
    service: features_pb2_grpc.FeatureServiceStub,
) -> None:
    listed = {
        each.name: each
        for each in service.ListExtractors(features_pb2.ListExtractorsRequest(), timeout=20).extractors
    }
    assert {"rootsift", "orb", "color_moments", "dense_sift"} <= listed.keys()
    assert "hog" not in listed
    assert listed["dense_sift"].parameters["side_px"] == "128"
    assert listed["dense_sift"].dimension == 128
    assert listed["dense_sift"].type == features_pb2.DESCRIPTOR_TYPE_UINT8
    assert listed["color_moments"].type == features_pb2.DESCRIPTOR_TYPE_FLOAT32


def test_a_graph_can_be_asked_by_its_name(service: features_pb2_grpc.FeatureServiceStub) -> None:
    photo = cv2.imencode(".png", np.ascontiguousarray(photographs.coffee()[:200, :300]))[1].tobytes()

    def asked(**chosen: object) -> features_pb2.Features:
        request = features_pb2.ExtractFeaturesRequest(image=image_pb2.Image(data=photo), **chosen)
        return service.ExtractFeatures(request, timeout=20).features

    by_model = asked(model=recognition_pb2.ModelVersion(name="moments"))
    spec = features_pb2.ExtractorSpec(name="color_moments", parameters={"grid": "2"})
    assert asked(spec=spec) == by_model
    for name, parameters, reason in (
        ("color_moments", {"grid": "3"}, "INVALID_EXTRACTOR_PARAMETER"),
        ("hog", {}, "UNKNOWN_EXTRACTOR"),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            asked(spec=features_pb2.ExtractorSpec(name=name, parameters=parameters))
        assert reason in str(refused.value.trailing_metadata())
    assert "color_moments" in refused.value.details()  # It tells what there is.
