"""What tests of refusals share: asking, and what every refusal carries."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import cv2
import grpc
import numpy as np
import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, recognition_pb2
from runtime.status import StatusError, from_rpc_error
from tests.support.pictures import draw, jpeg

GRID = jpeg(draw("grid"))
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def refused(call: Callable[[], Any]) -> StatusError:
    """The refusal of a call; it must carry a reason in the domain `lienzo` and a request id."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None, f"no ErrorInfo: {caught.value}"
    assert error.code is caught.value.code()
    assert "Traceback" not in error.message
    return error


def classify(data: bytes | None, name: str = "", version: int = 0, **fields: Any) -> Any:
    image = None if data is None else image_pb2.Image(data=data)
    model = recognition_pb2.ModelVersion(name=name, version=version)
    return gateway_pb2.ClassifyImageRequest(image=image, model=model, **fields)


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size; only its header is there to be read."""
    small = bytearray(cv2.imencode(".png", np.zeros((20, 20, 3), np.uint8))[1].tobytes())
    small[16:20], small[20:24] = width.to_bytes(4, "big"), height.to_bytes(4, "big")
    small[29:33] = zlib.crc32(bytes(small[12:29])).to_bytes(4, "big")
    return bytes(small)
