"""The paths: `/predict` for the original app, `/v1/…` for everybody else."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from google.protobuf.message import Message

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, palette_pb2, recognition_pb2
from runtime.places import Places
from services.gateway.deadline import Deadline
from services.gateway.http.calls import Door, while_connected
from services.gateway.http.schemas import PROBLEM_SCHEMA, schema_of, to_json
from services.gateway.http.uploads import REQUEST_BODY, read_picture
from services.gateway.recognition import Recognition
from services.gateway.settings import GatewaySettings

Name = Annotated[str, Query(max_length=64, description="model; empty: the server's default")]
Version = Annotated[int, Query(ge=0, le=2**32 - 1, description="version; 0: the newest")]
TopK = Annotated[int, Query(ge=0, le=2**32 - 1, description="how many labels; 0: five")]
Colors = Annotated[int, Query(ge=0, le=2**32 - 1, description="how many colours; 0: the server chooses")]


def _documented(answer: dict[str, Any]) -> dict[str, Any]:
    """What a route says of itself in OpenAPI, given the schema of its answer."""
    problems = {"content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}}}
    return {
        "responses": {
            200: {"description": "Done", "content": {"application/json": {"schema": answer}}},
            "4XX": {"description": "The request cannot be answered", **problems},
            "5XX": {"description": "The server cannot answer now", **problems},
        }
    }


class Routes:
    """All paths that ask the services something."""

    def __init__(
        self, recognition: Recognition, in_flight: Places, settings: GatewaySettings, door: Door
    ) -> None:
        self._recognition = recognition
        self._in_flight = in_flight
        self._settings = settings
        self._door = door

    def router(self) -> APIRouter:
        """The paths with what OpenAPI says of them."""
        router = APIRouter()
        label = _documented({"type": ["string", "null"]})
        pictures = (
            ("/predict", self.predict, label),
            (
                "/v1/classify",
                self.classify,
                _documented(schema_of(gateway_pb2.ClassifyImageResponse.DESCRIPTOR)),
            ),
            (
                "/v1/palette",
                self.palette,
                _documented(schema_of(gateway_pb2.ExtractPaletteResponse.DESCRIPTOR)),
            ),
            (
                "/v1/analyze",
                self.analyze,
                _documented(schema_of(gateway_pb2.AnalyzeImageResponse.DESCRIPTOR)),
            ),
        )
        for path, endpoint, documented in pictures:
            router.add_api_route(path, endpoint, methods=["POST"], openapi_extra=REQUEST_BODY, **documented)
        listed = _documented(schema_of(gateway_pb2.ListModelsResponse.DESCRIPTOR))
        found = _documented(schema_of(gateway_pb2.GetModelResponse.DESCRIPTOR))
        router.add_api_route("/v1/models", self.models, methods=["GET"], **listed)
        router.add_api_route("/v1/models/{name}", self.model, methods=["GET"], **found)
        return router

    async def predict(self, request: Request) -> Response:
        """The label as a JSON string, `null` when not recognised: what the original app expects."""

        async def label() -> str | None:
            answer = (await self._classified(request, "", 0, 1)).recognition
            return answer.recognized.label if answer.WhichOneof("outcome") == "recognized" else None

        return await self._door.answer(request, label)

    async def classify(
        self, request: Request, model: Name = "", version: Version = 0, top_k: TopK = 0
    ) -> Response:
        """Labels with calibrated probabilities, or "not recognised"."""
        return await self._door.answer(
            request, lambda: _json(self._classified(request, model, version, top_k))
        )

    async def palette(self, request: Request, colors: Colors = 0) -> Response:
        """Which colours the picture is made of."""
        options = palette_pb2.PaletteOptions(color_count=colors)

        async def extracted() -> gateway_pb2.ExtractPaletteResponse:
            with self._in_flight.place():
                asked = gateway_pb2.ExtractPaletteRequest(image=await self._picture(request), options=options)
                return await while_connected(request, self._recognition.palette(asked, self._deadline()))

        return await self._door.answer(request, lambda: _json(extracted()))

    async def analyze(
        self, request: Request, model: Name = "", version: Version = 0, top_k: TopK = 0, colors: Colors = 0
    ) -> Response:
        """Label and colours in one trip."""
        options = palette_pb2.PaletteOptions(color_count=colors)
        wanted = recognition_pb2.ModelVersion(name=model, version=version)

        async def analyzed() -> gateway_pb2.AnalyzeImageResponse:
            with self._in_flight.place():
                image = await self._picture(request)
                asked = gateway_pb2.AnalyzeImageRequest(
                    image=image, model=wanted, top_k=top_k, palette_options=options
                )
                return await while_connected(request, self._recognition.analyze(asked, self._deadline()))

        return await self._door.answer(request, lambda: _json(analyzed()))

    async def models(self, request: Request) -> Response:
        """The newest version of every model."""
        return await self._door.answer(request, lambda: _json(self._recognition.models(self._deadline())))

    async def model(self, request: Request, name: str, version: Version = 0) -> Response:
        """One version of a model."""
        asked = gateway_pb2.GetModelRequest(model=recognition_pb2.ModelVersion(name=name, version=version))
        return await self._door.answer(
            request, lambda: _json(self._recognition.model(asked, self._deadline()))
        )

    async def _classified(
        self, request: Request, name: str, version: int, top_k: int
    ) -> gateway_pb2.ClassifyImageResponse:
        with self._in_flight.place():
            model = recognition_pb2.ModelVersion(name=name, version=version)
            image = await self._picture(request)
            asked = gateway_pb2.ClassifyImageRequest(image=image, model=model, top_k=top_k)
            return await while_connected(request, self._recognition.classify(asked, self._deadline()))

    async def _picture(self, request: Request) -> image_pb2.Image:
        return image_pb2.Image(data=await read_picture(request, self._settings.max_picture_bytes))

    def _deadline(self) -> Deadline:
        return Deadline.after(None, self._settings.default_deadline_seconds)


async def _json(message: Awaitable[Message]) -> dict[str, Any]:
    return to_json(await message)
