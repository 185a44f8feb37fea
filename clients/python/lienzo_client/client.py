"""The client for threads."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import TracebackType
from typing import Self

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import convert, descriptions
from lienzo_client.backoff import DEFAULT_RECONNECT_S
from lienzo_client.channel import (
    DEFAULT_ATTEMPTS,
    DEFAULT_KEEPALIVE_S,
    DEFAULT_TARGET,
    DEFAULT_TIMEOUT_S,
    Connection,
)
from lienzo_client.flight import DEFAULT_IN_FLIGHT, Flight
from lienzo_client.line import ConnectionState, Watcher
from lienzo_client.lines import open_line
from lienzo_client.metadata import Token, to_accepted, to_pairs
from lienzo_client.models import Model, ServerInfo
from lienzo_client.pictures import Picture
from lienzo_client.results import Analysis, Classification, Identification, StreamItem
from lienzo_client.stream import Stream
from lienzo_client.transfers import TransferCalls


class Client(TransferCalls):
    """Client of a gateway. It is thread-safe; close it, or use it in a `with` block.

    It connects with the first call, and no call outlives its deadline. Calls are retried for about five
    seconds while the server is unavailable. `AsyncClient` has the same methods for asyncio.

    Args:
        target: `host:port` of the gateway, for gRPC. Or its `https://` address, for networks that break
            HTTP/2: the same calls go over HTTP/1.1 (`pip install 'lienzo-client[http]'`).
        api_key: Key or token for servers that require one, or a function that returns the current one.
        root_certificates: Trusted root certificates in PEM; None means those that come with gRPC.
        insecure: Whether to use plain text with another host. With this host plain text is the default.
        timeout_s: Default deadline of a call in seconds.
        attempts: How often a call is tried while the server is unavailable, 1 to 5. Five take five seconds.
        keepalive_s: Seconds without data, while a call waits, after which the connection is pinged; 0 means
            never.
        client_certificate: Certificate chain in PEM by which the server knows this client (mutual TLS).
        client_key: Its private key in PEM.

    Raises:
        ValueError: When a value is out of range, or two of them contradict each other.
        ImportError: For an address where the library for HTTP is missing; it says how to install it.
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        api_key: Token = "",
        root_certificates: bytes | None = None,
        insecure: bool = False,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        attempts: int = DEFAULT_ATTEMPTS,
        keepalive_s: float = DEFAULT_KEEPALIVE_S,
        client_certificate: bytes | None = None,
        client_key: bytes | None = None,
    ) -> None:
        self._connection = Connection(
            target,
            api_key,
            root_certificates,
            insecure,
            timeout_s,
            attempts,
            keepalive_s,
            client_certificate,
            client_key,
        )
        self._line = open_line(self._connection)

    def with_metadata(self, metadata: Mapping[str, str | bytes]) -> Self:
        """Returns a client whose calls carry metadata too, such as an id for tracing.

        It shares the connection: closing one closes both.

        Args:
            metadata: Values by name; bytes where the name ends with `-bin`.

        Raises:
            ValueError: For a name or a value that a header cannot carry.
        """
        client = copy.copy(self)
        client._metadata = self._metadata + to_pairs(metadata)
        return client

    def with_languages(self, *languages: str) -> Self:
        """Returns a client that is answered in these languages: what labels mean, and titles of works.

        It shares the connection: closing one closes both.

        Args:
            *languages: BCP 47 tags such as `es-AR`, the preferred one first.
        """
        return self.with_metadata(to_accepted(languages))

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
        """Classifies one picture.

        Args:
            picture: The picture file's bytes, its path, or a `Uri`.
            model: Name of the model; empty means the server's default.
            version: Version of the model; 0 means the newest.
            top_k: How many labels to rank; 0 means 5.
            request_id: Your own id for this picture. Repeating it with the same picture within some minutes
                returns the same answer without computing it again.
            timeout_s: Deadline in seconds; None means the client's.

        Raises:
            InvalidPicture: When the picture cannot be used.
            UnknownModel: When there is no such model.
            LienzoError: Any other failure, by its own class.
        """
        request = convert.to_classify_request(picture, model, version, top_k, request_id)
        return convert.from_classify_response(self._ask("ClassifyImage", request, timeout_s))

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
        """Classifies many pictures over one stream.

        Every picture is answered exactly once, in any order: with a classification or with its own error,
        which does not end the stream. A broken connection is replaced and unanswered pictures are sent
        again. The iterable is read in another thread, never more than `in_flight` ahead of the consumed
        answers, so that a million pictures need no more memory than a handful.

        Args:
            pictures: Pairs of your own id, distinct among the pictures in flight, and the picture.
            model: Name of the model; empty means the server's default.
            version: Version of the model; 0 means the newest.
            top_k: How many labels to rank; 0 means 5.
            in_flight: Largest number of pictures in flight, 1 or more.
            timeout_s: Seconds without any answer after which the pictures in flight are sent once more over
                a new connection, and after which they then fail; None means the client's.
            reconnect_s: Seconds for which reconnecting to a lost server is retried.

        Raises:
            LienzoError: When retries are exhausted, or the server refuses the stream as a whole.
        """
        flight = Flight(in_flight, self._connection.deadline_s(timeout_s), reconnect_s)
        requests = (convert.to_stream_request(each, model, version, top_k) for each in pictures)
        return Stream(
            partial(self._line.open_stream, self._metadata), requests, flight, self._connection.target
        ).answers()

    def analyze_image(
        self,
        picture: Picture,
        *,
        model: str = "",
        version: int = 0,
        top_k: int = 0,
        color_count: int = 0,
        works: bool = False,
        catalogue: str = "",
        max_works: int = 0,
        timeout_s: float | None = None,
    ) -> Analysis:
        """Classifies a picture, extracts its palette and identifies works in one call.

        The picture is sent once. Each part is an answer or an error of its own, which is raised where the
        part is read; the call fails only where all parts do. Other arguments as for the separate calls.

        Args:
            picture: The picture file's bytes, its path, or a `Uri`.
            model: Name of the model; empty means the server's default.
            version: Version of the model; 0 means the newest.
            top_k: How many labels to rank; 0 means 5.
            color_count: How many colours; 0 lets the server choose.
            works: Whether to identify works of a catalogue as well; naming a catalogue says so, too.
            catalogue: Name of the catalogue; may be empty when the server has only one.
            max_works: Largest number of works; 0 means 3.
            timeout_s: Deadline in seconds; None means the client's.
        """
        works = works or bool(catalogue)
        wanted = (catalogue, max_works) if works else None
        request = convert.to_analyze_request(picture, model, version, top_k, color_count, wanted)
        response = self._ask("AnalyzeImage", request, timeout_s)
        return convert.from_analyze_response(response, asked_for_works=works)

    def get_server_info(self, *, timeout_s: float | None = None) -> ServerInfo:
        """Tells what the server takes, has, and has switched on.

        Raises:
            NotSupported: By a server that is older than this call.
        """
        request = gateway_pb2.GetServerInfoRequest()
        return descriptions.from_server_info_response(self._ask("GetServerInfo", request, timeout_s))

    def list_models(self, *, all_versions: bool = False, timeout_s: float | None = None) -> tuple[Model, ...]:
        """Lists the newest version of every model, or every version, by name; asks for page after page."""
        found: list[Model] = []
        request = gateway_pb2.ListModelsRequest(all_versions=all_versions)
        while True:
            page = self._ask("ListModels", request, timeout_s)
            found += descriptions.from_list_models_response(page)
            if not page.next_page_token:
                return tuple(found)
            request.page_token = page.next_page_token

    def get_model(self, name: str, version: int = 0, *, timeout_s: float | None = None) -> Model:
        """Describes one version of a model; 0 is the newest.

        Raises:
            UnknownModel: When there is no such model.
        """
        request = convert.to_get_model_request(name, version)
        return descriptions.from_get_model_response(self._ask("GetModel", request, timeout_s))

    def identify_work(
        self, picture: Picture, *, catalogue: str = "", max_works: int = 0, timeout_s: float | None = None
    ) -> Identification:
        """Identifies the works of a catalogue in a picture, with their outlines.

        Args:
            picture: The picture file's bytes, its path, a `Uri`, or one that is `Uploaded`.
            catalogue: Name of the catalogue; may be empty when the server has only one.
            max_works: Largest number of works; 0 means 3.
            timeout_s: Deadline in seconds; None means the client's.

        Raises:
            NotFound: When there is no such catalogue.
        """
        request = convert.to_identify_request(picture, catalogue, max_works)
        return convert.from_identify_response(self._ask("IdentifyWork", request, timeout_s))

    @property
    def state(self) -> ConnectionState:
        """Current state of the connection. It is `IDLE` before the first call, which connects."""
        return self._line.state

    def subscribe(self, watcher: Watcher, *, connect: bool = False) -> Callable[[], None]:
        """Calls `watcher` with the connection's current state and each later one.

        Args:
            watcher: Called with each state, from another thread; it must not block.
            connect: Whether to connect now instead of with the first call.

        Returns:
            A function that ends the subscription.
        """
        return self._line.subscribe(watcher, connect=connect)

    def reconnect(self) -> None:
        """Opens a new connection for later calls, for apps that notice a change of network.

        Without it the connection is replaced after the first call or ping that times out.
        """
        self._line.replace()

    def close(self) -> None:
        """Closes the connection; calls in progress end with `Cancelled`."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
