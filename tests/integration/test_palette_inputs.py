"""Odd pictures and odd wishes, by gRPC, by HTTP and at the command line: the same answer by every door."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from PIL import Image

from cli.main import run_command
from lienzo.gateway.v1 import gateway_pb2

RED = np.full((20, 20, 3), (200, 30, 40), np.uint8)
CLEAR = np.zeros((20, 20, 4), np.uint8)
TWO = np.concatenate([RED, 255 - RED])


def png(pixels: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png", **options)
    return file.getvalue()


def over_grpc(services: Any, data: bytes, colors: int) -> list[str] | str:
    request = gateway_pb2.ExtractPaletteRequest(image={"data": data}, options={"color_count": colors})
    call = services.gateway.ExtractPalette.future(request)
    if call.code() == grpc.StatusCode.OK:
        return [color.hex for color in call.result().palette.colors]
    assert call.code() == grpc.StatusCode.INVALID_ARGUMENT
    info = error_details_pb2.ErrorInfo()
    rpc_status.from_call(call).details[0].Unpack(info)
    return info.reason


def over_http(services: Any, data: bytes, colors: int) -> list[str] | str:
    answer = httpx.post(f"{services.url}/v1/palette?colors={colors}", content=data)
    if answer.status_code == 200:
        return [color["hex"] for color in answer.json()["palette"]["colors"]]
    assert answer.status_code in (400, 413, 415)
    return str(answer.json()["reason"])


@pytest.mark.parametrize(
    ("data", "colors", "expected"),
    [
        (png(RED), 5, ["#c81e28"]),
        (png(TWO), 256, ["#37e1d7", "#c81e28"]),
        (png(TWO), 0, ["#37e1d7", "#c81e28"]),
        (png(RED, icc_profile=b"no profile at all"), 1, ["#c81e28"]),
        (png(CLEAR), 3, "FULLY_TRANSPARENT"),
        (png(RED[:1, :1]), 3, "PICTURE_TOO_SMALL"),
        (png(RED), 300, "INVALID_COLOR_COUNT"),
        (png(RED), 2**32 - 1, "INVALID_COLOR_COUNT"),
        (png(RED)[:60], 3, "TRUNCATED_PICTURE"),
        (b"a text", 3, "NOT_A_PICTURE"),
    ],
)
def test_every_door_answers_alike(
    services: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    data: bytes,
    colors: int,
    expected: list[str] | str,
) -> None:
    answers = [over_grpc(services, data, colors), over_http(services, data, colors)]
    file = tmp_path / "picture.png"
    file.write_bytes(data)
    wanted = "auto" if colors == 0 else str(colors)
    for target in ((), ("--target", services.target("gateway"))):
        status = run_command(["palette", str(file), "--colors", wanted, "--json", *target])
        out, err = capsys.readouterr()
        if isinstance(expected, str):
            assert status == 2
            assert err.count("\n") == 1
            assert "Traceback" not in err
        else:
            assert status == 0
            assert ("it has no more" in err) == (len(expected) < colors)
            answers.append([color["hex"] for color in json.loads(out)["colors"]])
    assert [sorted(each) if isinstance(each, list) else each for each in answers] == [expected] * len(answers)
