"""Label, palette and works of one picture: each an answer, or an error of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

from lienzo.gateway.v1 import gateway_pb2
from runtime.status import StatusError
from services.gateway.convert import to_analyze_response
from services.gateway.deadline import Deadline
from services.gateway.recognition import Recognition

AnswerT = TypeVar("AnswerT")


async def analyze(
    recognition: Recognition, request: gateway_pb2.AnalyzeImageRequest, deadline: Deadline
) -> gateway_pb2.AnalyzeImageResponse:
    """Classifies one picture, extracts its palette and finds works in it, all at the same time.

    A service that does not answer in time costs its own part only.

    Raises:
        StatusError: When nothing could be answered; the error of the label then.
    """
    start = time.perf_counter()
    image = await recognition.pictures.find(request.image, deadline)  # once for all of them
    in_time = deadline.with_time_to_answer()
    to_classify = gateway_pb2.ClassifyImageRequest(
        image=image, model=request.model, top_k=request.top_k, languages=request.languages
    )
    to_extract = gateway_pb2.ExtractPaletteRequest(image=image, options=request.palette_options)
    async with asyncio.TaskGroup() as group:
        classifying = group.create_task(_outcome(recognition.classify(to_classify, in_time)))
        extracting = group.create_task(_outcome(recognition.palette(to_extract, in_time)))
        identifying = None
        if request.HasField("works_options"):
            options = request.works_options
            to_identify = gateway_pb2.IdentifyWorkRequest(
                image=image,
                catalogue=options.catalogue,
                max_works=options.max_works,
                languages=request.languages,
            )
            identifying = group.create_task(_outcome(recognition.identify(to_identify, in_time)))
    classified, extracted = classifying.result(), extracting.result()
    identified = None if identifying is None else identifying.result()
    asked_for = [each for each in (classified, extracted, identified) if each is not None]
    if isinstance(classified, StatusError) and all(isinstance(each, StatusError) for each in asked_for):
        raise classified
    return to_analyze_response(classified, extracted, identified, 1e3 * (time.perf_counter() - start))


async def _outcome(work: Awaitable[AnswerT]) -> AnswerT | StatusError:
    try:
        return await work
    except StatusError as error:
        return error
