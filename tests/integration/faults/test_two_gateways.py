"""Two gateways that share uploads and request ids, before one client that takes them in turn."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest

from bundle import layout
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo_client import Client, UnknownUpload
from runtime.status import StatusError, from_rpc_error
from services.table import BACKENDS
from tests.support.certificate import Certificate
from tests.support.model import write_model
from tests.support.pictures import draw, jpeg
from tests.support.services import free_addresses, frozen, starting_services

GRID = jpeg(draw("grid"))
KEYS = ("ana", "ben")
MODEL = "packaged"


def start_gateways(start: Any, services: Any, models: Path, *flags: object) -> list[Any]:
    """Starts two gateways that know each other, before the services of all tests."""
    addresses = free_addresses(2)
    targets = [f"--{name}-target={services.target(name)}" for name in BACKENDS if name in services.processes]
    shared = [*targets, "--models", models, "--peers", ",".join(addresses), *flags]
    return [
        start("gateway", *shared, "--peer-address", each, "--grpc-port", each.rpartition(":")[2])
        for each in addresses
    ]


def in_turn(gateways: list[Any]) -> str:
    return "ipv4:" + ",".join(each.target for each in gateways)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a package for phones, of noise."""
    root = tmp_path_factory.mktemp("packaged")
    package = {f"{layout.PACKAGE}/Data/weights.bin": np.random.default_rng(0).bytes(2_000_000)}
    write_model(root, MODEL, files=package)
    return root


