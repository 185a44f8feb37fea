"""The part of a picture to look at, at every door."""

from __future__ import annotations

from typing import Any

import grpc
import httpx
import numpy as np
import pytest

from lienzo.features.v1 import features_pb2
from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo_client import AsyncClient, Client, InvalidPicture, Part, Tapped
from tests.support.pictures import draw, jpeg

GRID, CIRCLES = (draw(label, 3) for label in ("grid", "circles"))
PHOTO = jpeg(np.hstack([GRID, CIRCLES]))
"""640 × 240 pixels: a grid in the left half, circles in the right one."""
PATCH = jpeg(np.hstack([np.full((240, 320, 3), color, np.uint8) for color in ((30, 30, 200), (200, 30, 30))]))
LEFT, RIGHT = (0, 0, 320, 240), (320, 0, 320, 240)


def region(x: int, y: int, width: int, height: int) -> image_pb2.Region:
    return image_pb2.Region(rectangle=image_pb2.Rectangle(x_px=x, y_px=y, width_px=width, height_px=height))


def asked(part: image_pb2.Region) -> gateway_pb2.ClassifyImageRequest:
    return gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=PHOTO, region=part))


@pytest.mark.parametrize(("part", "label"), [(LEFT, "grid"), (RIGHT, "circles")])
def test_only_the_part_is_looked_at(services: Any, part: tuple[int, int, int, int], label: str) -> None:
    answer = services.gateway.ClassifyImage(asked(region(*part)))
    assert answer.recognition.recognized.label == label
    assert (answer.image_info.width_px, answer.image_info.height_px) == (640, 240)
    assert answer.image_info.region == region(*part).rectangle
    items = [gateway_pb2.StreamClassifyImagesRequest(request_id="1", request=asked(region(*part)))]
    (item,) = services.gateway.StreamClassifyImages(iter(items))
    assert item.response.recognition.recognized.label == label
    query = ",".join(map(str, part))
    assert httpx.post(f"{services.url}/predict?region={query}", files={"file": PHOTO}).json() == label
    got = httpx.post(f"{services.url}/v1/analyze?region={query}", content=PHOTO).json()
    assert got["recognition"]["recognized"]["label"] == label
    assert got["imageInfo"]["region"]["widthPx"] == 320


def test_a_tap_looks_around_the_place(services: Any) -> None:
    got = httpx.post(f"{services.url}/v1/classify?tap=500,120", content=PHOTO).json()
    assert got["imageInfo"]["region"] == {"xPx": 440, "yPx": 60, "widthPx": 120, "heightPx": 120}


def test_colours_are_those_of_the_part(services: Any) -> None:
    for part, color in ((LEFT, "#c81e1e"), (RIGHT, "#1e1ec8")):
        query = ",".join(map(str, part))
        got = httpx.post(f"{services.url}/v1/palette?colors=1&region={query}", content=PATCH).json()
        (found,) = got["palette"]["colors"]
        off = [abs(int(found["hex"][i : i + 2], 16) - int(color[i : i + 2], 16)) for i in (1, 3, 5)]
        assert max(off) < 8


def test_keypoints_are_in_pixels_of_the_whole_picture(services: Any) -> None:
    request = features_pb2.ExtractFeaturesRequest(
        image=image_pb2.Image(data=PHOTO, region=region(*RIGHT)),
        model=recognition_pb2.ModelVersion(name="shapes"),
        include_keypoints=True,
    )
    found = services.features.ExtractFeatures(request).features.local_features
    assert found.count
    assert min(each.x_px for each in found.keypoints) >= 320
    assert max(each.x_px for each in found.keypoints) <= 640


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (image_pb2.Region(), "EMPTY_REGION"),
        (region(0, 0, 0, 9), "EMPTY_REGION"),
        (region(640, 0, 100, 100), "REGION_OUTSIDE_PICTURE"),
        (image_pb2.Region(tap=image_pb2.Tap(x_px=0, y_px=240)), "REGION_OUTSIDE_PICTURE"),
        (region(0, 0, 100, 15), "REGION_TOO_SMALL"),
        (region(630, 0, 100, 100), "REGION_TOO_SMALL"),
    ],
)
def test_what_is_no_part_of_the_picture_is_refused_by_its_reason(
    services: Any, part: image_pb2.Region, reason: str
) -> None:
    image = image_pb2.Image(data=PHOTO, region=part)
    for method, request in (
        (services.gateway.ClassifyImage, gateway_pb2.ClassifyImageRequest(image=image)),
        (services.gateway.ExtractPalette, gateway_pb2.ExtractPaletteRequest(image=image)),
        (services.gateway.AnalyzeImage, gateway_pb2.AnalyzeImageRequest(image=image)),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            method(request)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        got = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
        assert reason.encode() in got


@pytest.mark.parametrize(
    "query",
    ["region=1,2,3", "region=a,b,c,d", "region=-1,0,5,5", "tap=1", "tap=1.5,2", "region=1,2,3,4&tap=1,2"],
)
def test_a_query_of_another_form_is_refused(services: Any, query: str) -> None:
    answer = httpx.post(f"{services.url}/v1/classify?{query}", content=PHOTO)
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_REQUEST")


async def test_both_clients_send_a_part_of_a_picture(services: Any) -> None:
    with Client(services.target("gateway")) as client:
        found = client.classify_image(Part(PHOTO, *RIGHT))
        assert (found.label, found.image_info.region) == ("circles", RIGHT)
        assert found.image_info.width_px == 640
        assert client.classify_image(PHOTO).image_info.region is None
        assert client.classify_image(Tapped(PHOTO, 500, 120)).image_info.region == (440, 60, 120, 120)
        ((item),) = client.stream_classify_images([("1", Part(PHOTO, *LEFT))])
        assert item.unwrap().label == "grid"
        with pytest.raises(InvalidPicture, match="outside of the picture") as caught:
            client.classify_image(Part(PHOTO, 640, 0, 50, 50))
        assert caught.value.metadata["picture_width_px"] == "640"
    async with AsyncClient(services.target("gateway")) as asking:
        assert (await asking.classify_image(Part(PHOTO, *RIGHT))).label == "circles"
