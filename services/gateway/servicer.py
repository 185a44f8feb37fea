"""`lienzo.gateway.v1.GatewayService` over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, Final, NoReturn

import grpc

from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from runtime.errors import ErrorTable, to_status_error
from runtime.item_errors import to_item_error
from runtime.status import StatusError
from services.gateway.admission import InFlight
from services.gateway.deadline import Deadline
from services.gateway.recognition import Recognition
from services.gateway.settings import GatewaySettings
from services.gateway.streaming import answer_as_ready

ERRORS: Final[ErrorTable] = {}
"""The gateway raises StatusError itself: what its backends answered, or what it refuses."""

Context = grpc.aio.ServicerContext[Any, Any]


class GatewayServicer(gateway_pb2_grpc.GatewayServiceServicer):
    """The mobile contract."""

    def __init__(self, recognition: Recognition, in_flight: InFlight, settings: GatewaySettings) -> None:
        self._recognition = recognition
        self._in_flight = in_flight
        self._settings = settings

    async def ClassifyImage(
        self, request: gateway_pb2.ClassifyImageRequest, context: Context
    ) -> gateway_pb2.ClassifyImageResponse:
        """Label of one picture."""
        with self._in_flight.place():
            return await self._recognition.classify(request, self._deadline(context))

    async def StreamClassifyImages(
        self, request_iterator: AsyncIterable[gateway_pb2.StreamClassifyImagesRequest], context: Context
    ) -> AsyncIterator[gateway_pb2.StreamClassifyImagesResponse]:
        """Labels of many pictures, as they are ready."""

        async def answer(
            item: gateway_pb2.StreamClassifyImagesRequest,
        ) -> gateway_pb2.StreamClassifyImagesResponse:
            try:
                response = await self._recognition.classify(item.request, self._deadline(context))
            except Exception as error:  # noqa: BLE001  # whatever fails, fails for this item only
                item_error = to_item_error(to_status_error(error, ERRORS))
                return gateway_pb2.StreamClassifyImagesResponse(request_id=item.request_id, error=item_error)
            return gateway_pb2.StreamClassifyImagesResponse(request_id=item.request_id, response=response)

        async for response in answer_as_ready(request_iterator, answer, self._settings.stream_window):
            yield response

    async def ExtractPalette(
        self, request: gateway_pb2.ExtractPaletteRequest, context: Context
    ) -> gateway_pb2.ExtractPaletteResponse:
        """Colours of one picture."""
        with self._in_flight.place():
            return await self._recognition.palette(request, self._deadline(context))

    async def AnalyzeImage(
        self, request: gateway_pb2.AnalyzeImageRequest, context: Context
    ) -> gateway_pb2.AnalyzeImageResponse:
        """Label and colours of one picture."""
        with self._in_flight.place():
            return await self._recognition.analyze(request, self._deadline(context))

    async def ListModels(
        self, request: gateway_pb2.ListModelsRequest, context: Context
    ) -> gateway_pb2.ListModelsResponse:
        """The newest version of every model."""
        return await self._recognition.models(self._deadline(context))

    async def GetModel(
        self, request: gateway_pb2.GetModelRequest, context: Context
    ) -> gateway_pb2.GetModelResponse:
        """One version of a model."""
        return await self._recognition.model(request, self._deadline(context))

    async def UploadImage(
        self, request_iterator: AsyncIterable[gateway_pb2.UploadImageRequest], context: Context
    ) -> gateway_pb2.UploadImageResponse:
        """Not in this version."""
        _not_yet("UploadImage")

    async def GetUpload(
        self, request: gateway_pb2.GetUploadRequest, context: Context
    ) -> gateway_pb2.GetUploadResponse:
        """Not in this version."""
        _not_yet("GetUpload")

    async def IdentifyWork(
        self, request: gateway_pb2.IdentifyWorkRequest, context: Context
    ) -> gateway_pb2.IdentifyWorkResponse:
        """Not in this version."""
        _not_yet("IdentifyWork")

    async def DownloadModel(
        self, request: gateway_pb2.DownloadModelRequest, context: Context
    ) -> AsyncIterator[gateway_pb2.DownloadModelResponse]:
        """Not in this version."""
        _not_yet("DownloadModel")
        yield gateway_pb2.DownloadModelResponse()

    def _deadline(self, context: Context) -> Deadline:
        return Deadline.after(context.time_remaining(), self._settings.default_deadline_seconds)


def _not_yet(method: str) -> NoReturn:
    raise StatusError(
        grpc.StatusCode.UNIMPLEMENTED,
        "NOT_IMPLEMENTED",
        f"{method} is part of the contract, but not of this version of the server.",
        {"method": method},
    )
