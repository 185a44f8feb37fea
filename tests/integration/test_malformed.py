"""Odd and broken pictures through the real gateway: an answer or a typed error each, and steady memory."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from cli.serving.process import resident_bytes
from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2

REASONS = {
    "NOT_A_PICTURE",
    "TRUNCATED_PICTURE",
    "DAMAGED_PICTURE",
    "TOO_MANY_PIXELS",
    "TOO_MUCH_TO_DECODE",
    "PICTURE_TOO_SMALL",
    "PICTURE_TOO_LARGE",
}


@pytest.fixture(scope="module")
def malformed(shared_data: Path) -> dict[str, Path]:
    """Files by the name that the manifest gives them."""
    with (shared_data / "malformed" / "manifest.csv").open(encoding="utf-8") as table:
        names = [row["file"].removeprefix("image-rs/") for row in csv.DictReader(table)]
    files = {name: shared_data / "malformed" / name for name in names}
    return {name: path for name, path in files.items() if path.is_file()}


def requests(files: dict[str, Path]) -> Any:
    for name, path in files.items():
        request = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=path.read_bytes()))
        yield gateway_pb2.StreamClassifyImagesRequest(request_id=name, request=request)


def test_every_odd_picture_is_answered_or_refused_with_a_reason(
    services: Any, malformed: dict[str, Path]
) -> None:
    assert len(malformed) > 100
    answers = list(services.gateway.StreamClassifyImages(requests(malformed), timeout=100))
    assert sorted(each.request_id for each in answers) == sorted(malformed)
    odd = {each.request_id: each.error for each in answers if each.HasField("error")}
    assert {name: error.reason for name, error in odd.items() if error.reason not in REASONS} == {}
    assert all(error.message for error in odd.values())
    assert 10 < len(odd) < len(malformed)


def test_odd_pictures_leave_no_memory_behind(services: Any, malformed: dict[str, Path]) -> None:
    def resident() -> dict[str, int]:
        return {name: resident_bytes(process.pid) for name, process in services.processes.items()}

    for _ in range(2):
        list(services.gateway.StreamClassifyImages(requests(malformed), timeout=100))
    before = resident()
    for _ in range(2):
        list(services.gateway.StreamClassifyImages(requests(malformed), timeout=100))
    grown = {name: (now - before[name]) >> 20 for name, now in resident().items()}
    assert max(grown.values()) < 64, grown  # allocators take some rounds to settle; a leak would go on
    assert max(resident().values()) < 300 * 2**20
