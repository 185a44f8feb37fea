"""Reads pictures by address, with allow-list, size limit, timeout and concurrency limit in one place."""

from __future__ import annotations

import asyncio
import mimetypes
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from sources.address import Address, parse_address
from sources.allowlist import AllowList
from sources.errors import AddressIsFolder, InvalidAddress, SourceError, SourceTooSlow
from sources.files import list_files, read_file
from sources.schemes import load_library
from sources.stores import list_objects, read_object

LARGEST_BYTES: Final = 20 * 2**20
SECONDS: Final = 20
AT_ONCE: Final = 16

ResultT = TypeVar("ResultT")


class Reader:
    """Reads pictures from the addresses of `sources.schemes.SCHEMES`.

    Transfers run in fsspec's event loop, in a thread of its own, and stay in memory. The methods may be
    called from any thread, and those that end in `_async` from any event loop. Only addresses that the
    allow-list names are connected to.

    Args:
        allowed: What may be read; `AllowList(everything=True)` for a person with their own credentials.
        max_bytes: Largest picture; at most one byte more is read.
        timeout_s: Seconds in which a picture, or one page of a listing, must arrive.
        at_once: Pictures read concurrently, over all callers.
    """

    def __init__(
        self,
        allowed: AllowList,
        *,
        max_bytes: int = LARGEST_BYTES,
        timeout_s: float = SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self.allowed = allowed
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._at_once = at_once
        self._slots = asyncio.Semaphore(at_once)
        self._web: Any = None

    def check(self, uri: str) -> Address:
        """Parses an address and checks it against the allow-list, without connecting.

        Raises:
            InvalidAddress: When it is not an address that can be read.
            NotAllowed: When no prefix of the allow-list names it.
        """
        address = parse_address(uri)
        self.allowed.check(address)
        return address

    def read(self, uri: str, timeout_s: float | None = None) -> bytes:
        """Reads the bytes of one picture.

        Args:
            uri: Its address.
            timeout_s: The caller's deadline in seconds; it can only shorten the reader's own.

        Raises:
            SourceError: By its class: InvalidAddress, AddressIsFolder, NotAllowed, PictureNotFound,
                SourceDenied, SourceUnavailable, SourceBroken, SourceTooSlow, TooManyBytes, NotInstalled.
        """
        return self._submit(self._read(uri, timeout_s)).result()

    async def read_async(self, uri: str, timeout_s: float | None = None) -> bytes:
        """Reads as `read` does, from any event loop; cancelling it ends the transfer."""
        return await asyncio.wrap_future(self._submit(self._read(uri, timeout_s)))

    def read_each(
        self, uris: Iterable[str], window: int | None = None
    ) -> Iterator[tuple[str, bytes | SourceError]]:
        """Reads many pictures; yields address and bytes, or the error, in the order of the addresses.

        Pictures are read concurrently, at most `window` (default `at_once`) ahead of the consumer, so that a
        million need no more memory than a handful. The addresses are consumed lazily: they may come from
        `list_pictures`.
        """
        pending: deque[tuple[str, Future[bytes]]] = deque()
        try:
            for uri in uris:
                pending.append((uri, self._submit(self._read(uri, None))))
                if len(pending) >= (window or self._at_once):
                    yield _outcome(*pending.popleft())
            while pending:
                yield _outcome(*pending.popleft())
        finally:
            for _, future in pending:
                future.cancel()

    def list_pictures(self, uri: str) -> Iterator[str]:
        """Lists the addresses of all pictures below a folder, bucket or prefix.

        The listing is lazy: the next page is requested when the previous one is consumed. Hidden names
        (`.thumbnails/a.jpg`) and names with the ending of another type (`notes.txt`, `catalogue.csv`) are
        skipped; whether the others are pictures shows when they are read.

        Args:
            uri: The folder's address, such as `s3://museum/2024/`; the final slash is optional.

        Yields:
            Addresses for `read`; S3 in the order of their keys, other stores folder by folder.

        Raises:
            PictureNotFound: When nothing is below it.
            SourceError: As `read`; InvalidAddress for https, which has no folders.
        """
        pages = self._pages(uri)
        while (page := self._submit(self._next_page(uri, pages)).result()) is not None:
            yield from page

    async def list_pictures_async(self, uri: str) -> AsyncGenerator[str, None]:
        """Lists as `list_pictures` does, from any event loop."""
        pages = self._pages(uri)
        while (page := await asyncio.wrap_future(self._submit(self._next_page(uri, pages)))) is not None:
            for each in page:
                yield each

    def close(self) -> None:
        """Closes the connections to web servers."""
        if self._web is not None:
            web, self._web = self._web, None
            self._submit(web.close()).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, coroutine: Coroutine[Any, Any, ResultT]) -> Future[ResultT]:
        from fsspec.asyn import get_loop  # see `sources.schemes.load_library`

        return asyncio.run_coroutine_threadsafe(coroutine, get_loop())

    async def _read(self, uri: str, timeout_s: float | None) -> bytes:
        address = self.check(uri)
        if address.is_folder:
            raise AddressIsFolder(uri)
        seconds = self._timeout_s if timeout_s is None else min(timeout_s, self._timeout_s)
        try:
            async with asyncio.timeout(seconds), self._slots:
                return await self._bytes_at(address)
        except TimeoutError as error:
            raise SourceTooSlow(uri, seconds) from error

    async def _bytes_at(self, address: Address) -> bytes:
        if address.scheme == "https":
            return await self._web_reader().read(address, self._max_bytes)  # type: ignore[no-any-return]
        if address.scheme == "file":
            return await asyncio.to_thread(read_file, address, self.allowed, self._max_bytes)
        return await read_object(address, self._max_bytes)

    def _web_reader(self) -> Any:
        if self._web is None:
            load_library("https")
            from sources.web import WebReader  # aiohttp comes with an extra

            self._web = WebReader(self.allowed, self._at_once)
        return self._web

    async def _pages(self, uri: str) -> AsyncIterator[list[str]]:
        root = parse_address(uri).as_folder()
        self.allowed.check(root)
        if root.scheme == "https":
            raise InvalidAddress(uri, "web servers have no folders to list")
        if root.scheme == "file":
            folders = list_files(root, self.allowed)
            while (names := await asyncio.to_thread(next, folders, None)) is not None:
                yield _addresses(root, names)
        else:
            async for names in list_objects(root):
                yield _addresses(root, names)

    async def _next_page(self, uri: str, pages: AsyncIterator[list[str]]) -> list[str] | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await anext(pages, None)
        except TimeoutError as error:
            raise SourceTooSlow(uri, self._timeout_s) from error


def _outcome(uri: str, future: Future[bytes]) -> tuple[str, bytes | SourceError]:
    try:
        return uri, future.result()
    except SourceError as error:
        return uri, error


def _addresses(root: Address, names: Iterable[str]) -> list[str]:
    return [f"{root}{name}" for name in names if _may_be_a_picture(name)]


def _may_be_a_picture(name: str) -> bool:
    if any(part.startswith(".") for part in name.split("/")):
        return False
    kind, _ = mimetypes.guess_type(name.rpartition("/")[2], strict=False)
    return kind is None or kind.startswith("image/")
