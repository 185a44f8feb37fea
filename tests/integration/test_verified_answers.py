"""Doubtful answers, verified with a model's exemplars by real services in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest

from cli.serving.launcher import running_services
from lienzo.classification.v1 import classification_pb2, classification_pb2_grpc
from lienzo.features.v1 import features_pb2, features_pb2_grpc
from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo.image.v1 import image_pb2, recognition_pb2
from tests.support.services import open_channel
from tests.support.verified import (
    CORNERS,
    PHOTO_PX,
    SHOWN,
    THRESHOLD,
    Photos,
    write_photos,
    write_verifying_model,
)

CORNER_PX = 6.0
"""Largest distance of a found corner from where it is."""


@dataclass(frozen=True)
class Services:
    """Running services and what they are asked about.

    Attributes:
        url: The gateway's HTTP door.
        photos: JPEG files.
    """

    gateway: gateway_pb2_grpc.GatewayServiceStub
    features: features_pb2_grpc.FeatureServiceStub
    classification: classification_pb2_grpc.ClassificationServiceStub
    url: str
    photos: Photos

    def ask(
        self, photo: Path, model: str = "works", region: image_pb2.Region | None = None
    ) -> gateway_pb2.ClassifyImageResponse:
        """The gateway's answer."""
        return self.gateway.ClassifyImage(
            gateway_pb2.ClassifyImageRequest(
                image=image_pb2.Image(data=photo.read_bytes(), region=region), model=version(model)
            ),
            timeout=20,
        )

    def extract(self, photo: Path, **chosen: Any) -> features_pb2.Features:
        """A photo's features, by `model` or `spec`."""
        request = features_pb2.ExtractFeaturesRequest(
            image=image_pb2.Image(data=photo.read_bytes()), **chosen
        )
        return self.features.ExtractFeatures(request, timeout=20).features

    def classify(self, features: features_pb2.Features) -> classification_pb2.ClassifyResponse:
        """The classification service's answer."""
        request = classification_pb2.ClassifyRequest(features=features, model=version("works"))
        return self.classification.Classify(request, timeout=20)


def version(model: str) -> recognition_pb2.ModelVersion:
    return recognition_pb2.ModelVersion(name=model, version=1)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """With three models: `works` verifies, `plain` is the same without, and `broken` has odd exemplars."""
    models = tmp_path_factory.mktemp("models")
    write_verifying_model(models)
    write_verifying_model(models, "plain", rule=None)
    write_verifying_model(models, "broken", exemplars=b"nonsense")
    photos = write_photos(tmp_path_factory.mktemp("photos"))
    backends = ("features", "classification")
    with running_services(backends, folders={"models": models}) as started, ExitStack() as stack:
        channels = {
            name: stack.enter_context(open_channel(process.target)) for name, process in started.items()
        }
        yield Services(
            gateway_pb2_grpc.GatewayServiceStub(channels["gateway"]),
            features_pb2_grpc.FeatureServiceStub(channels["features"]),
            classification_pb2_grpc.ClassificationServiceStub(channels["classification"]),
            started["gateway"].url,
            photos,
        )


def stages(timings: Any) -> list[str]:
    return [each.stage for each in timings]


def test_the_outline_in_a_part_of_the_photo_is_where_it_is_in_the_photo(services: Services) -> None:
    part = image_pb2.Rectangle(x_px=60, y_px=40, width_px=680, height_px=540)
    answer = services.ask(services.photos.doubtful, region=image_pb2.Region(rectangle=part))
    found = answer.recognition
    assert (found.recognized.label, found.verification.verified) == (SHOWN, True)
    outline = np.array([(each.x_px, each.y_px) for each in found.verification.outline])
    assert np.linalg.norm(outline - np.array(CORNERS), axis=1).max() < CORNER_PX
    assert (answer.image_info.width_px, answer.image_info.height_px) == PHOTO_PX
    assert answer.image_info.region == part


def test_a_picture_on_a_wall_is_verified_and_outlined_where_it_hangs(services: Services) -> None:
    answer = services.ask(services.photos.doubtful)
    found = answer.recognition
    assert found.recognized.label == SHOWN
    assert found.recognized.probability < THRESHOLD
    assert found.verification.verified
    assert found.verification.agreeing_points >= 20
    outline = np.array([(each.x_px, each.y_px) for each in found.verification.outline])
    assert np.linalg.norm(outline - np.array(CORNERS), axis=1).max() < CORNER_PX
    assert (answer.image_info.width_px, answer.image_info.height_px) == PHOTO_PX
    assert stages(answer.timings) == ["decode", "features", "classification", "verification", "total"]


def test_a_stranger_is_compared_and_not_recognised(services: Services) -> None:
    found = services.ask(services.photos.stranger).recognition
    assert found.WhichOneof("outcome") == "not_recognized"
    assert found.HasField("verification")
    assert not found.verification.verified
    assert found.verification.agreeing_points < 8


