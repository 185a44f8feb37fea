"""Pictures in object stores, through fsspec; credentials by each cloud's own usual means."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import fsspec

from sources.address import Address
from sources.errors import PictureNotFound, SourceDenied, TooManyBytes
from sources.faults import is_empty_range, translated
from sources.schemes import SCHEMES, load_library


async def open_store(scheme: str) -> Any:
    """The file system of a scheme; the same one each time.

    Raises:
        NotInstalled: Its library is missing.
        SourceDenied: There are no credentials that it would need to be opened.
    """
    options = {"use_listings_cache": False, **SCHEMES[scheme].options, **_found_here(scheme)}
    try:
        # Importing a cloud's library takes a second, in which the loop has other pictures to read.
        await asyncio.to_thread(load_library, scheme)
        return await asyncio.to_thread(fsspec.filesystem, scheme, **options)
    except ValueError as error:  # so do the libraries say that they were told no account
        raise SourceDenied(f"{scheme}://", "no account is set up here") from error
    except Exception as error:  # each library has a tree of its own
        raise translated(f"{scheme}://", error) from error


def _found_here(scheme: str) -> dict[str, str]:
    """Oracle's own file of keys, which its file system reads only when told so; others look by themselves."""
    file = os.environ.get("OCIFS_CONFIG_LOCATION", "~/.oci/config")
    if scheme != "oci" or "OCIFS_IAM_TYPE" in os.environ or not os.path.isfile(os.path.expanduser(file)):
        return {}
    return {"iam_type": "api_key"}


async def read_object(address: Address, max_bytes: int) -> bytes:
    """The bytes of an object, asked for in one request that ends where more than the limit would come.

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
    """The objects below a folder, as keys below `address`, a page at a time.

    S3 is read page by page, so that a bucket of any size takes no memory; other stores a folder at a time.

    Raises:
        SourceError: By its class; PictureNotFound when nothing at all lies below it.
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
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=address.place, Prefix=address.path)
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
    """Calls a file system in this loop, or in a thread where it knows no loops."""
    if store.async_impl:
        return await getattr(store, f"_{method}")(*arguments, **options)
    return await asyncio.to_thread(getattr(store, method), *arguments, **options)


def _path(address: Address) -> str:
    return f"{address.place}/{address.path}"
