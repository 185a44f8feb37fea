"""The client for threads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import convert
from lienzo_client.backoff import DEFAULT_RECONNECT_S
from lienzo_client.channel import (
    DEFAULT_ATTEMPTS,
    DEFAULT_KEEPALIVE_S,
    DEFAULT_TARGET,
    DEFAULT_TIMEOUT_S,
    Connection,
)
from lienzo_client.download import PendingDownload
from lienzo_client.errors import LienzoError
from lienzo_client.flight import DEFAULT_IN_FLIGHT, Flight
from lienzo_client.line import ConnectionState, Line, Watcher
from lienzo_client.palettes import PaletteCalls
from lienzo_client.pictures import Picture, Uploaded
from lienzo_client.results import (
    Analysis,
    Classification,
    Identification,
    Model,
    ModelPackage,
    StreamItem,
)
from lienzo_client.stream import Stream
from lienzo_client.upload import PendingUpload


class Client(PaletteCalls):
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
        keepalive_s: Silence in seconds, while a call waits, after which the connection is tested; 0 never.

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
        keepalive_s: float = DEFAULT_KEEPALIVE_S,
    ) -> None:
        self._connection = Connection(
            target, api_key, root_certificates, insecure, timeout_s, attempts, keepalive_s
        )
        self._line = Line(self._connection)

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
        return convert.from_classify_response(self._line.ask("ClassifyImage", request, timeout_s))

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
            timeout_s: Seconds without any answer after which the pictures on their way are sent once more,
                over a new connection, and then count as unanswered; None means the client's.
            reconnect_s: Seconds for which a server that went away is tried again.

        Raises:
            LienzoError: When the server is given up, or refuses the stream as a whole.
        """
        flight = Flight(in_flight, self._connection.deadline_s(timeout_s), reconnect_s)
        requests = (convert.to_stream_request(each, model, version, top_k) for each in pictures)
        return Stream(self._line.open_stream, requests, flight, self._connection.target).answers()

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
        return convert.from_analyze_response(self._line.ask("AnalyzeImage", request, timeout_s))

    def list_models(self, *, timeout_s: float | None = None) -> tuple[Model, ...]:
        """The newest version of every model, by name."""
        request = gateway_pb2.ListModelsRequest()
        return convert.from_list_models_response(self._line.ask("ListModels", request, timeout_s))

    def get_model(self, name: str, version: int = 0, *, timeout_s: float | None = None) -> Model:
        """What is known about one version of a model; 0 is the newest.

        Raises:
            UnknownModel: When it is not there.
        """
        request = convert.to_get_model_request(name, version)
        return convert.from_get_model_response(self._line.ask("GetModel", request, timeout_s))

    def identify_work(
        self, picture: Picture, *, catalogue: str = "", max_works: int = 0, timeout_s: float | None = None
    ) -> Identification:
        """Which works of a catalogue are in a picture, and where.

        Args:
            picture: The picture file's bytes, its path, a `Uri`, or one that is `Uploaded`.
            catalogue: Its name; empty means the only one there is.
            max_works: At most so many works; 0 means 3.
            timeout_s: Deadline in seconds; None means the client's.

        Raises:
            NotFound: When there is no such catalogue.
        """
        request = convert.to_identify_request(picture, catalogue, max_works)
        return convert.from_identify_response(self._line.ask("IdentifyWork", request, timeout_s))

    def upload_image(
        self, picture: Picture, *, timeout_s: float | None = None, reconnect_s: float = DEFAULT_RECONNECT_S
    ) -> Uploaded:
        """Sends a large picture in chunks over a bad link; the result stands for it in other calls.

        Args:
            picture: Bytes or a path.
            timeout_s: Deadline of one try, after which it goes on from what has arrived.
            reconnect_s: Seconds without a byte arriving after which the server is given up.

        Raises:
            InvalidPicture: When it is larger than the server takes.
            LienzoError: The last failure, when the server is given up.
        """
        pending = PendingUpload(picture, reconnect_s)
        while True:
            try:
                if pending.is_broken:
                    state = self._line.ask("GetUpload", pending.state_request(), timeout_s)
                    pending.go_on_at(state.received_bytes)
                done = pending.finish(self._line.ask("UploadImage", pending.messages(), timeout_s))
                if done is not None:
                    return done
            except LienzoError as error:
                time.sleep(pending.interrupt(error))

    def download_model(
        self,
        name: str,
        destination: str | os.PathLike[str],
        *,
        version: int = 0,
        newer_than: int = 0,
        timeout_s: float | None = None,
        reconnect_s: float = DEFAULT_RECONNECT_S,
    ) -> ModelPackage | None:
        """Fetches the Core ML package of a model as a zip file, and goes on where an earlier try stopped.

        Args:
            name: The model.
            destination: The file; it appears whole or not at all.
            version: Its version; 0 means the newest.
            newer_than: The version that you have.
            timeout_s: Deadline of one try, after which it goes on from what has arrived.
            reconnect_s: Seconds without a byte arriving after which the server is given up.

        Returns:
            What was fetched, or None when the version that you have is the newest.

        Raises:
            UnknownModel: When there is no such model.
            LienzoError: The last failure, when the server is given up.
        """
        pending = PendingDownload(Path(destination), name, version, newer_than, reconnect_s)
        while True:
            try:
                answers = self._line.each("DownloadModel", pending.request(), timeout_s)
                if all(map(pending.take, answers)):
                    return pending.finish()
            except LienzoError as error:
                time.sleep(pending.interrupt(error))

    @property
    def state(self) -> ConnectionState:
        """How the connection is now. `IDLE` is no fault: nothing is connected before the first call."""
        return self._line.state

    def subscribe(self, watcher: Watcher, *, connect: bool = False) -> Callable[[], None]:
        """Tells `watcher` the state of the connection now, and each later one.

        Args:
            watcher: Called with each state, from another thread; it must not wait for anything.
            connect: Connect now instead of with the first call.

        Returns:
            A function that ends it.
        """
        return self._line.subscribe(watcher, connect=connect)

    def reconnect(self) -> None:
        """Sends later calls over a new connection: for apps that are told of a change of network.

        Without it the first call that is not answered in time does so, or a ping that is not.
        """
        self._line.replace()

    def close(self) -> None:
        """Drops the connection; calls under way end with `Cancelled`."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
