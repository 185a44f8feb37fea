"""The client for threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

import grpc

from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo_client import convert
from lienzo_client.channel import DEFAULT_ATTEMPTS, DEFAULT_TARGET, DEFAULT_TIMEOUT_S, Connection
from lienzo_client.faults import from_rpc_error
from lienzo_client.flight import DEFAULT_IN_FLIGHT, DEFAULT_RECONNECT_S, Flight, Request
from lienzo_client.pictures import Picture
from lienzo_client.results import Analysis, Classification, Model, Palette, StreamItem
from lienzo_client.stream import Call, Stream

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


class Client:
    """Asks a gateway. One client serves any number of threads; close it, or use it in a `with` block.

    Nothing is sent before the first call, and no call outlives its deadline. A call that finds the server
    away is repeated for about five seconds. `AsyncClient` has the same methods for asyncio.

    Args:
        target: `host:port` of the gateway.
        api_key: Key for servers that ask for one.
        root_certificates: Certificates in PEM that the server's must be signed by; None means those that
            gRPC brings along.
        insecure: Plain text to another host; refused by default. To this host it needs no asking.
        timeout_s: Deadline of every call in seconds, unless the call names its own.
        attempts: How often a call is tried while the server is unavailable, 1 to 5. Five take five seconds.

    Raises:
        ValueError: When these contradict each other.
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        api_key: str = "",
        root_certificates: bytes | None = None,
        insecure: bool = False,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        attempts: int = DEFAULT_ATTEMPTS,
    ) -> None:
        self._connection = Connection(target, api_key, root_certificates, insecure, timeout_s, attempts)
        self._channel = self._connection.open()
        self._stub = gateway_pb2_grpc.GatewayServiceStub(self._channel)

    def classify_image(
        self,
        picture: Picture,
        *,
        model: str = "",
        version: int = 0,
        top_k: int = 0,
        request_id: str = "",
        timeout_s: float | None = None,
    ) -> Classification:
        """What one picture shows.

        Args:
            picture: The picture file's bytes, its path, or a `Uri`.
            model: Name of the model; empty means the server's default.
            version: Version of the model; 0 means the newest.
            top_k: How many labels to rank; 0 means 5.
            request_id: Your own id for this picture. The same id and picture within some minutes get the
                same answer, computed once.
            timeout_s: Deadline in seconds; None means the client's.

        Raises:
            InvalidPicture: When the picture cannot be used.
            UnknownModel: When there is no such model.
            LienzoError: Anything else, by its own class.
        """
        request = convert.to_classify_request(picture, model, version, top_k, request_id)
        return convert.from_classify_response(self._ask(self._stub.ClassifyImage, request, timeout_s))

    def stream_classify_images(
        self,
        pictures: Iterable[tuple[str, Picture]],
        *,
        model: str = "",
        version: int = 0,
        top_k: int = 0,
        in_flight: int = DEFAULT_IN_FLIGHT,
        timeout_s: float | None = None,
        reconnect_s: float = DEFAULT_RECONNECT_S,
    ) -> Iterator[StreamItem]:
        """What each of many pictures shows, over one stream.

        Every picture is answered exactly once, in any order: by a classification, or by the error that it
        met, which ends nothing. A connection that breaks is replaced and what was not answered is sent
        again. The iterable is read in another thread, never more than `in_flight` ahead of the answers
        that were taken, so that a million pictures need no more memory than a handful.

        Args:
            pictures: Pairs of your own id, distinct among the pictures in flight, and the picture.
            model: Name of the model; empty means the server's default.
            version: Version of the model; 0 means the newest.
            top_k: How many labels to rank; 0 means 5.
            in_flight: Pictures on their way at once, 1 or more.
            timeout_s: Seconds without any answer after which the pictures on their way count as
                unanswered; None means the client's.
            reconnect_s: Seconds for which a server that went away is tried again.

        Raises:
            LienzoError: When the server is given up, or refuses the stream as a whole.
        """
        flight = Flight(in_flight, self._connection.deadline_s(timeout_s), reconnect_s)
        requests = (convert.to_stream_request(each, model, version, top_k) for each in pictures)
        return Stream(self._open_stream, requests, flight, self._connection.target).answers()

    def extract_palette(
        self, picture: Picture, *, color_count: int = 0, timeout_s: float | None = None
    ) -> Palette:
        """Which colours one picture is made of.

        Args:
            picture: The picture file's bytes, its path, or a `Uri`.
            color_count: Number of colours, 1 to 256; 0 lets the server choose.
            timeout_s: Deadline in seconds; None means the client's.

        Raises:
            InvalidPicture: When the picture cannot be used.
            LienzoError: Anything else, by its own class.
        """
        request = convert.to_palette_request(picture, color_count)
        return convert.from_palette_response(self._ask(self._stub.ExtractPalette, request, timeout_s))

    def analyze_image(
        self,
        picture: Picture,
        *,
        model: str = "",
        version: int = 0,
        top_k: int = 0,
        color_count: int = 0,
        timeout_s: float | None = None,
    ) -> Analysis:
        """Label and palette of one picture in one trip; arguments and errors as for the two apart."""
        request = convert.to_analyze_request(picture, model, version, top_k, color_count)
        return convert.from_analyze_response(self._ask(self._stub.AnalyzeImage, request, timeout_s))

    def list_models(self, *, timeout_s: float | None = None) -> tuple[Model, ...]:
        """The newest version of every model, by name."""
        request = gateway_pb2.ListModelsRequest()
        return convert.from_list_models_response(self._ask(self._stub.ListModels, request, timeout_s))

    def get_model(self, name: str, version: int = 0, *, timeout_s: float | None = None) -> Model:
        """What is known about one version of a model; 0 is the newest.

        Raises:
            UnknownModel: When it is not there.
        """
        request = convert.to_get_model_request(name, version)
        return convert.from_get_model_response(self._ask(self._stub.GetModel, request, timeout_s))

    def close(self) -> None:
        """Drops the connection; calls under way end with `Cancelled`."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self,
        method: grpc.UnaryUnaryMultiCallable[_Request, _Response],
        request: _Request,
        timeout_s: float | None,
    ) -> _Response:
        connection = self._connection
        try:
            return method(request, timeout=connection.deadline_s(timeout_s), metadata=connection.metadata)
        except grpc.RpcError as error:
            raise from_rpc_error(error, connection.target) from error

    def _open_stream(self, requests: Iterator[Request]) -> Call:
        return self._stub.StreamClassifyImages(requests, metadata=self._connection.metadata)
