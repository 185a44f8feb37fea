"""Callers at every door of a gateway, for benchmarks: a photograph in, facts out that can be compared.

Each caller has connections of its own, as every app has. Over gRPC it is the client that apps install, with
all addresses and its own retries. Over HTTP and Connect it does what HTTP clients can be told to do: the next
address, after a growing pause, when the connection breaks or the answer is 503 or 429.
"""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import httpx
import numpy as np
from connectrpc.client import ConnectClientSync
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import Client, LienzoError
from lienzo_client.results import Classification
from tests.support.pictures import LABELS, draw, jpeg

SIZES = {
    "20 KB": ((320, 240), 6, 93),
    "300 KB": ((1400, 1050), 8, 85),
    "2 MB": ((3000, 2250), 8, 91),
    "4 MB": ((3600, 2700), 9, 94),
}
"""Width and height, deviation of the noise, JPEG quality."""

ATTEMPTS = 6
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 3.0

Facts: TypeAlias = Mapping[str, tuple[str, ...]]
"""What is the same whenever the same photograph is asked about, by name."""


class Failed(Exception):
    """A call that ended without an answer.

    Attributes:
        reason: Reason of the refusal, or what the connection did.
        is_passing: Whether another attempt may succeed.
    """

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_passing = reason, is_passing


class Caller(Protocol):
    """Asks at one door."""

    def ask(self, photo: bytes) -> Facts:
        """Asks for label and palette of a photograph.

        Raises:
            Failed: After all attempts.
        """

    def close(self) -> None:
        """Closes the connections."""


def photograph(size: str, seed: int) -> bytes:
    """A drawn JPEG of one of `SIZES`, with noise, which does not get smaller: as large as a real one."""
    pixels, deviation, quality = SIZES[size]
    drawn = draw(LABELS[seed % len(LABELS)], seed, pixels)
    noise = np.random.default_rng(seed).normal(0, deviation, drawn.shape).astype(np.float32)
    return jpeg((drawn + noise).clip(0, 255).astype(np.uint8), quality)


def unary(name: str) -> MethodInfo[Any, Any]:
    """A method of the gateway, as Connect's client wants it described."""
    method = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"].methods_by_name[name]
    return MethodInfo(
        name=name,
        service_name=method.containing_service.full_name,
        input=GetMessageClass(method.input_type),
        output=GetMessageClass(method.output_type),
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=StreamType.UNARY,
    )


def connect_client(url: str) -> ConnectClientSync:
    """Connect's own client: binary messages, pictures not compressed again."""
    return ConnectClientSync(url, codec=google_protobuf_binary_codec(), send_compression=None)


class GrpcCaller:
    """The client that apps install.

    Args:
        targets: `host:port` of the gateways.
        timeout_s: Deadline of a call.
    """

    def __init__(self, targets: Sequence[str], timeout_s: float) -> None:
        self._client = Client("ipv4:" + ",".join(targets), timeout_s=timeout_s)

    def ask(self, photo: bytes) -> Facts:
        """Asks for label and palette."""
        try:
            found = self._client.analyze_image(photo)
        except LienzoError as error:
            raise Failed(error.reason or error.code) from error
        return {**_labels(found.classification), "colors": tuple(each.hex for each in found.palette.colors)}

    def stream(self, photos: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Facts | Failed]]:
        """Asks for the labels of many photographs over one stream; yields them by the caller's ids.

        Raises:
            Failed: When the stream as a whole has ended.
        """
        try:
            for item in self._client.stream_classify_images(photos):
                error = item.error
                if error is not None:
                    yield item.request_id, Failed(error.reason or error.code)
                else:
                    yield item.request_id, _labels(item.unwrap())
        except LienzoError as error:
            raise Failed(error.reason or error.code) from error

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()


