"""The calls of both clients that send or fetch files, and go on after an interruption."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from pathlib import Path

from lienzo_client.backoff import DEFAULT_RECONNECT_S
from lienzo_client.download import PendingDownload
from lienzo_client.errors import LienzoError
from lienzo_client.models import ModelPackage
from lienzo_client.palettes import AsyncPaletteCalls, PaletteCalls
from lienzo_client.pictures import Picture, Uploaded
from lienzo_client.upload import PendingUpload


class TransferCalls(PaletteCalls):
    """Uploads and downloads for threads."""

    def upload_image(
        self, picture: Picture, *, timeout_s: float | None = None, reconnect_s: float = DEFAULT_RECONNECT_S
    ) -> Uploaded:
        """Uploads a large picture in chunks over an unreliable network, for use in other calls.

        Args:
            picture: Bytes or a path.
            timeout_s: Deadline of one attempt; the next one resumes where it stopped.
            reconnect_s: Seconds without progress after which the upload fails.

        Returns:
            A reference that other calls accept as a picture.

        Raises:
            InvalidPicture: When it is larger than the server's limit.
            LienzoError: The last failure, when retries are exhausted.
        """
        pending = PendingUpload(picture, reconnect_s)
        while True:
            try:
                if pending.is_broken:
                    state = self._ask("GetUpload", pending.state_request(), timeout_s)
                    pending.resume_at(state.received_bytes)
                done = pending.finish(self._ask("UploadImage", pending.messages(), timeout_s))
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
        """Downloads the Core ML package of a model as a zip file, resuming an earlier attempt.

        Args:
            name: Name of the model.
            destination: The file to write, atomically.
            version: Version of the model; 0 means the newest.
            newer_than: The version that you already have; 0 for none.
            timeout_s: Deadline of one attempt; the next one resumes where it stopped.
            reconnect_s: Seconds without progress after which the download fails.

        Returns:
            The downloaded package, or None when you already have the newest version.

        Raises:
            UnknownModel: When there is no such model.
            LienzoError: The last failure, when retries are exhausted.
        """
        pending = PendingDownload(Path(destination), name, version, newer_than, reconnect_s)
        while True:
            try:
                answers = self._line.each("DownloadModel", pending.request(), timeout_s, self._metadata)
                if all(map(pending.take, answers)):
                    return pending.finish()
            except LienzoError as error:
                time.sleep(pending.interrupt(error))


class AsyncTransferCalls(AsyncPaletteCalls):
    """Uploads and downloads for asyncio."""

    async def upload_image(
        self, picture: Picture, *, timeout_s: float | None = None, reconnect_s: float = DEFAULT_RECONNECT_S
    ) -> Uploaded:
        """Uploads a large picture in chunks over an unreliable network; see `Client.upload_image`."""
        pending = await asyncio.to_thread(PendingUpload, picture, reconnect_s)
        while True:
            try:
                if pending.is_broken:
                    state = await self._ask("GetUpload", pending.state_request(), timeout_s)
                    pending.resume_at(state.received_bytes)
                done = pending.finish(await self._ask("UploadImage", pending.messages(), timeout_s))
                if done is not None:
                    return done
            except LienzoError as error:
                await asyncio.sleep(pending.interrupt(error))

    async def download_model(
        self,
        name: str,
        destination: str | os.PathLike[str],
        *,
        version: int = 0,
        newer_than: int = 0,
        timeout_s: float | None = None,
        reconnect_s: float = DEFAULT_RECONNECT_S,
    ) -> ModelPackage | None:
        """Downloads the Core ML package of a model; see `Client.download_model`."""
        pending = PendingDownload(Path(destination), name, version, newer_than, reconnect_s)
        while True:
            try:
                answers = self._line.each("DownloadModel", pending.request(), timeout_s, self._metadata)
                async with aclosing(answers):
                    whole = True
                    async for message in answers:
                        if not await asyncio.to_thread(pending.take, message):
                            whole = False
                            break
                if whole:
                    return await asyncio.to_thread(pending.finish)
            except LienzoError as error:
                await asyncio.sleep(pending.interrupt(error))
