"""`lienzo.catalogue.v1.CatalogueService`."""

from __future__ import annotations

import asyncio
from typing import Final

from catalogue import errors
from catalogue.identifying import identify_works
from catalogue.work import Record
from lienzo.catalogue.v1 import catalogue_pb2, catalogue_pb2_grpc
from runtime.calls.callers import Caller, Context
from runtime.calls.errors import ErrorTable
from runtime.calls.languages import asked_languages
from runtime.reasons import works as reasons
from runtime.work.timings import Stopwatch
from runtime.work.workplace import Prepared, Workplace
from services.catalogue.convert import (
    from_work,
    to_add_response,
    to_catalogue,
    to_identify_response,
    to_page,
)
from services.catalogue.keeping import Keeping
from services.catalogue.store import CatalogueStore
from services.pictures import PICTURE_ERRORS, asked_region, image_data, whole_image_data
from sources.reader import Reader
from vision.identification import PHOTO_SIDE_PX
from vision.picture import PictureLimits, decode

ERRORS: Final[ErrorTable] = {
    **PICTURE_ERRORS,
    errors.UnknownCatalogue: reasons.UNKNOWN_CATALOGUE,
    errors.CatalogueNotNamed: reasons.CATALOGUE_NOT_NAMED,
    errors.InvalidCatalogueName: reasons.INVALID_CATALOGUE_NAME,
    errors.CatalogueInUse: reasons.CATALOGUE_IN_USE,
    errors.IncompatibleCatalogue: reasons.UNUSABLE_CATALOGUE,
    errors.DamagedCatalogue: reasons.UNUSABLE_CATALOGUE,
    errors.CatalogueUnreachable: reasons.CATALOGUE_UNREACHABLE,
    errors.CatalogueNotWritten: reasons.CATALOGUE_NOT_WRITTEN,
    errors.UnknownWork: reasons.UNKNOWN_WORK,
    errors.WorkExists: reasons.WORK_EXISTS,
    errors.InvalidRecord: reasons.INVALID_RECORD,
    errors.UnusableReference: reasons.UNUSABLE_REFERENCE,
}


class CatalogueServicer(catalogue_pb2_grpc.CatalogueServiceServicer):
    """Finds works in pictures, and keeps the works."""

    def __init__(
        self,
        workplace: Workplace,
        store: CatalogueStore,
        keeping: Keeping,
        limits: PictureLimits,
        reader: Reader,
    ) -> None:
        self._workplace = workplace
        self._store = store
        self._keeping = keeping
        self._limits = limits
        self._reader = reader

    async def Identify(
        self, request: catalogue_pb2.IdentifyRequest, context: Context
    ) -> catalogue_pb2.IdentifyResponse:
        """Finds works of a catalogue in a picture."""

        async def prepare(caller: Caller) -> Prepared[catalogue_pb2.IdentifyResponse]:
            if not self._store.was_there(request.catalogue):
                await asyncio.to_thread(self._store.check, request.catalogue)  # it may ask a database
            data = await image_data(request.image, self._reader, caller)
            return lambda: self._identify(request, data, caller)

        return await self._workplace.answer(context, prepare)

    async def AddWork(
        self, request: catalogue_pb2.AddWorkRequest, context: Context
    ) -> catalogue_pb2.AddWorkResponse:
        """Adds a work."""
        self._keeping.check(context)

        async def prepare(caller: Caller) -> Prepared[catalogue_pb2.AddWorkResponse]:
            data = await whole_image_data(request.reference, self._reader, caller)
            return lambda: self._add(request.catalogue, from_work(request.work), data)

        return await self._workplace.answer(context, prepare)

    async def UpdateWork(
        self, request: catalogue_pb2.UpdateWorkRequest, context: Context
    ) -> catalogue_pb2.UpdateWorkResponse:
        """Replaces the record of a work, and perhaps its reference."""
        self._keeping.check(context)

        async def prepare(caller: Caller) -> Prepared[catalogue_pb2.UpdateWorkResponse]:
            has_picture = request.HasField("reference")
            data = await whole_image_data(request.reference, self._reader, caller) if has_picture else None
            return lambda: self._update(request.catalogue, from_work(request.work), data)

        return await self._workplace.answer(context, prepare)

    async def RemoveWork(
        self, request: catalogue_pb2.RemoveWorkRequest, context: Context
    ) -> catalogue_pb2.RemoveWorkResponse:
        """Removes a work."""
        self._keeping.check(context)

        async def prepare(_: Caller) -> Prepared[catalogue_pb2.RemoveWorkResponse]:
            return lambda: catalogue_pb2.RemoveWorkResponse(
                work_count=self._keeping.remove(request.catalogue, request.work_id)
            )

        return await self._workplace.answer(context, prepare)

    async def ListWorks(
        self, request: catalogue_pb2.ListWorksRequest, context: Context
    ) -> catalogue_pb2.ListWorksResponse:
        """Lists a page of works."""

        async def prepare(_: Caller) -> Prepared[catalogue_pb2.ListWorksResponse]:
            return lambda: to_page(self._store.view(request.catalogue), request.page_size, request.page_token)

        return await self._workplace.answer(context, prepare)

    async def ListCatalogues(
        self, request: catalogue_pb2.ListCataloguesRequest, context: Context
    ) -> catalogue_pb2.ListCataloguesResponse:
        """Lists the catalogues."""

        async def prepare(_: Caller) -> Prepared[catalogue_pb2.ListCataloguesResponse]:
            return lambda: catalogue_pb2.ListCataloguesResponse(
                catalogues=[to_catalogue(name, self._store.view) for name in self._store.names()]
            )

        return await self._workplace.answer(context, prepare)

    def _identify(
        self, request: catalogue_pb2.IdentifyRequest, data: bytes, caller: Caller
    ) -> catalogue_pb2.IdentifyResponse:
        view, watch = self._store.view(request.catalogue), Stopwatch()
        with watch.stage("decode"):
            picture = decode(data, self._limits, PHOTO_SIDE_PX, asked_region(request.image))
        caller.check()
        with watch.stage("identify"):
            answer = identify_works(picture, view, request.max_works)
        return to_identify_response(answer, watch.timings, asked_languages(request.languages))

    def _add(self, catalogue: str, record: Record, data: bytes) -> catalogue_pb2.AddWorkResponse:
        count, work = self._keeping.add(catalogue, record, data)
        return to_add_response(count, self._store.judge(catalogue, work))

    def _update(self, catalogue: str, record: Record, data: bytes | None) -> catalogue_pb2.UpdateWorkResponse:
        self._keeping.update(catalogue, record, data)
        return catalogue_pb2.UpdateWorkResponse()
