"""The paths under `/v1/catalogues`, by which a museum's own system lists, adds, changes and removes works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from lienzo.catalogue.v1 import catalogue_pb2
from runtime.work.slots import Slots
from services.gateway.http.calls import InterceptedRequests, while_connected
from services.gateway.http.operations import responses, work_body
from services.gateway.http.parameters import LARGEST, NAME_CHARACTERS, PageToken
from services.gateway.http.requests import read_work
from services.gateway.http.schemas import answer_schema, to_json
from services.gateway.keeper_calls import KeeperCalls
from services.gateway.settings import GatewaySettings

SERVICE = catalogue_pb2.DESCRIPTOR.services_by_name["CatalogueService"]
CATALOGUES = "/v1/catalogues"
WORKS = "/v1/catalogues/{catalogue}/works"
WORK = WORKS + "/{work_id:path}"
"""Ids may have slashes."""
WORK_ID_CHARACTERS = 128

Catalogue = Annotated[str, Path(max_length=NAME_CHARACTERS, description="name of the catalogue")]
WorkId = Annotated[str, Path(max_length=WORK_ID_CHARACTERS, description="id of the work")]
PageSize = Annotated[int, Query(ge=0, le=LARGEST, description="at most so many works; 0: 100")]


class WorkRoutes:
    """The paths of catalogues and their works; each is one method of the catalogue's contract over HTTP."""

    def __init__(
        self,
        keeper_calls: KeeperCalls,
        settings: GatewaySettings,
        requests: InterceptedRequests,
        arriving: Slots,
    ) -> None:
        self._keeper_calls = keeper_calls
        self._settings = settings
        self._requests = requests
        self._arriving = arriving

    def add_to(self, router: APIRouter) -> None:
        """Adds the paths, with their OpenAPI descriptions."""
        routes: list[tuple[str, str, Callable[..., Any], str]] = [
            ("GET", CATALOGUES, self.catalogues, "ListCatalogues"),
            ("GET", WORKS, self.works, "ListWorks"),
            ("POST", WORKS, self.add, "AddWork"),
            ("PUT", WORK, self.update, "UpdateWork"),
            ("DELETE", WORK, self.remove, "RemoveWork"),
        ]
        for verb, path, endpoint, method in routes:
            found = SERVICE.methods_by_name[method]
            described = responses(answer_schema(found.output_type))
            if verb in ("POST", "PUT"):
                described["openapi_extra"] = work_body(found.input_type, needs_file=verb == "POST")
            router.add_api_route(path, endpoint, methods=[verb], **described)

    async def catalogues(self, request: Request) -> Response:
        """Lists the catalogues."""
        return await self._answer(request, "ListCatalogues", catalogue_pb2.ListCataloguesRequest())

    async def works(
        self, request: Request, catalogue: Catalogue, page_size: PageSize = 0, page_token: PageToken = ""
    ) -> Response:
        """Lists the works of a catalogue by their ids, a page at a time."""
        asked = catalogue_pb2.ListWorksRequest(
            catalogue=catalogue, page_size=page_size, page_token=page_token
        )
        return await self._answer(request, "ListWorks", asked)

    async def add(self, request: Request, catalogue: Catalogue) -> Response:
        """Adds a work from its reference picture; makes the catalogue where there is none of that name."""
        return await self._change(request, "AddWork", catalogue_pb2.AddWorkRequest(catalogue=catalogue))

    async def update(self, request: Request, catalogue: Catalogue, work_id: WorkId) -> Response:
        """Replaces the record of a work, and its reference where a picture comes along."""
        work = catalogue_pb2.Work(id=work_id)
        asked = catalogue_pb2.UpdateWorkRequest(catalogue=catalogue, work=work)
        return await self._change(request, "UpdateWork", asked)

    async def remove(self, request: Request, catalogue: Catalogue, work_id: WorkId) -> Response:
        """Removes a work."""
        asked = catalogue_pb2.RemoveWorkRequest(catalogue=catalogue, work_id=work_id)
        return await self._answer(request, "RemoveWork", asked)

    async def _answer(self, request: Request, method: str, asked: Any) -> Response:
        async def answered() -> Any:
            return to_json(await self._keeper_calls.ask(method, asked))

        return await self._requests.answer(request, answered)

    async def _change(self, request: Request, method: str, asked: Any) -> Response:
        async def answered() -> Any:
            self._keeper_calls.check()
            with self._arriving.slot():
                await read_work(request, asked, self._settings)
            return to_json(await while_connected(request, self._keeper_calls.ask(method, asked)))

        return await self._requests.answer(request, answered)
