"""Work whose caller has left stops soon, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import struct
import time
from pathlib import Path
from typing import Any

import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2
from lienzo.palette.v1 import palette_pb2
from lienzo.palette.v1.palette_pb2_grpc import PaletteServiceStub
from tests.support.object_store import ObjectStore
from tests.support.pictures import draw, jpeg
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

PICTURES = 120
STREAM = "/lienzo.gateway.v1.GatewayService/StreamClassifyImages"


@pytest.fixture(scope="module")
def bucket(store: ObjectStore) -> str:
    picture = jpeg(draw("grid", 1, (640, 480)))
    return store.bucket("depot", {f"{number:03}.jpg": picture for number in range(PICTURES)})


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("door", ["palette", "gateway"])
def test_a_folder_is_read_no_further_when_its_caller_has_left(
    start: Any, channel: Any, store: ObjectStore, bucket: str, door: str
) -> None:
    flags = ["--workers", "1", "--allowed-uris", bucket, "--max-reads", "2", "--stream-window", "4"]
    palette = start("palette", *flags[:6], variables=store.environment)
    stub: Any = PaletteServiceStub(channel(palette.target))
    request: Any = palette_pb2.ExtractCollectionPaletteRequest
    asked = palette
    if door == "gateway":
        asked = start("gateway", *flags[2:], "--palette-target", palette.target, variables=store.environment)
        stub, request = GatewayServiceStub(channel(asked.target)), gateway_pb2.ExtractCollectionPaletteRequest

    def read() -> int:
        return sum(each.startswith("GET /depot/") and ".jpg" in each for each in store.requests)

    for _ in range(2):
        before = read()
        folder = request(image=image_pb2.Image(uri=f"{bucket}/"))
        collection = stub.ExtractCollectionPalette.future(iter([folder]))
        eventually(lambda: read() > before + 4)  # noqa: B023
        settled = threads(asked.pid)
        collection.cancel()
        time.sleep(0.5)
        stopped = read()
        time.sleep(1.0)
        assert read() == stopped < before + PICTURES
        assert threads(asked.pid) <= settled
        store.requests.clear()


@pytest.mark.parametrize("announced", [12, 200])
def test_a_connect_stream_is_worked_on_no_further_when_its_caller_has_left(
    start: Any, models: Path, announced: int
) -> None:
    flags = ("--models", models, "--workers", 1)
    features, classification = (start(name, *flags) for name in ("features", "classification"))
    targets = ["--features-target", features.target, "--classification-target", classification.target]
    gateway = start("gateway", *targets)
    picture = image_pb2.Image(data=jpeg(draw("grid", 1, (1600, 1200))))
    item = gateway_pb2.StreamClassifyImagesRequest(request=gateway_pb2.ClassifyImageRequest(image=picture))
    data = item.SerializeToString()
    body = (struct.pack(">BI", 0, len(data)) + data) * 12
    host, _, port = gateway.url.removeprefix("http://").rpartition(":")
    before = cpu_seconds(features.pid)
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST {STREAM} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+proto\r\n"
        connection.sendall(f"{head}content-length: {len(body) * announced // 12}\r\n\r\n".encode() + body)
        eventually(lambda: cpu_seconds(features.pid) > before + 0.1)
    time.sleep(0.4)
    stopped = cpu_seconds(features.pid)
    time.sleep(1.0)
    assert cpu_seconds(features.pid) - stopped < 0.1
