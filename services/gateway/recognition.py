"""Answers calls by the other services, for gRPC and HTTP alike."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable
from typing import Final

from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.classification.v1 import classification_pb2
from lienzo.features.v1 import features_pb2
from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo.palette.v1 import palette_pb2
from runtime.calls.authentication import current_holder
from runtime.reasons.models import BROKEN_BUNDLE, MODEL_NOT_EVERYWHERE, UNKNOWN_MODEL
from runtime.reasons.reason import refused
from runtime.status import StatusError
from runtime.work.budget import Budget
from runtime.work.slots import Slots
from services.gateway.backends import Backends
from services.gateway.convert import to_identify_response
from services.gateway.deadline import Deadline
from services.gateway.once import Once
from services.gateway.peers import Peer, Peers
from services.gateway.pictures import Pictures
from services.gateway.settings import GatewaySettings

Classified = tuple[features_pb2.ExtractFeaturesResponse, classification_pb2.ClassifyResponse]

MODEL_REASONS: Final = {UNKNOWN_MODEL.name, BROKEN_BUNDLE.name}
"""Reasons of a service that does not have a version of a model, or not yet."""

VERSIONS_TRIED: Final = 4
"""Several, because replicas take turns, and one that lags behind may answer each time."""


class Recognition:
    """Sends a picture through the other services and combines their answers.

    Attributes:
        backends: The other services.
        pictures: Reads the bytes of a picture.
    """

    def __init__(
        self,
        backends: Backends,
        pictures: Pictures,
        peers: Peers,
        budget: Budget,
        settings: GatewaySettings,
    ) -> None:
        self.backends = backends
        self.pictures = pictures
        self._peers = peers
        self._budget = budget
        self._kept = Slots(settings.max_in_flight, "calls with a request id are in flight")
        self._settings = settings
        self._once: Once[gateway_pb2.ClassifyImageResponse] = Once(
            60 * settings.repeat_minutes,
            settings.repeat_capacity,
            settings.max_repeat_bytes,
            gateway_pb2.ClassifyImageResponse.ByteSize,
        )

    async def classify(
        self, request: gateway_pb2.ClassifyImageRequest, deadline: Deadline
    ) -> gateway_pb2.ClassifyImageResponse:
        """Classifies one picture; once for calls that repeat a request id."""
        if not request.request_id:
            return await self._classify(request, deadline)
        # Beside the event loop: of up to 64 MiB, for which all calls would wait.
        key = await asyncio.to_thread(_digest, request, current_holder())  # an upload is its caller's alone
        # Not by the caller's deadline: whoever repeats the id may have more time.
        work_deadline = deadline.at_least(self._settings.default_deadline_seconds)

        async def work() -> gateway_pb2.ClassifyImageResponse:
            # Goes on when its callers have left, and still counts then.
            with self._kept.slot(), self._budget.holding(request.ByteSize()):
                return await self._classify(request, work_deadline)

        async def here() -> gateway_pb2.ClassifyImageResponse:
            return await self._once.answer(key, work, deadline)

        async def there(peer: Peer) -> gateway_pb2.ClassifyImageResponse:
            answer: gateway_pb2.ClassifyImageResponse = await peer.ask(
                peer.gateway.ClassifyImage, request, deadline
            )
            return answer

        return await self._peers.answer(request.request_id, here, there)

    async def _classify(
        self, request: gateway_pb2.ClassifyImageRequest, deadline: Deadline
    ) -> gateway_pb2.ClassifyImageResponse:
        start = time.perf_counter()
        image = await self.pictures.find(request.image, deadline)
        extracted, classified = await self._extract_and_classify(request, image, deadline)
        return gateway_pb2.ClassifyImageResponse(
            recognition=classified.recognition,
            image_info=extracted.image_info,
            timings=_with_total(start, extracted.timings, classified.timings),
        )

    async def _extract_and_classify(
        self, request: gateway_pb2.ClassifyImageRequest, image: image_pb2.Image, deadline: Deadline
    ) -> Classified:
        """Calls both services with one version of a model.

        While a new version is copied to replicas, one service may lack the version that another takes for the
        newest. A caller that names no version then gets the newest of the classification service.

        Raises:
            StatusError: UNAVAILABLE, MODEL_NOT_EVERYWHERE when some service has the model, but no version is
                in all of them.
        """
        asked = model = self._model(request.model)
        known = ""
        for _ in range(VERSIONS_TRIED):
            try:
                extracted = await self._extract(image, model, deadline)
                known = extracted.model.name
                return extracted, await self._classify_features(extracted, request, deadline)
            except StatusError as error:
                if asked.version or error.reason not in MODEL_REASONS:
                    raise
                refusal = error
            try:
                wanted = recognition_pb2.ModelVersion(name=asked.name or known)
                model = (await self.model(gateway_pb2.GetModelRequest(model=wanted), deadline)).model.model
                known = model.name
            except StatusError as error:
                if error.reason not in MODEL_REASONS:
                    raise
                break
        if not known:
            raise refusal
        raise refused(MODEL_NOT_EVERYWHERE, model=known)

    async def _extract(
        self, image: image_pb2.Image, model: recognition_pb2.ModelVersion, deadline: Deadline
    ) -> features_pb2.ExtractFeaturesResponse:
        request = features_pb2.ExtractFeaturesRequest(image=image, model=model)
        return await self.backends.call("features", self.backends.features.ExtractFeatures, request, deadline)

    async def _classify_features(
        self,
        extracted: features_pb2.ExtractFeaturesResponse,
        request: gateway_pb2.ClassifyImageRequest,
        deadline: Deadline,
    ) -> classification_pb2.ClassifyResponse:
        # The version of the features, so that a swap in between does not mix versions.
        asked = classification_pb2.ClassifyRequest(
            features=extracted.features,
            model=extracted.model,
            top_k=request.top_k,
            languages=request.languages,
        )
        return await self.backends.call(
            "classification", self.backends.classification.Classify, asked, deadline
        )

    async def palette(
        self, request: gateway_pb2.ExtractPaletteRequest, deadline: Deadline
    ) -> gateway_pb2.ExtractPaletteResponse:
        """Extracts the palette of one picture."""
        start = time.perf_counter()
        image = await self.pictures.find(request.image, deadline)
        extracted = await self.backends.call(
            "palette",
            self.backends.palette.ExtractPalette,
            palette_pb2.ExtractPaletteRequest(image=image, options=request.options),
            deadline,
        )
        return gateway_pb2.ExtractPaletteResponse(
            palette=extracted.palette,
            image_info=extracted.image_info,
            timings=_with_total(start, extracted.timings),
        )

    async def identify(
        self, request: gateway_pb2.IdentifyWorkRequest, deadline: Deadline
    ) -> gateway_pb2.IdentifyWorkResponse:
        """Finds works of a catalogue in one picture.

        Raises:
            StatusError: NOT_FOUND, UNKNOWN_CATALOGUE also on a gateway without a catalogue service.
        """
        start = time.perf_counter()
        service = self.backends.catalogue_for(request.catalogue)
        image = await self.pictures.find(request.image, deadline)
        asked = catalogue_pb2.IdentifyRequest(
            image=image,
            catalogue=request.catalogue,
            max_works=request.max_works,
            languages=request.languages,
        )
        found = await self.backends.call("catalogue", service.Identify, asked, deadline)
        return to_identify_response(found, _with_total(start, found.timings))

    async def models(
        self, request: gateway_pb2.ListModelsRequest, deadline: Deadline
    ) -> gateway_pb2.ListModelsResponse:
        """Lists a page of models."""
        listed = await self.backends.call(
            "classification",
            self.backends.classification.ListModels,
            classification_pb2.ListModelsRequest(
                page_size=request.page_size, page_token=request.page_token, all_versions=request.all_versions
            ),
            deadline,
        )
        return gateway_pb2.ListModelsResponse(models=listed.models, next_page_token=listed.next_page_token)

    async def model(
        self, request: gateway_pb2.GetModelRequest, deadline: Deadline
    ) -> gateway_pb2.GetModelResponse:
        """Describes one version of a model."""
        found = await self.backends.call(
            "classification",
            self.backends.classification.GetModel,
            classification_pb2.GetModelRequest(model=self._model(request.model), languages=request.languages),
            deadline,
        )
        return gateway_pb2.GetModelResponse(model=found.model)

    def _model(self, asked: recognition_pb2.ModelVersion) -> recognition_pb2.ModelVersion:
        if asked.name or not self._settings.default_model:
            return asked
        return recognition_pb2.ModelVersion(name=self._settings.default_model, version=asked.version)


def _digest(request: gateway_pb2.ClassifyImageRequest, holder: str) -> bytes:
    return hashlib.sha256(request.SerializeToString(deterministic=True) + holder.encode()).digest()


def _with_total(start: float, *stages: Iterable[image_pb2.StageTiming]) -> list[image_pb2.StageTiming]:
    total = image_pb2.StageTiming(stage="total", duration_ms=(time.perf_counter() - start) * 1e3)
    return [*(timing for each in stages for timing in each), total]
