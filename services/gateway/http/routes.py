"""The paths: `/predict` for the original app, `/v1/…` for all other clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from google.protobuf.message import Message

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import palette_pb2, recognition_pb2
from runtime.work.slots import Slots
from services.gateway.http.calls import InterceptedRequests, while_connected
from services.gateway.http.context import HttpContext
from services.gateway.http.operations import picture_body, responses
from services.gateway.http.packages import MEDIA_TYPE, to_package_response
from services.gateway.http.parameters import (
    AllVersions,
    Catalogue,
    Colors,
    MaxWorks,
    Model,
    Name,
    PageSize,
    PageToken,
    RequestId,
    TopK,
    UploadId,
    Version,
    Works,
)
from services.gateway.http.regions import RegionText, TapText, add_region
from services.gateway.http.requests import read_message
from services.gateway.http.schemas import answer_schema, to_json
from services.gateway.http.works import WorkRoutes
from services.gateway.keeper_calls import KeeperCalls
from services.gateway.servicer import GatewayServicer
from services.gateway.settings import GatewaySettings


class Routes:
    """All paths of the API; each is one unary method of the contract over HTTP."""

    def __init__(
        self,
        servicer: GatewayServicer,
        keeper_calls: KeeperCalls,
        settings: GatewaySettings,
        requests: InterceptedRequests,
    ) -> None:
        self._servicer = servicer
        self._settings = settings
        self._requests = requests
        # Pictures that are being received take memory before the servicer counts their calls.
        self._arriving = Slots(settings.max_in_flight, "pictures are arriving")
        self._works = WorkRoutes(keeper_calls, settings, requests, self._arriving)

    def router(self) -> APIRouter:
        """Makes the router of all paths, with their OpenAPI descriptions."""
        router = APIRouter()
        posts: dict[str, tuple[Callable[..., Any], str]] = {
            "/predict": (self.predict, "ClassifyImage"),
            "/v1/classify": (self.classify, "ClassifyImage"),
            "/v1/palette": (self.palette, "ExtractPalette"),
            "/v1/analyze": (self.analyze, "AnalyzeImage"),
            "/v1/identify": (self.identify, "IdentifyWork"),
        }
        for path, (endpoint, method) in posts.items():
            asked, answered = _messages(method)
            schema = {"type": ["string", "null"]} if path == "/predict" else answer_schema(answered)
            router.add_api_route(
                path, endpoint, methods=["POST"], openapi_extra=picture_body(asked), **responses(schema)
            )
        gets: dict[str, tuple[Callable[..., Any], str]] = {
            "/v1/info": (self.info, "GetServerInfo"),
            "/v1/models": (self.models, "ListModels"),
            "/v1/models/{name}": (self.model, "GetModel"),
            "/v1/uploads/{upload_id}": (self.upload, "GetUpload"),
        }
        for path, (endpoint, method) in gets.items():
            router.add_api_route(
                path, endpoint, methods=["GET"], **responses(answer_schema(_messages(method)[1]))
            )
        path = "/v1/models/{name}/coreml"
        file = {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
        codes: dict[int | str, Any] = {
            200: {"description": "The zip file", **file},
            206: {"description": "The part of it that `range` asks for", **file},
            304: {"description": "The caller has it: `if-none-match` names its tag"},
        }
        described = responses({})
        described["responses"] = {**described["responses"], **codes}
        router.add_api_route(path, self.package, methods=["GET"], **described)
        router.add_api_route(path, self.package, methods=["HEAD"], include_in_schema=False)
        self._works.add_to(router)
        return router

    async def predict(
        self, request: Request, model: Model = "", region: RegionText = "", tap: TapText = ""
    ) -> Response:
        """Answers the label as a JSON string, `null` when not recognised, as the original app expects."""
        wanted = recognition_pb2.ModelVersion(name=model)
        asked = gateway_pb2.ClassifyImageRequest(model=wanted, top_k=1)
        return await self._about_picture(request, asked, (region, tap), self._servicer.ClassifyImage, _label)

    async def classify(
        self,
        request: Request,
        model: Model = "",
        version: Version = 0,
        top_k: TopK = 0,
        request_id: RequestId = "",
        region: RegionText = "",
        tap: TapText = "",
    ) -> Response:
        """Answers labels with calibrated probabilities, or "not recognised"."""
        wanted = recognition_pb2.ModelVersion(name=model, version=version)
        asked = gateway_pb2.ClassifyImageRequest(model=wanted, top_k=top_k, request_id=request_id)
        return await self._about_picture(request, asked, (region, tap), self._servicer.ClassifyImage)

    async def palette(
        self, request: Request, colors: Colors = 0, region: RegionText = "", tap: TapText = ""
    ) -> Response:
        """Answers the colours of the picture."""
        options = palette_pb2.PaletteOptions(color_count=colors)
        asked = gateway_pb2.ExtractPaletteRequest(options=options)
        return await self._about_picture(request, asked, (region, tap), self._servicer.ExtractPalette)

    async def analyze(
        self,
        request: Request,
        model: Model = "",
        version: Version = 0,
        top_k: TopK = 0,
        colors: Colors = 0,
        works: Works = False,
        catalogue: Catalogue = "",
        max_works: MaxWorks = 0,
        region: RegionText = "",
        tap: TapText = "",
    ) -> Response:
        """Answers label and colours in one call, and works where asked; each or its own error."""
        options = palette_pb2.PaletteOptions(color_count=colors)
        wanted = recognition_pb2.ModelVersion(name=model, version=version)
        asked = gateway_pb2.AnalyzeImageRequest(model=wanted, top_k=top_k, palette_options=options)
        if works or catalogue or max_works:  # who names a catalogue asks for its works
            named = gateway_pb2.WorksOptions(catalogue=catalogue, max_works=max_works)
            asked.works_options.CopyFrom(named)
        return await self._about_picture(request, asked, (region, tap), self._servicer.AnalyzeImage)

    async def identify(
        self,
        request: Request,
        catalogue: Catalogue = "",
        max_works: MaxWorks = 0,
        region: RegionText = "",
        tap: TapText = "",
    ) -> Response:
        """Answers the works of a catalogue that are in the picture, and their outlines."""
        asked = gateway_pb2.IdentifyWorkRequest(catalogue=catalogue, max_works=max_works)
        return await self._about_picture(request, asked, (region, tap), self._servicer.IdentifyWork)

    async def info(self, request: Request) -> Response:
        """Tells limits, formats, the default model, catalogues, and what is switched on."""
        return await self._plain(request, gateway_pb2.GetServerInfoRequest(), self._servicer.GetServerInfo)

    async def models(
        self,
        request: Request,
        page_size: PageSize = 0,
        page_token: PageToken = "",
        all_versions: AllVersions = False,
    ) -> Response:
        """Lists the newest version of every model, or all of them, a page at a time."""
        asked = gateway_pb2.ListModelsRequest(
            page_size=page_size, page_token=page_token, all_versions=all_versions
        )
        return await self._plain(request, asked, self._servicer.ListModels)

    async def package(self, request: Request, name: Name, version: Version = 0) -> Response:
        """Sends the Core ML package of a model as a zip file, whole or in ranges."""

        async def answered() -> Response:
            found = await self._servicer.package(name, version)
            return to_package_response(found, request.headers, with_body=request.method == "GET")

        return await self._requests.answer(request, answered)

    async def model(self, request: Request, name: Name, version: Version = 0) -> Response:
        """Describes one version of a model."""
        asked = gateway_pb2.GetModelRequest(model=recognition_pb2.ModelVersion(name=name, version=version))
        return await self._plain(request, asked, self._servicer.GetModel)

    async def upload(self, request: Request, upload_id: UploadId) -> Response:
        """Answers the state of an upload."""
        asked = gateway_pb2.GetUploadRequest(upload_id=upload_id)
        return await self._plain(request, asked, self._servicer.GetUpload)

    async def _about_picture(
        self,
        request: Request,
        asked: Message,
        part: tuple[str, str],
        method: Callable[..., Any],
        to_answer: Callable[[Any], Any] = to_json,
    ) -> Response:
        async def answered() -> Any:
            add_region(asked, *part)
            with self._arriving.slot():
                await read_message(request, asked, self._settings)
            return to_answer(await while_connected(request, method(asked, HttpContext())))

        return await self._requests.answer(request, answered)

    async def _plain(
        self, request: Request, asked: Message, method: Callable[..., Awaitable[Message]]
    ) -> Response:
        async def answered() -> Any:
            return to_json(await method(asked, HttpContext()))

        return await self._requests.answer(request, answered)


def _label(answer: gateway_pb2.ClassifyImageResponse) -> str | None:
    recognition = answer.recognition
    return recognition.recognized.label if recognition.WhichOneof("outcome") == "recognized" else None


def _messages(method: str) -> tuple[Any, Any]:
    """Returns the descriptors of a method's request and response."""
    found = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"].methods_by_name[method]
    return found.input_type, found.output_type
