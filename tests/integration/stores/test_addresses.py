"""Pictures that the services read themselves: from a real bucket and the web, by every method and door."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from cli.serving.launcher import running_services
from cli.serving.process import ServiceFailed, ServiceProcess
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2
from lienzo.palette.v1.palette_pb2_grpc import PaletteServiceStub
from tests.support.object_store import ObjectStore
from tests.support.pictures import draw, jpeg
from tests.support.web_server import WebServer

GRID = jpeg(draw("grid"))


@pytest.fixture(scope="module")
def stack(store: ObjectStore, web: WebServer, models: Any) -> Iterator[dict[str, ServiceProcess]]:
    """All services; the gateway reads one bucket and one folder of a web server, the others read nothing."""
    environment = {
        **os.environ,
        **store.environment,
        "SSL_CERT_FILE": str(web.authority),
        "LIENZO_GATEWAY_ALLOWED_URIS": f"s3://museum/, s3://vault/, {web.address('/open/')}, s3://atelier",
        "LIENZO_GATEWAY_READ_SECONDS": "3",
        "LIENZO_GATEWAY_MAX_PICTURE_BYTES": "200000",
    }
    with running_services(folders={"models": models}, environment=environment) as processes:
        yield processes


@pytest.fixture(scope="module")
def gateway(stack: dict[str, ServiceProcess]) -> Iterator[GatewayServiceStub]:
    with grpc.insecure_channel(stack["gateway"].target) as channel:
        yield GatewayServiceStub(channel)


def image(uri: str) -> image_pb2.Image:
    return image_pb2.Image(uri=uri)


def refused(call: Callable[[], Any]) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    info = error_details_pb2.ErrorInfo()
    rpc_status.from_call(caught.value).details[0].Unpack(info)
    return caught.value.code().name, info.reason, dict(info.metadata)


def test_every_method_reads_addresses(
    store: ObjectStore, gateway: GatewayServiceStub, stack: dict[str, ServiceProcess]
) -> None:
    picture = image(store.put("one/grid.jpg", GRID))
    before = store.asked("/museum/one/grid.jpg")
    classified = gateway.ClassifyImage(gateway_pb2.ClassifyImageRequest(image=picture))
    assert classified.recognition.recognized.label == "grid"
    palette = gateway.ExtractPalette(gateway_pb2.ExtractPaletteRequest(image=picture)).palette
    sent = gateway.ExtractPalette(gateway_pb2.ExtractPaletteRequest(image={"data": GRID})).palette
    assert palette == sent
    analysis = gateway.AnalyzeImage(gateway_pb2.AnalyzeImageRequest(image=picture))
    assert (analysis.recognition.recognized.label, analysis.palette) == ("grid", sent)
    assert store.asked("/museum/one/grid.jpg") == before + 3
    over_http = httpx.post(stack["gateway"].url + "/v1/palette", json={"image": {"uri": picture.uri}})
    assert over_http.json()["palette"]["colors"][0]["hex"] == sent.colors[0].hex


def test_reads_the_web(web: WebServer, gateway: GatewayServiceStub) -> None:
    picture = image(web.put("/open/grid.jpg", GRID))
    answer = gateway.ClassifyImage(gateway_pb2.ClassifyImageRequest(image=picture))
    assert answer.recognition.recognized.label == "grid"


def test_tells_each_failure_by_its_reason(
    store: ObjectStore, web: WebServer, gateway: GatewayServiceStub, stack: dict[str, ServiceProcess]
) -> None:
    expected = {
        "s3://museum/one/none.jpg": ("NOT_FOUND", "PICTURE_NOT_FOUND", 404),
        "s3://vault/secret.jpg": ("PERMISSION_DENIED", "SOURCE_DENIED", 403),
        "s3://museum/one/": ("INVALID_ARGUMENT", "URI_IS_A_FOLDER", 400),
        store.put("one/cut.jpg", GRID[:500]): ("INVALID_ARGUMENT", "TRUNCATED_PICTURE", 400),
        store.put("one/notes", b"a text"): ("INVALID_ARGUMENT", "NOT_A_PICTURE", 415),
        store.put("one/large.jpg", bytes(200_001)): ("INVALID_ARGUMENT", "PICTURE_TOO_LARGE", 413),
        web.put("/open/none.jpg", b"", 500): ("UNAVAILABLE", "SOURCE_UNAVAILABLE", 503),
        web.put("/open/half.jpg", b"half", content_length="8"): ("UNAVAILABLE", "SOURCE_BROKE_OFF", 503),
    }
    for uri, (code, reason, status) in expected.items():
        request = gateway_pb2.ExtractPaletteRequest(image=image(uri))
        assert refused(lambda request=request: gateway.ExtractPalette(request))[:2] == (code, reason), uri
        over_http = httpx.post(stack["gateway"].url + "/v1/classify", json={"image": {"uri": uri}})
        assert (over_http.status_code, over_http.json()["reason"]) == (status, reason), uri


def test_gives_up_a_slow_store(store: ObjectStore, stack: dict[str, ServiceProcess]) -> None:
    body = {"image": {"uri": store.put("slow/a.jpg", GRID)}}
    answer = httpx.post(stack["gateway"].url + "/v1/palette", json=body, timeout=20)
    assert (answer.status_code, answer.json()["reason"]) == (504, "SOURCE_TOO_SLOW")
    assert answer.json()["metadata"]["seconds"] == "3"


@pytest.mark.parametrize(
    "uri",
    [
        "s3://museum-evil/a.jpg",
        "s3://museum/../vault/a.jpg",
        "file:///etc/passwd",
        "file:///proc/self/environ",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1]/a.jpg",
        "https://[::ffff:127.0.0.1]:{port}/open/a.jpg",
        "https://127.0.0.1:{port}/open/a.jpg",
        "https://localhost:{port}/closed/a.jpg",
        "https://localhost:{port}/open/%2e%2e/closed/a.jpg",
        "https://localhost:{port}@museum.example/a.jpg",
        "gopher://localhost:{port}/open/a.jpg",
        "",
    ],
)
def test_fetches_nothing_that_is_not_allowed(
    store: ObjectStore, web: WebServer, gateway: GatewayServiceStub, uri: str
) -> None:
    before = (len(store.requests), len(web.requests))
    picture = image(uri.format(port=web.port))
    code, reason, _ = refused(lambda: gateway.ClassifyImage(gateway_pb2.ClassifyImageRequest(image=picture)))
    assert (code, reason) == ("PERMISSION_DENIED", "URI_NOT_ALLOWED")
    assert (len(store.requests), len(web.requests)) == before


def test_tells_which_address_is_not_allowed_and_nothing_of_the_list(gateway: GatewayServiceStub) -> None:
    request = gateway_pb2.ExtractPaletteRequest(image=image("s3://other/a.jpg"))
    assert refused(lambda: gateway.ExtractPalette(request))[2] == {"uri": "s3://other/a.jpg"}


def test_asks_no_host_that_a_redirect_should_not_lead_to(web: WebServer, gateway: GatewayServiceStub) -> None:
    start = web.redirect("/open/to.jpg", "/closed/secret.jpg")
    before = len(web.requests)
    request = gateway_pb2.ExtractPaletteRequest(image=image(start))
    assert refused(lambda: gateway.ExtractPalette(request))[1] == "URI_NOT_ALLOWED"
    assert web.requests[before:] == ["/open/to.jpg"]


def test_a_refused_address_fails_alone_in_a_stream(store: ObjectStore, gateway: GatewayServiceStub) -> None:
    uris = {
        "good": store.put("one/grid.jpg", GRID),
        "gone": "s3://museum/none.jpg",
        "evil": "s3://evil/a.jpg",
    }
    answers = gateway.StreamClassifyImages(
        gateway_pb2.StreamClassifyImagesRequest(request_id=name, request={"image": image(uri)})
        for name, uri in uris.items()
    )
    found = {each.request_id: each for each in answers}
    assert found["good"].response.recognition.recognized.label == "grid"
    assert found["gone"].error.reason == "PICTURE_NOT_FOUND"
    assert found["evil"].error.reason == "URI_NOT_ALLOWED"


def test_a_folder_has_one_palette(store: ObjectStore, gateway: GatewayServiceStub) -> None:
    for number in range(25):
        store.put(f"folder/{number:02}.jpg", jpeg(draw("strokes", number)))
    store.put("folder/13.jpg", b"no picture")
    requests = [
        ("sent", {"data": GRID}),
        ("all", {"uri": "s3://museum/folder/"}),
        ("no", {"uri": "s3://no/"}),
    ]
    answer = gateway.ExtractCollectionPalette(
        gateway_pb2.ExtractCollectionPaletteRequest(request_id=name, image=source, options={"color_count": 3})
        for name, source in requests
    )
    assert len(answer.palette.colors) == 3
    names = [(each.request_id, each.uri) for each in answer.pictures]
    below = [("all", f"s3://museum/folder/{number:02}.jpg") for number in range(25)]
    assert names == [("sent", ""), *(each for each in below if "13" not in each[1])]
    failures = [(each.request_id, each.uri, each.error.reason) for each in answer.failures]
    assert failures == [
        ("all", "s3://museum/folder/13.jpg", "NOT_A_PICTURE"),
        ("no", "s3://no/", "URI_NOT_ALLOWED"),
    ]


def test_a_bucket_alone_is_a_folder_too(store: ObjectStore, gateway: GatewayServiceStub) -> None:
    bucket = store.bucket("atelier", {"a.jpg": GRID, "deep/b.jpg": GRID})
    item = gateway_pb2.ExtractCollectionPaletteRequest(request_id="all", image=image(bucket))
    answer = gateway.ExtractCollectionPalette(iter([item]))
    assert [each.uri for each in answer.pictures] == [f"{bucket}/a.jpg", f"{bucket}/deep/b.jpg"]
    assert list(answer.failures) == []
    request = gateway_pb2.ExtractPaletteRequest(image=image(bucket))
    assert refused(lambda: gateway.ExtractPalette(request))[1] == "URI_IS_A_FOLDER"


def test_refuses_a_collection_of_which_nothing_can_be_read(gateway: GatewayServiceStub) -> None:
    for uris in ([], ["s3://evil/"], ["s3://museum/nothing/"]):
        requests = [gateway_pb2.ExtractCollectionPaletteRequest(image=image(uri)) for uri in uris]
        code, reason, _ = refused(lambda sent=requests: gateway.ExtractCollectionPalette(iter(sent)))
        assert (code, reason) == ("INVALID_ARGUMENT", "EMPTY_COLLECTION")


def test_the_palette_service_reads_by_a_list_of_its_own(
    store: ObjectStore, start: Any, channel: Any, stack: dict[str, ServiceProcess]
) -> None:
    uri = store.put("own/grid.jpg", GRID)
    request = palette_pb2.ExtractPaletteRequest(image=image(uri))
    behind = PaletteServiceStub(channel(stack["palette"].target))
    assert refused(lambda: behind.ExtractPalette(request))[1] == "URI_NOT_ALLOWED"
    allowed = {**store.environment, "LIENZO_PALETTE_ALLOWED_URIS": "s3://museum/own"}
    own = PaletteServiceStub(channel(start("palette", "--max-collection", "1", variables=allowed).target))
    assert own.ExtractPalette(request).image_info.width_px == 320
    item = palette_pb2.ExtractCollectionPaletteRequest(request_id="own", image=image("s3://museum/own/"))
    (found,) = own.ExtractCollectionPalette(iter([item])).pictures
    assert (found.request_id, found.uri) == ("own", uri)
    store.put("own/more.jpg", GRID)
    assert refused(lambda: own.ExtractCollectionPalette(iter([item])))[:2] == (
        "RESOURCE_EXHAUSTED",
        "COLLECTION_TOO_LARGE",
    )


def test_does_not_start_with_a_list_that_is_none(start: Any) -> None:
    with pytest.raises(ServiceFailed, match=r"allowed_uris: s3://a/\.\./b is not the address"):
        start("palette", "--allowed-uris", "s3://museum/, s3://a/../b")


@pytest.mark.skipif(find_spec("ocifs") is not None, reason="ocifs is installed here")
def test_does_not_start_without_the_library_that_the_list_needs(start: Any) -> None:
    with pytest.raises(ServiceFailed, match=r"allowed_uris: oci:// needs .*: pip install 'lienzo\[oci\]'"):
        start("palette", "--allowed-uris", "oci://art@museum/")
