"""`lienzo.gateway.v1.GatewayService` over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any, Final

import grpc

from bundle.errors import BundleError, UnknownModel
from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from runtime.calls.callers import caller_name
from runtime.calls.errors import ErrorTable, to_status_error
from runtime.calls.item_errors import to_item_error
from runtime.process.options import LONGEST_STREAM_SECONDS
from runtime.reasons.models import BROKEN_BUNDLE, OFFSET_PAST_END, UNKNOWN_MODEL
from runtime.reasons.reason import refused
from runtime.work.budget import Budget
from runtime.work.closing import until_closing
from runtime.work.slots import Slots
from services.gateway.analysis import analyze
from services.gateway.collection import collection_palette
from services.gateway.convert import to_download_head
from services.gateway.deadline import Deadline
from services.gateway.downloads import Download, Downloads
from services.gateway.fields import check_fields, checked_chunks, settle_languages
from services.gateway.receiving import without_pauses
from services.gateway.recognition import Recognition
from services.gateway.server_info import server_info
from services.gateway.settings import GatewaySettings
from services.gateway.shared_uploads import SharedUploads
from services.gateway.streaming import answer_as_ready

ERRORS: Final[ErrorTable] = {UnknownModel: UNKNOWN_MODEL, BundleError: BROKEN_BUNDLE}
"""Errors of downloads. All others are a StatusError already, of a service or of the gateway itself."""

FIRST_ASKED: Final = {"ClassifyImage": "features", "ExtractPalette": "palette", "IdentifyWork": "catalogue"}
"""The service that a picture goes to first, by method."""

UPLOAD_PAUSE_SECONDS: Final = 1.0
"""Longest pause between chunks of an upload that goes on while the server drains."""

Context = grpc.aio.ServicerContext[Any, Any]


class GatewayServicer(gateway_pb2_grpc.GatewayServiceServicer):
    """The contract for apps."""

    def __init__(
        self,
        recognition: Recognition,
        uploads: SharedUploads,
        downloads: Downloads,
        in_flight: Slots,
        budget: Budget,
        settings: GatewaySettings,
    ) -> None:
        self._recognition = recognition
        self._uploads = uploads
        self._downloads = downloads
        self._in_flight = in_flight
        self._budget = budget
        self._streams = Slots(settings.max_streams, "streams are open", settings.streams_of_a_caller)
        self._items = asyncio.Semaphore(settings.max_in_flight)
        self._settings = settings
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Ends streams that wait for their caller; items that have arrived are answered."""
        self._closing.set()

    def admit(self, method: str) -> None:
        """Refuses a call whose picture would be received for nothing.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED when too many calls are in flight, here or in the
                service that the picture goes to.
        """
        service = FIRST_ASKED.get(method.rpartition("/")[2])
        if service:
            self._in_flight.check()
            self._recognition.backends.check(service)

    async def ClassifyImage(
        self, request: gateway_pb2.ClassifyImageRequest, context: Context
    ) -> gateway_pb2.ClassifyImageResponse:
        """Classifies one picture."""
        with self._in_flight.slot():
            check_fields(request)
            settle_languages(request)
            return await self._recognition.classify(request, self._deadline(context))

    async def StreamClassifyImages(
        self, request_iterator: AsyncIterable[gateway_pb2.StreamClassifyImagesRequest], context: Context
    ) -> AsyncIterator[gateway_pb2.StreamClassifyImagesResponse]:
        """Classifies a stream of pictures, answered as they are ready."""

        async def answer(
            item: gateway_pb2.StreamClassifyImagesRequest,
        ) -> gateway_pb2.StreamClassifyImagesResponse:
            try:
                check_fields(item)
                settle_languages(item.request)
                with self._budget.holding(item.ByteSize()):
                    response = await self._recognition.classify(item.request, self._item_deadline(context))
            except Exception as error:  # noqa: BLE001  # whatever fails, fails for this item only
                item_error = to_item_error(to_status_error(error, ERRORS))
                return gateway_pb2.StreamClassifyImagesResponse(request_id=item.request_id, error=item_error)
            return gateway_pb2.StreamClassifyImagesResponse(request_id=item.request_id, response=response)

        with self._streams.slot(caller_name()):
            items = until_closing(request_iterator, self._closing)
            answers = answer_as_ready(items, answer, self._settings.stream_window, self._items)
            async with aclosing(answers):
                async for response in answers:
                    yield response

    async def ExtractPalette(
        self, request: gateway_pb2.ExtractPaletteRequest, context: Context
    ) -> gateway_pb2.ExtractPaletteResponse:
        """Extracts the palette of one picture."""
        with self._in_flight.slot():
            check_fields(request)
            return await self._recognition.palette(request, self._deadline(context))

    async def ExtractCollectionPalette(
        self,
        request_iterator: AsyncIterable[gateway_pb2.ExtractCollectionPaletteRequest],
        context: Context,
    ) -> gateway_pb2.ExtractCollectionPaletteResponse:
        """Extracts one palette of many pictures."""
        deadline = Deadline.after(context.time_remaining(), LONGEST_STREAM_SECONDS)
        with self._streams.slot(caller_name()):
            pictures = until_closing(request_iterator, self._closing, UPLOAD_PAUSE_SECONDS)
            return await collection_palette(
                pictures,
                self._recognition.pictures,
                self._recognition.backends,
                self._settings.stream_window,
                self._budget,
                deadline,
            )

    async def AnalyzeImage(
        self, request: gateway_pb2.AnalyzeImageRequest, context: Context
    ) -> gateway_pb2.AnalyzeImageResponse:
        """Classifies one picture, extracts its palette and looks for works, each on its own."""
        with self._in_flight.slot():
            check_fields(request)
            settle_languages(request)
            return await analyze(self._recognition, request, self._deadline(context))

    async def GetServerInfo(
        self, request: gateway_pb2.GetServerInfoRequest, context: Context
    ) -> gateway_pb2.GetServerInfoResponse:
        """Tells what this server takes, has, and has switched on."""
        return await server_info(self._recognition, self._settings, self._deadline(context))

    async def ListModels(
        self, request: gateway_pb2.ListModelsRequest, context: Context
    ) -> gateway_pb2.ListModelsResponse:
        """Lists a page of models."""
        return await self._recognition.models(request, self._deadline(context))

    async def GetModel(
        self, request: gateway_pb2.GetModelRequest, context: Context
    ) -> gateway_pb2.GetModelResponse:
        """Describes one version of a model."""
        settle_languages(request)
        return await self._recognition.model(request, self._deadline(context))

    async def UploadImage(
        self, request_iterator: AsyncIterable[gateway_pb2.UploadImageRequest], context: Context
    ) -> gateway_pb2.UploadImageResponse:
        """Receives a picture in chunks; received chunks are kept when the connection breaks."""
        deadline = Deadline.after(context.time_remaining(), LONGEST_STREAM_SECONDS)
        with self._streams.slot(caller_name()):
            arriving = until_closing(request_iterator, self._closing, UPLOAD_PAUSE_SECONDS)
            messages = checked_chunks(without_pauses(arriving, self._settings.body_seconds))
            async with aclosing(arriving), aclosing(messages):
                return await self._uploads.receive(messages, deadline)

    async def GetUpload(
        self, request: gateway_pb2.GetUploadRequest, context: Context
    ) -> gateway_pb2.GetUploadResponse:
        """Returns the state of an upload."""
        return await self._uploads.state(request, self._deadline(context))

    async def IdentifyWork(
        self, request: gateway_pb2.IdentifyWorkRequest, context: Context
    ) -> gateway_pb2.IdentifyWorkResponse:
        """Finds works of a catalogue in one picture."""
        with self._in_flight.slot():
            settle_languages(request)
            return await self._recognition.identify(request, self._deadline(context))

    async def DownloadModel(
        self, request: gateway_pb2.DownloadModelRequest, context: Context
    ) -> AsyncIterator[gateway_pb2.DownloadModelResponse]:
        """Sends the Core ML package of a model, from any offset on."""
        model = request.model
        found = await self._downloads.find(model.name, model.version)
        is_current = 0 < found.manifest.version <= request.if_version_newer_than
        yield to_download_head(found, is_current=is_current)
        if is_current:
            return
        offset, total_bytes = request.offset_bytes, found.archive.total_bytes
        if offset > total_bytes:
            raise refused(OFFSET_PAST_END, total_bytes=total_bytes, offset_bytes=offset)
        with found.archive.opened() as archive:
            while chunk := await asyncio.to_thread(archive.read, offset):
                offset += len(chunk)
                yield gateway_pb2.DownloadModelResponse(chunk=chunk)

    async def package(self, name: str, version: int) -> Download:
        """Finds the Core ML package of a model, for HTTP; raises as `Downloads.find`."""
        return await self._downloads.find(name, version)

    def _deadline(self, context: Context) -> Deadline:
        return Deadline.after(context.time_remaining(), self._settings.default_deadline_seconds)

    def _item_deadline(self, context: Context) -> Deadline:
        step_seconds = self._settings.default_deadline_seconds
        return Deadline.after(context.time_remaining(), LONGEST_STREAM_SECONDS, step_seconds)
