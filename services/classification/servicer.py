"""`lienzo.classification.v1.ClassificationService`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from functools import partial
from typing import Final

from bundle.description import describe
from bundle.meanings import read_meanings
from lienzo.classification.v1 import classification_pb2, classification_pb2_grpc
from runtime.calls.callers import Caller, Context
from runtime.calls.errors import ErrorTable
from runtime.calls.languages import asked_languages
from runtime.models.store import ModelStore
from runtime.reasons.models import FEATURES_MISMATCH
from runtime.work.streams import answer_requests
from runtime.work.timings import Stopwatch
from runtime.work.workplace import Prepared, Workplace
from services.classification.classifier import LoadedModel
from services.classification.convert import (
    DEFAULT_TOP_K,
    from_features,
    from_keypoints,
    to_model,
    to_recognition,
)
from services.classification.errors import FeaturesMismatch
from services.classification.listing import to_page
from services.models import MODEL_ERRORS
from vision.verification import LIKELIEST

ERRORS: Final[ErrorTable] = {**MODEL_ERRORS, FeaturesMismatch: FEATURES_MISMATCH}


class ClassificationServicer(classification_pb2_grpc.ClassificationServiceServicer):
    """Classifies features, and lists the models."""

    def __init__(self, workplace: Workplace, store: ModelStore[LoadedModel]) -> None:
        self._workplace = workplace
        self._store = store

    async def Classify(
        self, request: classification_pb2.ClassifyRequest, context: Context
    ) -> classification_pb2.ClassifyResponse:
        """Classifies the features of one picture."""
        return await self._workplace.answer(context, partial(self._prepare, request))

    def StreamClassify(
        self, request_iterator: AsyncIterable[classification_pb2.StreamClassifyRequest], context: Context
    ) -> AsyncGenerator[classification_pb2.StreamClassifyResponse, None]:
        """Classifies a stream of features, answered in order."""
        return answer_requests(
            request_iterator,
            self._prepare,
            classification_pb2.StreamClassifyResponse,
            context=context,
            workplace=self._workplace,
        )

    async def ListModels(
        self, request: classification_pb2.ListModelsRequest, context: Context
    ) -> classification_pb2.ListModelsResponse:
        """Lists a page of models."""
        if request.all_versions:
            return await asyncio.to_thread(self._page_of_all, request)
        newest = {(each.manifest.name, each.manifest.version): each.manifest for each in self._store.newest()}
        return to_page(newest, lambda name, version: newest[name, version], request)

    def _page_of_all(
        self, request: classification_pb2.ListModelsRequest
    ) -> classification_pb2.ListModelsResponse:
        return to_page(self._store.versions(), self._store.manifest, request)

    async def GetModel(
        self, request: classification_pb2.GetModelRequest, context: Context
    ) -> classification_pb2.GetModelResponse:
        """Describes one version of a model."""
        return await asyncio.to_thread(self._described, request, asked_languages(request.languages))

    def _described(
        self, request: classification_pb2.GetModelRequest, languages: Sequence[str]
    ) -> classification_pb2.GetModelResponse:
        manifest = self._store.manifest(request.model.name, request.model.version)
        meanings = read_meanings(manifest, self._store.folder(manifest.name, manifest.version))
        model = to_model(describe(manifest), meanings, languages)
        return classification_pb2.GetModelResponse(model=model)

    async def _prepare(
        self, request: classification_pb2.ClassifyRequest, caller: Caller
    ) -> Prepared[classification_pb2.ClassifyResponse]:
        return partial(self._classify, request, asked_languages(request.languages))

    def _classify(
        self, request: classification_pb2.ClassifyRequest, languages: Sequence[str]
    ) -> classification_pb2.ClassifyResponse:
        served, watch = self._store.get(request.model.name, request.model.version), Stopwatch()
        manifest, loaded, top_k = served.manifest, served.loaded, request.top_k or DEFAULT_TOP_K
        with watch.stage("classification"):
            features = from_features(request.features, manifest)
            photo = from_keypoints(request.features, manifest)
            ranked = max(top_k, LIKELIEST)
            found = loaded.classifier.recognize(features, manifest.threshold, ranked, loaded.hierarchy)
        verifier = loaded.verifier
        if verifier and photo and verifier.is_needed(found):
            with watch.stage("verification"):
                found = verifier.verify(found, photo)
        recognition = to_recognition(found.best(top_k), manifest, loaded.meanings, languages)
        return classification_pb2.ClassifyResponse(recognition=recognition, timings=watch.timings)