def test_a_clear_answer_is_not_compared(services: Services) -> None:
    answer = services.ask(services.photos.clear)
    assert answer.recognition.recognized.label == SHOWN
    assert answer.recognition.recognized.probability >= THRESHOLD
    assert not answer.recognition.HasField("verification")
    assert "verification" not in stages(answer.timings)


def test_a_model_without_verification_answers_by_probability_alone(services: Services) -> None:
    answer = services.ask(services.photos.doubtful, "plain")
    found = answer.recognition
    assert found.not_recognized.threshold == pytest.approx(THRESHOLD)
    assert not found.HasField("verification")
    assert stages(answer.timings) == ["decode", "features", "classification", "total"]


def test_keypoints_travel_only_for_a_model_that_verifies(services: Services) -> None:
    verifying = services.extract(services.photos.doubtful, model=version("works")).local_features
    assert len(verifying.keypoint_rows) == 16 * verifying.count > 0
    assert (verifying.width_px, verifying.height_px) == PHOTO_PX
    assert len(verifying.keypoints) == 0
    rows = np.frombuffer(verifying.keypoint_rows, "<f4").reshape(-1, 4)
    assert rows[:, 0].max() > 0.9 * PHOTO_PX[0]  # in pixels of the original, not of what was looked at
    for chosen in ({"model": version("plain")}, {"spec": features_pb2.ExtractorSpec(name="rootsift")}):
        other = services.extract(services.photos.doubtful, **chosen).local_features
        assert other.count == verifying.count
        assert (other.keypoint_rows, other.width_px, other.height_px) == (b"", 0, 0)


def test_rows_are_the_keypoints_that_callers_can_ask_for(services: Services) -> None:
    image = image_pb2.Image(data=services.photos.doubtful.read_bytes())
    request = features_pb2.ExtractFeaturesRequest(image=image, model=version("works"), include_keypoints=True)
    local = services.features.ExtractFeatures(request, timeout=20).features.local_features
    got = [(each.x_px, each.y_px, each.size_px, each.angle_degrees) for each in local.keypoints]
    np.testing.assert_array_equal(np.array(got, "<f4").tobytes(), local.keypoint_rows)


def test_an_older_features_service_without_keypoints_is_answered_by_probability(services: Services) -> None:
    features = services.extract(services.photos.doubtful, model=version("works"))
    for field in ("keypoint_rows", "width_px", "height_px"):
        features.local_features.ClearField(field)
    answer = services.classify(features)
    assert answer.recognition.WhichOneof("outcome") == "not_recognized"
    assert not answer.recognition.HasField("verification")
    assert stages(answer.timings) == ["classification"]


def test_keypoints_that_do_not_fit_are_a_features_mismatch(services: Services) -> None:
    features = services.extract(services.photos.doubtful, model=version("works"))
    features.local_features.keypoint_rows = features.local_features.keypoint_rows[:-16]
    with pytest.raises(grpc.RpcError) as refused:
        services.classify(features)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "FEATURES_MISMATCH" in str(refused.value.trailing_metadata())


def test_broken_exemplars_are_a_broken_bundle(services: Services) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        services.ask(services.photos.clear, "broken")
    assert "BROKEN_BUNDLE" in str(refused.value.trailing_metadata())
    assert "exemplars.npz" in refused.value.details()


def test_json_carries_the_verification(services: Services) -> None:
    photo = services.photos.doubtful.read_bytes()
    jpeg = {"Content-Type": "image/jpeg"}
    answer = httpx.post(f"{services.url}/v1/classify?model=works", content=photo, headers=jpeg, timeout=20)
    got = answer.json()["recognition"]
    assert got["recognized"]["label"] == SHOWN
    assert got["verification"]["verified"] is True
    assert got["verification"]["agreeingPoints"] >= 20
    assert [set(each) for each in got["verification"]["outline"]] == [{"xPx", "yPx"}] * 4
    clear = services.photos.clear.read_bytes()
    answer = httpx.post(f"{services.url}/v1/classify?model=works", content=clear, headers=jpeg, timeout=20)
    assert "verification" not in answer.json()["recognition"]


def test_openapi_describes_the_verification(services: Services) -> None:
    document = httpx.get(f"{services.url}/openapi.json", timeout=20).json()
    schemas = document["components"]["schemas"]
    answer = document["paths"]["/v1/classify"]["post"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/ClassifyImageResponse"}
    assert schemas["Recognition"]["properties"]["verification"]["$ref"].endswith("/Verification")
    described = schemas["Verification"]["properties"]
    assert described["verified"]["type"] == "boolean"
    corner = described["outline"]["items"]["$ref"].rpartition("/")[2]
    assert schemas[corner]["properties"].keys() == {"xPx", "yPx"}
