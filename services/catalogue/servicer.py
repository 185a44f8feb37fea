"""`lienzo.catalogue.v1.CatalogueService`."""

from __future__ import annotations

from typing import Final

import grpc

from catalogue import errors
from catalogue.curating import judged
from catalogue.identifying import identified
from lienzo.catalogue.v1 import catalogue_pb2, catalogue_pb2_grpc
from runtime.calls.callers import check_active
from runtime.calls.errors import ErrorTable
from runtime.reasons import works as reasons
from runtime.work.timings import Stopwatch
from runtime.work.workplace import Workplace
from services.catalogue.convert import from_work, to_add_response, to_identify_response, to_page
from services.catalogue.keeping import Keeping
from services.catalogue.store import CatalogueStore
from services.pictures import PICTURE_ERRORS, image_data
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

    def Identify(
        self, request: catalogue_pb2.IdentifyRequest, context: grpc.ServicerContext
    ) -> catalogue_pb2.IdentifyResponse:
        """Finds works of a catalogue in a picture."""
        return self._workplace.answer(context, lambda: self._identify(request, context))

    def AddWork(
        self, request: catalogue_pb2.AddWorkRequest, context: grpc.ServicerContext
    ) -> catalogue_pb2.AddWorkResponse:
        """Adds a work."""
        self._keeping.check(context)
        data = image_data(request.reference, self._reader, context)

        def add() -> catalogue_pb2.AddWorkResponse:
            record = from_work(request.work)
            count = self._keeping.add(request.catalogue, record, data)
            (judgement,) = judged(self._store.view(request.catalogue), [record.id])
            return to_add_response(count, judgement)

        return self._workplace.answer(context, add)

    def UpdateWork(
        self, request: catalogue_pb2.UpdateWorkRequest, context: grpc.ServicerContext
    ) -> catalogue_pb2.UpdateWorkResponse:
        """Replaces the record of a work, and perhaps its reference."""
        self._keeping.check(context)
        has_picture = request.HasField("reference")
        data = image_data(request.reference, self._reader, context) if has_picture else None
        self._workplace.answer(
            context, lambda: self._keeping.update(request.catalogue, from_work(request.work), data)
        )
        return catalogue_pb2.UpdateWorkResponse()

    def RemoveWork(
        self, request: catalogue_pb2.RemoveWorkRequest, context: grpc.ServicerContext
    ) -> catalogue_pb2.RemoveWorkResponse:
        """Removes a work."""
        self._keeping.check(context)
        count = self._workplace.answer(
            context, lambda: self._keeping.remove(request.catalogue, request.work_id)
        )
        return catalogue_pb2.RemoveWorkResponse(work_count=count)

    def ListWorks(
        self, request: catalogue_pb2.ListWorksRequest, context: grpc.ServicerContext
    ) -> catalogue_pb2.ListWorksResponse:
        """Lists a page of works."""
        return to_page(self._store.view(request.catalogue), request.page_size, request.page_token)

    def ListCatalogues(
        self, request: catalogue_pb2.ListCataloguesRequest, context: grpc.ServicerContext
    ) -> catalogue_pb2.ListCataloguesResponse:
        """Lists the catalogues."""
        counts = ((name, len(self._store.view(name).numbers)) for name in self._store.names())
        return catalogue_pb2.ListCataloguesResponse(
            catalogues=[catalogue_pb2.Catalogue(name=name, work_count=count) for name, count in counts]
        )

    def _identify(
        self, request: catalogue_pb2.IdentifyRequest, context: grpc.ServicerContext
    ) -> catalogue_pb2.IdentifyResponse:
        view = self._store.view(request.catalogue)
        data, watch = image_data(request.image, self._reader, context), Stopwatch()
        with watch.stage("decode"):
            picture = decode(data, self._limits, PHOTO_SIDE_PX)
        check_active(context)
        with watch.stage("identify"):
            answer = identified(picture, view, request.max_works)
        return to_identify_response(answer, watch.timings)
