"""The palette process over gRPC: one picture, streams, collections, and what it refuses."""

from __future__ import annotations

import io
from collections.abc import Iterator

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from PIL import Image

from lienzo.image.v1 import image_pb2, palette_pb2
from lienzo.palette.v1 import palette_pb2 as service_pb2
from lienzo.palette.v1 import palette_pb2_grpc
from tests.support.services import open_channel, starting_services
from vision.palette import extract_palette

RED, GREEN, BLUE = (200, 30, 40), (40, 150, 60), (30, 50, 190)


@pytest.fixture(scope="module")
def service() -> Iterator[palette_pb2_grpc.PaletteServiceStub]:
    with starting_services() as start, open_channel(start("palette").target) as channel:
        yield palette_pb2_grpc.PaletteServiceStub(channel)


def striped(*parts: tuple[tuple[int, int, int], int]) -> bytes:
    row = np.concatenate([np.tile(np.array(color, np.uint8), (width, 1)) for color, width in parts])
    file = io.BytesIO()
    Image.fromarray(np.tile(row, (40, 1, 1))).save(file, "png")
    return file.getvalue()


def request(data: bytes, color_count: int = 3) -> service_pb2.ExtractPaletteRequest:
    return service_pb2.ExtractPaletteRequest(
        image=image_pb2.Image(data=data), options=palette_pb2.PaletteOptions(color_count=color_count)
    )


def reason_of(error: grpc.RpcError) -> str:
    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return info.reason


def test_answers_what_the_plain_function_finds(service: palette_pb2_grpc.PaletteServiceStub) -> None:
    data = striped((RED, 60), (GREEN, 40))
    answer, expected = service.ExtractPalette(request(data)), extract_palette(data, 3)
    assert len(answer.palette.colors) == 2
    for got, color in zip(answer.palette.colors, expected.colors, strict=True):
        assert (got.hex, got.share) == (color.hex, color.share)
        assert (got.rgb.red, got.rgb.green, got.rgb.blue) == color.rgb
        assert (got.oklch.lightness, got.oklch.chroma, got.oklch.hue_degrees) == color.oklch
        assert (got.hsl.hue_degrees, got.hsl.saturation, got.hsl.lightness) == color.hsl
        assert (got.lab.lightness, got.lab.a, got.lab.b) == color.lab
        assert (got.css_name, got.name) == (color.css_name, color.name)
        assert (got.text.hex, got.text.contrast_ratio) == (
            color.text.hex,
            color.text.contrast_ratio,
        )
        assert palette_pb2.ColorTemperature.Name(got.temperature).endswith(color.temperature.upper())
        assert got.feeling.pleasure == color.feeling.pleasure
        assert tuple(got.feeling.words) == color.feeling.words
    assert answer.image_info.width_px == 100
    assert [timing.stage for timing in answer.timings] == ["decode", "palette"]


def test_chooses_the_number_of_colours_when_not_told(service: palette_pb2_grpc.PaletteServiceStub) -> None:
    answer = service.ExtractPalette(
        service_pb2.ExtractPaletteRequest(image=image_pb2.Image(data=striped((RED, 30), (BLUE, 20))))
    )
    assert [color.share for color in answer.palette.colors] == [0.6, 0.4]


@pytest.mark.parametrize(
    ("data", "color_count", "reason"),
    [
        (b"a text", 3, "NOT_A_PICTURE"),
        (b"", 3, "NOT_A_PICTURE"),
        (striped((RED, 40))[:60], 3, "TRUNCATED_PICTURE"),
        (striped((RED, 40)), 300, "INVALID_COLOR_COUNT"),
    ],
)
def test_refuses_with_a_reason(
    service: palette_pb2_grpc.PaletteServiceStub, data: bytes, color_count: int, reason: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        service.ExtractPalette(request(data, color_count))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(caught.value) == reason


def test_a_bad_picture_does_not_end_a_stream(service: palette_pb2_grpc.PaletteServiceStub) -> None:
    files = [striped((RED, 40)), b"no picture", striped((BLUE, 40))]
    items = [
        service_pb2.StreamPalettesRequest(request_id=str(n), request=request(d)) for n, d in enumerate(files)
    ]
    answers = list(service.StreamPalettes(iter(items)))
    assert [answer.request_id for answer in answers] == ["0", "1", "2"]
    assert [answer.WhichOneof("result") for answer in answers] == ["response", "error", "response"]
    assert answers[1].error.reason == "NOT_A_PICTURE"
    assert answers[2].response.palette.colors[0].hex == "#1e32be"


def test_a_collection_has_one_palette_in_which_each_picture_weighs_the_same(
    service: palette_pb2_grpc.PaletteServiceStub,
) -> None:
    files = {"small": striped((RED, 40)), "text": b"no picture", "large": striped((GREEN, 300), (BLUE, 100))}
    answer = service.ExtractCollectionPalette(
        service_pb2.ExtractCollectionPaletteRequest(
            request_id=name,
            image=image_pb2.Image(data=data),
            options=palette_pb2.PaletteOptions(color_count=3),
        )
        for name, data in files.items()
    )
    assert [color.share for color in answer.palette.colors] == pytest.approx([0.5, 0.375, 0.125])
    assert [picture.request_id for picture in answer.pictures] == ["small", "large"]
    assert list(answer.pictures[0].shares) == pytest.approx([1, 0, 0])
    assert list(answer.pictures[1].shares) == pytest.approx([0, 0.75, 0.25])
    assert all(picture.distance > 10 for picture in answer.pictures)
    assert [(failure.request_id, failure.error.reason) for failure in answer.failures] == [
        ("text", "NOT_A_PICTURE")
    ]


def test_refuses_a_collection_without_a_picture(service: palette_pb2_grpc.PaletteServiceStub) -> None:
    broken = service_pb2.ExtractCollectionPaletteRequest(image=image_pb2.Image(data=b"no picture"))
    for requests in ([], [broken]):
        with pytest.raises(grpc.RpcError) as caught:
            service.ExtractCollectionPalette(iter(requests))
        assert reason_of(caught.value) == "EMPTY_COLLECTION"
