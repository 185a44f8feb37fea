"""Reads pictures from object stores through fsspec, with the credentials that each cloud's library finds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from sources.address import Address
from sources.errors import PictureNotFound, SourceDenied, TooManyBytes
from sources.faults import is_empty_range, translated
from sources.schemes import SCHEMES, load_library


async def open_store(scheme: str) -> Any:
    """Opens the file system of a scheme; every call returns the same one.

    Raises:
        NotInstalled: When its library is missing.
        SourceDenied: When it needs credentials and finds none.
    """
    import fsspec  # see `load_library`

    options = {"use_listings_cache": False, **SCHEMES[scheme].options, **_found_here(scheme)}
    try:
        # In a thread: importing a cloud library takes a second, and the loop has other pictures to read.
        await asyncio.to_thread(load_library, scheme)
        return await asyncio.to_thread(fsspec.filesystem, scheme, **options)
    except ValueError as error:  # raised by the libraries when no account is configured
        raise SourceDenied(f"{scheme}://", "no account is set up here") from error
    except Exception as error:  # each library has a tree of its own
        raise translated(f"{scheme}://", error) from error


def _found_here(scheme: str) -> dict[str, str]:
    """Selects Oracle's key file, which its file system only reads on request; other libraries find theirs."""
    file = os.environ.get("OCIFS_CONFIG_LOCATION", "~/.oci/config")
    if scheme != "oci" or "OCIFS_IAM_TYPE" in os.environ or not os.path.isfile(os.path.expanduser(file)):
        return {}
    return {"iam_type": "api_key"}


async def read_object(address: Address, max_bytes: int) -> bytes:
    """Reads an object with one range request that ends one byte above the limit.

    Raises:
        SourceError: By its class.
    """
    store, uri = await open_store(address.scheme), str(address)
    try:
        data = await _called(store, "cat_file", _path(address), start=0, end=max_bytes + 1)
    except Exception as error:  # each library has a tree of its own
        if is_empty_range(error):
            return b""
        raise translated(uri, error) from error
    if len(data) > max_bytes:
        raise TooManyBytes(uri, max_bytes)
    return bytes(data)


async def list_objects(address: Address) -> AsyncIterator[list[str]]:
    """Lists the objects below a folder as keys relative to `address`, a page at a time.

    S3 is listed page by page, so that memory does not grow with the bucket; other stores folder by folder.

    Raises:
        SourceError: By its class; PictureNotFound when nothing is below it.
    """
    store, uri = await open_store(address.scheme), str(address)
    pages = _s3_pages(store, address) if address.scheme == "s3" else _folders(store, address)
    found = False
    try:
        async for page in pages:
            found = found or bool(page)
            yield page
    except Exception as error:  # each library has a tree of its own
        raise translated(uri, error) from error
    if not found:
        raise PictureNotFound(uri)


async def _s3_pages(store: Any, address: Address) -> AsyncIterator[list[str]]:
    client = await store.set_session()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=address.authority, Prefix=address.path)
    async for page in pages:
        keys = (entry["Key"] for entry in page.get("Contents", ()))
        yield [key[len(address.path) :] for key in keys if not key.endswith("/")]


async def _folders(store: Any, address: Address) -> AsyncIterator[list[str]]:
    root = _path(address).rstrip("/")
    left = [root]
    while left:
        folder = left.pop()
        entries = sorted(await _called(store, "ls", folder, detail=True), key=lambda each: str(each["name"]))
        below = [(str(entry["name"]).strip("/"), entry["type"]) for entry in entries]
        yield [name[len(root) + 1 :] for name, kind in below if kind == "file" and name != folder]
        left.extend(name for name, kind in reversed(below) if kind == "directory" and name != folder)


async def _called(store: Any, method: str, *arguments: Any, **options: Any) -> Any:
    """Calls a file system's method in this loop, or in a thread when the file system is not asynchronous."""
    if store.async_impl:
        return await getattr(store, f"_{method}")(*arguments, **options)
    return await asyncio.to_thread(getattr(store, method), *arguments, **options)


def _path(address: Address) -> str:
    return f"{address.authority}/{address.path}"