class _Persistent(ABC):
    """Tries again at the next address what may pass.

    Args:
        urls: Addresses of the gateways.
        timeout_s: Deadline of a call, all attempts together.
        refusals: Counts what was tried again, by reason.
    """

    def __init__(self, urls: Sequence[str], timeout_s: float, refusals: Counter[str]) -> None:
        self._urls = itertools.cycle(urls)
        self._timeout_s, self._refusals = timeout_s, refusals

    def ask(self, photo: bytes) -> Facts:
        """Asks for label and palette."""
        deadline, pause = time.monotonic() + self._timeout_s, FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.ask_once(next(self._urls), photo, max(0.001, deadline - time.monotonic()))
            except Failed as failure:
                out_of_time = time.monotonic() + pause > deadline
                if not failure.is_passing or attempt == ATTEMPTS or out_of_time:
                    raise
                self._refusals[failure.reason] += 1
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        raise AssertionError("the last attempt returns or raises")

    @abstractmethod
    def ask_once(self, url: str, photo: bytes, seconds: float) -> Facts:
        """Asks one gateway once."""


class HttpCaller(_Persistent):
    """`POST /v1/analyze` with the bytes as body, over kept connections (httpx)."""

    def __init__(self, urls: Sequence[str], timeout_s: float, refusals: Counter[str]) -> None:
        super().__init__(urls, timeout_s, refusals)
        self._http = httpx.Client()

    def ask_once(self, url: str, photo: bytes, seconds: float) -> Facts:
        """Asks one gateway once."""
        try:
            answer = self._http.post(f"{url}/v1/analyze", content=photo, timeout=seconds)
        except httpx.TimeoutException as error:
            raise Failed("NO_ANSWER_IN_TIME") from error
        except httpx.TransportError as error:
            raise Failed("CONNECTION_LOST", is_passing=True) from error
        body = answer.json()
        if answer.status_code != 200:
            raise Failed(body["reason"], is_passing=answer.status_code in (429, 503))
        model = body["recognition"]["model"]
        labels = ((each["label"], each["probability"]) for each in body["recognition"]["labels"])
        return {
            f"labels by version {model['version']}": _rounded(labels),
            "colors": tuple(each["hex"] for each in body["palette"]["colors"]),
        }

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


class ConnectCaller(_Persistent):
    """Connect's own client: unary, binary messages."""

    def __init__(self, urls: Sequence[str], timeout_s: float, refusals: Counter[str]) -> None:
        super().__init__(urls, timeout_s, refusals)
        self._clients = {each: connect_client(each) for each in urls}
        self._method = unary("AnalyzeImage")

    def ask_once(self, url: str, photo: bytes, seconds: float) -> Facts:
        """Asks one gateway once."""
        request = gateway_pb2.AnalyzeImageRequest()
        request.image.data = photo
        try:
            answer = self._clients[url].execute_unary(
                request=request, method=self._method, timeout_ms=max(1, round(seconds * 1e3))
            )
        except ConnectError as error:
            passing = error.code in (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED)
            reason = "NO_ANSWER_IN_TIME" if error.code is Code.DEADLINE_EXCEEDED else _reason(error)
            raise Failed(reason, is_passing=passing) from error
        labels = ((each.label, each.probability) for each in answer.recognition.labels)
        return {
            f"labels by version {answer.recognition.model.version}": _rounded(labels),
            "colors": tuple(each.hex for each in answer.palette.colors),
        }

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            client.close()


def _labels(found: Classification) -> Facts:
    labels = ((each.name, each.probability) for each in found.labels)
    return {f"labels by version {found.model.version}": _rounded(labels)}


def _rounded(labels: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    return tuple(f"{label} {probability:.5f}" for label, probability in labels)


def _reason(error: ConnectError) -> str:
    for detail in error.details:
        if detail.type_name == "google.rpc.ErrorInfo":
            return str(error_details_pb2.ErrorInfo.FromString(detail.message_bytes).reason)
    return "CONNECTION_LOST" if error.code is Code.UNAVAILABLE else error.code.name
