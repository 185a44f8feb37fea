"""Reads the pictures of a command line: files, folders and addresses, on this machine."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TypeVar

from cli.errors import CliError
from cli.pictures.photos import is_address, pictures_in
from sources.address import is_folder_address
from sources.allowlist import AllowList
from sources.errors import SourceError
from sources.reader import Reader
from vision.decoding.formats import begins_like_a_picture

Content = Path | bytes | SourceError
"""A file that is not read yet, the bytes, or the error of reading."""

STANDARD_INPUT = "-"

_AT_ONCE = 4
_SECONDS = 60.0

ContentT = TypeVar("ContentT")
ResultT = TypeVar("ResultT")


def own_reader() -> Reader:
    """Makes a reader of every address, with the person's own credentials."""
    return Reader(AllowList(everything=True), timeout_s=_SECONDS)


def is_folder(argument: str) -> bool:
    """Whether an argument is a folder or the address of one.

    Raises:
        CliError: The file does not exist.
    """
    if argument == STANDARD_INPUT:
        return False
    if is_address(argument):
        return is_folder_address(argument)
    if not Path(argument).exists():
        raise CliError(f"{argument}: no such file or folder.")
    return Path(argument).is_dir()


def content_of(argument: str, reader: Reader) -> Content:
    """Reads one picture at an address or from standard input; a file is read later."""
    if argument == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    if not is_address(argument):
        return Path(argument)
    try:
        return reader.read(argument)
    except SourceError as error:
        return error


def contents_below(folder: str, reader: Reader) -> Iterator[tuple[str, Content]]:
    """Yields the pictures below a folder by name, in order; skips files without a picture's first bytes.

    Addresses are read concurrently, only a few ahead of the caller, so that a bucket of any size needs little
    memory.

    Raises:
        CliError: The folder has no pictures.
        SourceError: An address cannot be listed.
    """
    found = _below(folder, reader)
    first = next(found, None)
    if first is None:
        raise CliError(f"{folder}: no pictures in this folder.")
    return chain([first], found)


def _below(folder: str, reader: Reader) -> Iterator[tuple[str, Content]]:
    if not is_address(folder):
        yield from ((str(file), file) for file in pictures_in(Path(folder)))
        return
    for name, data in reader.read_each(reader.list_pictures(folder)):
        if isinstance(data, SourceError) or begins_like_a_picture(data):
            yield name, data


def each_done(
    contents: Iterator[tuple[str, ContentT]], work: Callable[[ContentT], ResultT]
) -> Iterator[tuple[str, ResultT]]:
    """Yields the result for each picture, in order; works on some concurrently and keeps few in memory."""
    pending: deque[tuple[str, Future[ResultT]]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for name, content in contents:
            pending.append((name, threads.submit(work, content)))
            if len(pending) > _AT_ONCE:
                done, future = pending.popleft()
                yield done, future.result()
        for done, future in pending:
            yield done, future.result()
