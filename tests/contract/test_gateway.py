"""What the gateway promises an app, asked of real services through the clients that strangers install."""

from __future__ import annotations

import asyncio
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from PIL import Image

from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo_client import (
    AsyncClient,
    Client,
    DeadlineExceeded,
    InvalidPicture,
    InvalidRequest,
    LienzoError,
    PermissionDenied,
    UnknownModel,
    Uri,
)
from lienzo_client.images import shrunk
from tests.support import bombs


@pytest.fixture(scope="module")
def client(target: str) -> Any:
    with Client(target, timeout_s=30) as connected:
        yield connected


def encoded(pixels: np.ndarray, ending: str = ".png") -> bytes:
    return bytes(cv2.imencode(ending, pixels)[1].tobytes())


BROKEN = [
    (b"", "NOT_A_PICTURE"),
    (b"plain text", "NOT_A_PICTURE"),
    (bytes(1000), "NOT_A_PICTURE"),
    (encoded(np.zeros((1, 1, 3), np.uint8)), "PICTURE_TOO_SMALL"),
    (bombs.flat_png((10_000, 10_000), 0, 1), "TOO_MANY_PIXELS"),
    (b"\xff\xd8\xff\xe0" + bytes(21 * 2**20), "PICTURE_TOO_LARGE"),
    (bytes(40 * 2**20), "PICTURE_TOO_LARGE"),
    (bytes(70 * 2**20), "PICTURE_TOO_LARGE"),
]


