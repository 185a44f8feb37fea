"""`lienzo.features.v1.FeatureService`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from functools import partial
from typing import Final

from bundle.manifest import Manifest
from lienzo.features.v1 import features_pb2, features_pb2_grpc
from runtime.calls.callers import Caller, Context
from runtime.calls.errors import ErrorTable
from runtime.models.store import ModelStore
from runtime.reasons.models import INVALID_EXTRACTOR_PARAMETER, MISSING_EXTRACTOR, UNKNOWN_EXTRACTOR
from runtime.reasons.reason import refused
from runtime.work.streams import answer_requests
from runtime.work.timings import Stopwatch
from runtime.work.workplace import Prepared, Workplace
from services.features.convert import to_extractor, to_features, to_model_version
from services.features.extraction import LoadedExtractor, known_extractors, named_extractor
from services.models import MODEL_ERRORS
from services.pictures import PICTURE_ERRORS, asked_region, image_data, to_image_info, to_picture_limits
from sources.reader import Reader
from vision import errors
from vision.picture import PictureLimits, decode

ERRORS: Final[ErrorTable] = {
    **PICTURE_ERRORS,
    **MODEL_ERRORS,
    errors.UnknownExtractor: UNKNOWN_EXTRACTOR,
    errors.InvalidExtractorParameter: INVALID_EXTRACTOR_PARAMETER,
}


class FeatureServicer(features_pb2_grpc.FeatureServiceServicer):
    """Decodes pictures and extracts their features."""

    def __init__(
        self,
        workplace: Workplace,
        store: ModelStore[LoadedExtractor],
        limits: PictureLimits,
        reader: Reader,
    ) -> None:
        self._workplace = workplace
        self._store = store
        self._limits = limits
        self._reader = reader

    async def ExtractFeatures(
        self, request: features_pb2.ExtractFeaturesRequest, context: Context
    ) -> features_pb2.ExtractFeaturesResponse:
        """Extracts the features of one picture."""
        return await self._workplace.answer(context, partial(self._prepare, request))

    def StreamFeatures(
        self, request_iterator: AsyncIterable[features_pb2.StreamFeaturesRequest], context: Context
    ) -> AsyncGenerator[features_pb2.StreamFeaturesResponse, None]:
        """Extracts the features of a stream of pictures, answered in order."""
        return answer_requests(
            request_iterator,
            self._prepare,
            features_pb2.StreamFeaturesResponse,
            context=context,
            workplace=self._workplace,
        )

    async def ListExtractors(
        self, request: features_pb2.ListExtractorsRequest, context: Context
    ) -> features_pb2.ListExtractorsResponse:
        """Lists the extractors of this server."""
        known = known_extractors(self._store.newest())
        return features_pb2.ListExtractorsResponse(
            extractors=map(to_extractor, known), picture_limits=to_picture_limits(self._limits)
        )

    async def _prepare(
        self, request: features_pb2.ExtractFeaturesRequest, caller: Caller
    ) -> Prepared[features_pb2.ExtractFeaturesResponse]:
        data = await image_data(request.image, self._reader, caller)
        return lambda: self._extract(request, data, caller)

    def _extract(
        self, request: features_pb2.ExtractFeaturesRequest, data: bytes, caller: Caller
    ) -> features_pb2.ExtractFeaturesResponse:
        loaded, manifest = self._choose(request)
        verifies, watch = manifest is not None and manifest.verification is not None, Stopwatch()
        with watch.stage("decode"):
            picture = decode(data, self._limits, loaded.extractor.max_side_px, asked_region(request.image))
        caller.check()
        with watch.stage("features"):
            found = loaded.extractor.extract(picture.pixels)
        return features_pb2.ExtractFeaturesResponse(
            features=to_features(
                found, loaded, picture, keypoints=request.include_keypoints, keypoint_rows=verifies
            ),
            image_info=to_image_info(picture.info),
            model=to_model_version(manifest),
            timings=watch.timings,
        )

    def _choose(
        self, request: features_pb2.ExtractFeaturesRequest
    ) -> tuple[LoadedExtractor, Manifest | None]:
        chosen = request.WhichOneof("extractor")
        if chosen == "spec":
            spec = request.spec
            return named_extractor(spec.name, spec.parameters, self._store.newest()), None
        if chosen == "model":
            served = self._store.get(request.model.name, request.model.version)
            return served.loaded, served.manifest
        raise refused(MISSING_EXTRACTOR)
