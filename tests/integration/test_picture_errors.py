"""Pictures that are refused say what is wrong with them, over gRPC and over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest

from tests.integration.refusals import GRID, INVALID, classify, png_header, refused
from tests.support.pictures import jpeg

BAD_PICTURES = [
    (None, "MISSING_IMAGE", 400),
    (b"", "NOT_A_PICTURE", 400),
    (b"this is only text, and no picture at all", "NOT_A_PICTURE", 415),
    (GRID[: len(GRID) // 2], "TRUNCATED_PICTURE", 400),
    (jpeg(np.zeros((1, 1, 3), np.uint8)), "PICTURE_TOO_SMALL", 400),
    (png_header(10_000, 10_000), "TOO_MANY_PIXELS", 413),
    (b"\xff\xd8\xff" + bytes(20 * 2**20), "PICTURE_TOO_LARGE", 413),
]
NAMES = ["missing", "empty", "text", "truncated", "1x1", "100 megapixels", "over 20 MiB"]


@pytest.mark.parametrize(("data", "reason", "_status"), BAD_PICTURES, ids=NAMES)
def test_tells_what_is_wrong_with_a_picture(services: Any, data: bytes, reason: str, _status: int) -> None:
    error = refused(lambda: services.gateway.ClassifyImage(classify(data)))
    assert (error.code, error.reason) == (INVALID, reason)


@pytest.mark.parametrize(("data", "reason", "status"), BAD_PICTURES[2:], ids=NAMES[2:])
@pytest.mark.parametrize("form", [True, False], ids=["form", "body"])
@pytest.mark.parametrize("path", ["/predict", "/v1/classify"])
def test_tells_the_same_over_http(
    services: Any, data: bytes, reason: str, status: int, form: bool, path: str
) -> None:
    sent: Any = {"files": {"file": ("a.jpg", data)}} if form else {"content": data}
    answer = httpx.post(services.url + path, **sent)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_carries_the_values_of_the_sentence(services: Any) -> None:
    error = refused(lambda: services.gateway.ClassifyImage(classify(png_header(10_000, 10_000))))
    assert error.metadata == {"width_px": "10000", "height_px": "10000", "limit_px": "50000000"}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"content": b""},
        {"files": {"other": ("a.jpg", GRID)}},
        {"files": {"file": ("a.jpg", b"")}},
    ],
    ids=["nothing", "empty body", "another field", "empty file"],
)
def test_misses_the_picture_of_an_http_request(services: Any, sent: dict[str, Any]) -> None:
    answer = httpx.post(services.url + "/predict", **sent)
    assert (answer.status_code, answer.json()["reason"]) == (400, "MISSING_IMAGE")


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"content-type": "multipart/form-data"}, b"no boundary"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nbroken"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\nno name\r\n--x--\r\n"),
    ],
    ids=["no boundary", "cut off", "no name"],
)
def test_tells_a_form_that_cannot_be_read(services: Any, headers: dict[str, str], content: bytes) -> None:
    answer = httpx.post(services.url + "/predict", headers=headers, content=content)
    assert (answer.status_code, answer.json()["reason"]) in {
        (400, "MALFORMED_REQUEST"),
        (400, "MISSING_IMAGE"),
    }


def test_refuses_two_files_in_one_form(services: Any) -> None:
    files = [("file", ("a.jpg", GRID)), ("file", ("b.jpg", GRID))]
    answer = httpx.post(services.url + "/predict", files=files)
    assert (answer.status_code, answer.json()["reason"]) == (400, "MALFORMED_REQUEST")


def test_reads_a_form_without_an_announced_length_only_up_to_the_limit(services: Any) -> None:
    def body() -> Any:
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        for _ in range(24):
            yield bytes(2**20)
        yield b"\r\n--x--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = httpx.post(services.url + "/predict", headers=headers, content=body())
    assert (answer.status_code, answer.json()["reason"]) == (413, "PICTURE_TOO_LARGE")


def test_answers_a_sender_of_far_too_much(services: Any) -> None:
    answer = httpx.post(services.url + "/v1/classify", content=bytes(60 * 2**20))
    assert (answer.status_code, answer.json()["reason"]) == (413, "PICTURE_TOO_LARGE")