@pytest.fixture(scope="module")
def gateways(services: Any, packaged: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text("".join(f"{each}:{hashlib.sha256(each.encode()).hexdigest()}\n" for each in KEYS))
    with starting_services() as start:
        yield start_gateways(start, services, packaged, "--api-keys-file", keys)


@pytest.fixture(scope="module")
def stubs(gateways: list[Any]) -> Iterator[list[GatewayServiceStub]]:
    channels = [grpc.insecure_channel(each.target) for each in gateways]
    yield [GatewayServiceStub(each) for each in channels]
    for each in channels:
        each.close()


def as_(key: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {key}"),)


def messages(upload_id: str, *chunks: bytes, offset: int = 0) -> Iterator[gateway_pb2.UploadImageRequest]:
    digest = hashlib.sha256(GRID).hexdigest()
    head = gateway_pb2.UploadHead(
        upload_id=upload_id, total_bytes=len(GRID), sha256=digest, offset_bytes=offset
    )
    yield gateway_pb2.UploadImageRequest(head=head)
    for chunk in chunks:
        yield gateway_pb2.UploadImageRequest(chunk=chunk)


def refusal(call: Callable[[], Any]) -> StatusError:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None, caught.value
    return error


def by_id(upload_id: str, **fields: Any) -> gateway_pb2.ClassifyImageRequest:
    return gateway_pb2.ClassifyImageRequest(image={"upload_id": upload_id}, **fields)


def test_every_upload_can_be_used_whichever_gateway_is_asked(gateways: list[Any]) -> None:
    with Client(in_turn(gateways), api_key="ana") as client:
        uploads = [client.upload_image(GRID) for _ in range(10)]
        labels = [client.classify_image(each).labels[0].name for each in uploads]
        palettes = [client.extract_palette(each).colors for each in uploads]

    over_http = [
        httpx.post(
            f"{gateway.url}/v1/classify",
            json={"image": {"uploadId": each.upload_id}},
            headers={"x-api-key": "ana"},
        ).json()["recognition"]["labels"][0]["label"]
        for each in uploads
        for gateway in gateways
    ]
    assert labels == ["grid"] * 10
    assert all(palettes)
    assert over_http == ["grid"] * 20


def test_an_upload_goes_on_through_the_other_gateway(stubs: list[GatewayServiceStub]) -> None:
    for number in range(4):  # of which each gateway keeps some
        upload_id = f"goes-on-elsewhere-{number}"
        early = refusal(lambda: stubs[0].UploadImage(messages(upload_id, GRID[:500]), metadata=as_("ana")))  # noqa: B023
        assert (early.reason, early.metadata["received_bytes"]) == ("UPLOAD_NOT_FINISHED", "500")

        state = stubs[1].GetUpload(gateway_pb2.GetUploadRequest(upload_id=upload_id), metadata=as_("ana"))
        rest = messages(upload_id, GRID[500:], offset=state.received_bytes)
        assert stubs[1].UploadImage(rest, metadata=as_("ana")).received_bytes == len(GRID)


def test_another_key_cannot_read_continue_or_finish_an_upload_at_either_gateway(
    stubs: list[GatewayServiceStub],
) -> None:
    refusal(lambda: stubs[0].UploadImage(messages("belongs-to-ana-1", GRID[:500]), metadata=as_("ana")))
    state = gateway_pb2.GetUploadRequest(upload_id="belongs-to-ana-1")
    for stub in stubs:
        assert refusal(lambda: stub.GetUpload(state, metadata=as_("ben"))).reason == "UNKNOWN_UPLOAD"  # noqa: B023
        use = by_id("belongs-to-ana-1")
        assert refusal(lambda: stub.ClassifyImage(use, metadata=as_("ben"))).reason == "UNKNOWN_UPLOAD"  # noqa: B023
        rest = messages("belongs-to-ana-1", GRID[500:], offset=500)
        error = refusal(lambda: stub.UploadImage(rest, metadata=as_("ben")))  # noqa: B023
        assert (error.reason, error.metadata["received_bytes"]) == ("WRONG_OFFSET", "0")

    rest = messages("belongs-to-ana-1", GRID[500:], offset=500)
    stubs[1].UploadImage(rest, metadata=as_("ana"))
    for stub in stubs:
        assert stub.ClassifyImage(by_id("belongs-to-ana-1"), metadata=as_("ana")).recognition.labels


def test_a_request_id_is_computed_once_by_both(stubs: list[GatewayServiceStub]) -> None:
    def ask(number: int) -> Any:
        request = gateway_pb2.ClassifyImageRequest(image={"data": GRID}, request_id=f"request {number // 8}")
        return stubs[number % 2].ClassifyImage(request, metadata=as_("ana"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(32)))

    # Timings are measured, so that two computations never have the same.
    assert len({each.SerializeToString(deterministic=True) for each in answers}) == 4


def test_a_repeated_request_has_its_own_deadline_and_finds_what_was_computed_meanwhile(
    services: Any, stubs: list[GatewayServiceStub]
) -> None:
    request = gateway_pb2.ClassifyImageRequest(image={"data": GRID}, request_id="came back")
    with frozen(services.processes["features"]):
        with pytest.raises(grpc.RpcError) as caught:
            stubs[0].ClassifyImage(request, metadata=as_("ana"), timeout=0.3)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED  # type: ignore[attr-defined]
        patient = stubs[1].ClassifyImage.future(request, metadata=as_("ana"), timeout=20)
        time.sleep(0.2)
    answer = patient.result()

    assert answer.recognition.labels
    assert stubs[0].ClassifyImage(request, metadata=as_("ana")) == answer


def test_a_download_that_changes_gateway_ends_with_the_right_bytes(stubs: list[GatewayServiceStub]) -> None:
    def download(stub: GatewayServiceStub, offset: int) -> tuple[gateway_pb2.DownloadHead, Iterator[bytes]]:
        request = gateway_pb2.DownloadModelRequest(model={"name": MODEL}, offset_bytes=offset)
        answers = iter(stub.DownloadModel(request, metadata=as_("ana")))
        return next(answers).head, (each.chunk for each in answers)

    head, chunks = download(stubs[0], 0)
    data = next(chunks) + next(chunks)
    for stub in (stubs[1], stubs[0]):
        same, chunks = download(stub, len(data))
        assert same == head
        data += next(chunks)
    data += b"".join(chunks)

    assert len(data) == head.total_bytes
    assert hashlib.sha256(data).hexdigest() == head.sha256


def test_when_a_gateway_is_killed_the_other_one_takes_its_ids(
    start: Any, services: Any, packaged: Path
) -> None:
    gateways = start_gateways(start, services, packaged)
    large = jpeg(np.random.default_rng(1).integers(0, 255, (1500, 2000, 3), np.uint8), 95)
    lost = 0
    with Client(gateways[0].target) as client, ThreadPoolExecutor(6) as pool:
        uploads = [client.upload_image(GRID) for _ in range(16)]
        arriving = [pool.submit(client.upload_image, large) for _ in range(6)]
        time.sleep(0.1)
        gateways[1].kill()
        begun = time.monotonic()
        assert all(each.result() for each in arriving)
        for each in uploads:
            try:
                client.classify_image(each)
            except UnknownUpload:
                lost += 1
        again = [client.upload_image(GRID) for _ in range(6)]
        answers = [client.classify_image(each, request_id=each.upload_id) for each in again]
    assert time.monotonic() - begun < 20
    assert 0 < lost < 16  # their ids are random, and two gateways share them
    assert all(each.labels for each in answers)


def test_gateways_with_tls_and_keys_reach_each_other(
    start: Any, services: Any, packaged: Path, certificate: Certificate, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"ana:{hashlib.sha256(b'ana').hexdigest()}\n")
    tls = ("--tls-certificate", certificate.chain, "--tls-key", certificate.key)
    gateways = start_gateways(
        start, services, packaged, *tls, "--peer-ca", certificate.authority, "--api-keys-file", keys
    )
    first, second = (
        Client(each.target, root_certificates=certificate.roots, api_key="ana") for each in gateways
    )
    with first, second:
        uploads = [first.upload_image(GRID) for _ in range(6)]
        assert [second.classify_image(each).labels[0].name for each in uploads] == ["grid"] * 6