@pytest.mark.parametrize(
    ("data", "reason"), BROKEN, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_picture_that_cannot_be_used_is_refused_by_reason(client: Client, data: bytes, reason: str) -> None:
    for method in (client.classify_image, client.extract_palette, client.analyze_image):
        with pytest.raises(InvalidPicture) as caught:
            method(data)
        assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", reason)


def test_a_truncated_picture_is_told_from_one_that_is_none(client: Client, place: Any) -> None:
    data = Path(place.photo("circles")).read_bytes()
    with pytest.raises(InvalidPicture) as caught:
        client.classify_image(data[: len(data) // 2])
    assert caught.value.reason == "TRUNCATED_PICTURE"


def test_one_bad_picture_of_a_stream_leaves_the_others_answered(client: Client, place: Any) -> None:
    good = Path(place.photo("grid")).read_bytes()
    pictures = [("good 0", good)]
    for number, (data, _) in enumerate(BROKEN):
        pictures += [(f"bad {number}", data), (f"good {number + 1}", good)]
    items = {item.request_id: item for item in client.stream_classify_images(pictures, in_flight=4)}
    assert len(items) == len(pictures)
    for number, (_, reason) in enumerate(BROKEN):
        error = items[f"bad {number}"].error
        assert error is not None
        assert error.reason == reason
    assert {items[f"good {number}"].unwrap().label for number in range(len(BROKEN) + 1)} == {"grid"}


def test_a_stream_over_a_link_that_is_cut_loses_nothing_and_doubles_nothing(
    place: Any, bad_link: Any
) -> None:
    link = bad_link([150_000, 200_000, 1000], upwards=True)
    data = Path(place.photo("grid")).read_bytes()
    with Client(link.target) as client:
        items = list(client.stream_classify_images((str(number), data) for number in range(60)))
    assert link.connections == 4
    assert sorted(int(item.request_id) for item in items) == list(range(60))
    assert {item.unwrap().label for item in items} == {"grid"}


def test_every_malformed_file_gets_an_answer_or_a_typed_error(client: Client, shared_data: Path) -> None:
    files = sorted(path for path in (shared_data / "malformed").rglob("*") if path.is_file())
    assert len(files) > 50
    for item in client.stream_classify_images((str(path), path) for path in files):
        assert item.error is None or isinstance(item.error, InvalidPicture), (item.request_id, item.error)
    with ThreadPoolExecutor(4) as threads:
        for outcome in threads.map(lambda path: palette_or_error(client, path), files):
            assert outcome is None or isinstance(outcome, InvalidPicture), outcome


def palette_or_error(client: Client, path: Path) -> LienzoError | None:
    try:
        client.extract_palette(path)
    except LienzoError as error:
        return error
    return None


def test_the_orientation_of_a_photo_does_not_matter(client: Client, place: Any) -> None:
    upright = Image.open(place.photo("grid"))
    on_its_side = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(on_its_side, "PNG", exif=exif)
    answer = client.classify_image(on_its_side.getvalue())
    assert answer.label == "grid"
    assert (answer.image_info.width_px, answer.image_info.height_px) == (320, 240)


def test_a_photo_of_twelve_megapixels_made_small_gets_the_same_answer(client: Client, place: Any) -> None:
    photo = cv2.resize(cv2.imread(str(place.photo("grid"))), (4000, 3000), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).integers(0, 12, photo.shape, np.uint8)
    large = encoded(cv2.add(photo, grain), ".jpg")
    small = shrunk(large)
    assert len(large) > 2_000_000
    assert len(small) <= 300_000
    before, after = client.classify_image(large), client.classify_image(small)
    assert before.label == after.label == "grid"
    assert after.probability == pytest.approx(before.probability, abs=0.05)


def test_a_blank_picture_is_not_recognized(client: Client) -> None:
    answer = client.classify_image(encoded(np.full((64, 64, 3), 128, np.uint8)))
    assert answer.label is None
    assert answer.threshold == pytest.approx(0.7)


def test_labels_are_ranked_and_their_probabilities_sum_to_one(client: Client, place: Any) -> None:
    answer = client.classify_image(place.photo("strokes"), top_k=99)
    shares = [label.probability for label in answer.labels]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert len(client.classify_image(place.photo("strokes"), top_k=1).labels) == 1


def test_a_repeated_request_id_gets_the_same_answer(client: Client, place: Any) -> None:
    first = client.classify_image(place.photo("circles"), request_id="photo-1")
    again = client.classify_image(place.photo("circles"), request_id="photo-1")
    assert again == first  # the timings too: nothing was computed


def test_models_come_in_pages(target: str) -> None:
    with grpc.insecure_channel(target) as channel:
        stub = gateway_pb2_grpc.GatewayServiceStub(channel)
        whole = stub.ListModels(gateway_pb2.ListModelsRequest(all_versions=True))
        assert whole.next_page_token == ""
        request, found = gateway_pb2.ListModelsRequest(all_versions=True, page_size=1), []
        while True:
            page = stub.ListModels(request)
            found += page.models
            if not page.next_page_token:
                break
            assert len(page.models) == 1
            request.page_token = page.next_page_token
        assert found == list(whole.models)
        with pytest.raises(grpc.RpcError) as caught:
            stub.ListModels(gateway_pb2.ListModelsRequest(page_token="mine"))
    assert "page token" in (caught.value.details() or "")


def test_the_server_tells_an_app_what_to_send(client: Client) -> None:
    info = client.get_server_info()
    assert info.default_model is not None
    assert info.default_model.name == "shapes"
    assert (info.max_picture_bytes, info.min_side_px, info.photo_side_px) == (20 * 2**20, 16, 1600)
    assert {"jpeg", "heic"} <= set(info.formats)
    assert info.features == frozenset()


def test_label_and_palette_come_in_one_trip(client: Client, place: Any) -> None:
    analysis = client.analyze_image(place.photo("circles"), color_count=3)
    assert analysis.classification.label == "circles"
    assert sum(color.share for color in analysis.palette.colors) == pytest.approx(1)
    assert {"classification", "palette"} <= set(analysis.classification.timings_ms)
    assert analysis.identified is None


def test_naming_a_catalogue_asks_for_its_works(client: Client, place: Any) -> None:
    named = client.analyze_image(place.photo("circles"), catalogue="museum").identified
    assert isinstance(named, LienzoError)
    assert named.reason == "UNKNOWN_CATALOGUE"


def test_label_palette_and_works_fail_each_for_itself(client: Client, place: Any) -> None:
    photo = place.photo("circles")
    without_works = client.analyze_image(photo, works=True)
    assert without_works.classification.label == "circles"
    assert without_works.palette.colors
    assert isinstance(without_works.identified, LienzoError)
    assert without_works.identified.reason == "UNKNOWN_CATALOGUE"

    without_label = client.analyze_image(photo, model="nothing", color_count=3)
    assert len(without_label.palette.colors) == 3
    assert without_label.palette.image_info.width_px == 320
    with pytest.raises(UnknownModel):
        _ = without_label.classification

    without_colors = client.analyze_image(photo, color_count=300)
    assert without_colors.classification.label == "circles"
    with pytest.raises(InvalidRequest) as caught:
        _ = without_colors.palette
    assert caught.value.reason == "INVALID_COLOR_COUNT"


def test_a_model_is_asked_for_by_name_and_version(client: Client, place: Any) -> None:
    assert client.classify_image(place.photo("circles"), model="shapes", version=1).model.version == 1
    for name, version in (("shape", 0), ("shapes", 7)):
        with pytest.raises(UnknownModel) as caught:
            client.classify_image(place.photo("circles"), model=name, version=version)
        assert "shapes (version 1)" in str(caught.value)
        with pytest.raises(UnknownModel):
            client.get_model(name, version)


def test_a_wrong_number_of_colours_is_refused(client: Client, place: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        client.extract_palette(place.photo("circles"), color_count=300)
    assert caught.value.reason == "INVALID_COLOR_COUNT"


def test_an_address_is_refused_unless_it_is_allowed(client: Client) -> None:
    for address in ("s3://bucket/a.jpg", "file:///etc/passwd", "https://example.org/a.jpg"):
        with pytest.raises(PermissionDenied) as caught:
            client.classify_image(Uri(address))
        assert caught.value.reason == "URI_NOT_ALLOWED"


def test_a_catalogue_that_is_not_there_is_told(client: Client, place: Any) -> None:
    with pytest.raises(LienzoError) as caught:
        client.identify_work(place.photo("circles"), catalogue="museum")
    assert caught.value.reason == "UNKNOWN_CATALOGUE"


def test_a_deadline_that_has_passed_is_told(target: str, place: Any) -> None:
    with Client(target) as hasty, pytest.raises(DeadlineExceeded):
        hasty.classify_image(place.photo("circles"), timeout_s=0.002)


async def test_many_calls_at_once_are_all_answered(target: str, place: Any) -> None:
    async with AsyncClient(target, timeout_s=30) as client:
        answers = await asyncio.gather(*(client.classify_image(place.photo("circles")) for _ in range(40)))
    assert {answer.label for answer in answers} == {"circles"}


def test_an_error_names_its_call_in_the_server_s_log(target: str) -> None:
    with grpc.insecure_channel(target) as channel:
        stub = gateway_pb2_grpc.GatewayServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.ClassifyImage(gateway_pb2.ClassifyImageRequest(), metadata=[("x-request-id", "mine-7")])
    status = rpc_status.from_call(caught.value)
    assert status is not None
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.RequestInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    assert any(detail.Unpack(request) for detail in status.details)
    assert (info.reason, info.domain, request.request_id) == ("MISSING_IMAGE", "lienzo", "mine-7")


def test_a_caller_that_leaves_a_stream_disturbs_nobody(target: str, place: Any) -> None:
    data = Path(place.photo("circles")).read_bytes()
    before = threading.active_count()
    for _ in range(5):
        with Client(target) as leaving:
            for _ in leaving.stream_classify_images((str(number), data) for number in range(50)):
                break
    with Client(target) as staying:
        assert staying.classify_image(data).label == "circles"
    assert threading.active_count() <= before + 4
