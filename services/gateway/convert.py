"""Converts between messages and the gateway's own objects."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from google.protobuf.timestamp_pb2 import Timestamp

from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo.palette.v1 import palette_pb2 as service_pb2
from runtime.calls.item_errors import to_item_error
from runtime.status import StatusError
from services.gateway.downloads import Download
from services.gateway.upload import Upload


def to_upload_response(upload: Upload) -> gateway_pb2.UploadImageResponse:
    """Makes the response to a finished upload."""
    return gateway_pb2.UploadImageResponse(
        upload_id=upload.upload_id, received_bytes=upload.received_bytes, expire_time=_moment(upload.expires)
    )


def to_upload_state(upload: Upload) -> gateway_pb2.GetUploadResponse:
    """Makes the response to a caller that wants to continue an upload."""
    return gateway_pb2.GetUploadResponse(
        received_bytes=upload.received_bytes,
        total_bytes=upload.total_bytes,
        expire_time=_moment(upload.expires),
    )


def to_download_head(download: Download, *, is_current: bool) -> gateway_pb2.DownloadModelResponse:
    """Makes the message before the chunks of a package."""
    manifest = download.manifest
    head = gateway_pb2.DownloadHead(
        model=recognition_pb2.ModelVersion(name=manifest.name, version=manifest.version),
        total_bytes=download.archive.total_bytes,
        sha256=download.archive.sha256,
        is_current=is_current,
    )
    return gateway_pb2.DownloadModelResponse(head=head)


def to_collection_response(
    answer: service_pb2.ExtractCollectionPaletteResponse,
    pictures: Sequence[tuple[str, str, image_pb2.ItemError | None]],
) -> gateway_pb2.ExtractCollectionPaletteResponse:
    """Makes the response with the palette of a collection, its pictures by the caller's ids again.

    Args:
        answer: The palette service's answer, its pictures by their numbers.
        pictures: By number: the caller's id, the address, and the error of a picture that was never sent.
    """
    failed = {number: error for number, (_, _, error) in enumerate(pictures) if error is not None}
    failed.update((int(each.request_id), each.error) for each in answer.failures)
    response = gateway_pb2.ExtractCollectionPaletteResponse(palette=answer.palette)
    for each in answer.pictures:
        request_id, uri, _ = pictures[int(each.request_id)]
        response.pictures.add(request_id=request_id, uri=uri, shares=each.shares, distance=each.distance)
    for number, error in sorted(failed.items(), key=itemgetter(0)):
        response.failures.add(request_id=pictures[number][0], uri=pictures[number][1], error=error)
    return response


def to_analyze_response(
    classified: gateway_pb2.ClassifyImageResponse | StatusError,
    extracted: gateway_pb2.ExtractPaletteResponse | StatusError,
    identified: gateway_pb2.IdentifyWorkResponse | StatusError | None,
    total_ms: float,
) -> gateway_pb2.AnalyzeImageResponse:
    """Makes the response about label, palette and works; `identified` is None where nobody asked for it."""
    response = gateway_pb2.AnalyzeImageResponse()
    if isinstance(identified, StatusError):
        response.works_error.CopyFrom(to_item_error(identified))
    elif identified is not None:
        response.works.extend(identified.works)
        response.not_identified = identified.not_identified
        response.works_partial = identified.partial
        _add_facts(response, identified)
    if isinstance(extracted, StatusError):
        response.palette_error.CopyFrom(to_item_error(extracted))
    else:
        response.palette.CopyFrom(extracted.palette)
        _add_facts(response, extracted)
    if isinstance(classified, StatusError):
        response.recognition_error.CopyFrom(to_item_error(classified))
    else:
        response.recognition.CopyFrom(classified.recognition)
        _add_facts(response, classified)
    response.timings.add(stage="total", duration_ms=total_ms)
    return response


def to_identify_response(
    found: catalogue_pb2.IdentifyResponse, timings: Sequence[image_pb2.StageTiming]
) -> gateway_pb2.IdentifyWorkResponse:
    """Makes the response with the works of a catalogue that are in a picture."""
    works = [
        gateway_pb2.IdentifiedWork(
            work_id=each.work.id,
            title=each.work.title,
            artist=each.work.artist,
            confidence=each.confidence,
            quad=[gateway_pb2.Point(x_px=corner.x_px, y_px=corner.y_px) for corner in each.quad],
            record=each.work.columns,
            points=each.points,
        )
        for each in found.works
    ]
    return gateway_pb2.IdentifyWorkResponse(
        works=works,
        image_info=found.image_info,
        timings=timings,
        not_identified=found.not_identified,
        partial=found.partial,
    )


def _add_facts(
    response: gateway_pb2.AnalyzeImageResponse,
    part: gateway_pb2.ClassifyImageResponse
    | gateway_pb2.ExtractPaletteResponse
    | gateway_pb2.IdentifyWorkResponse,
) -> None:
    response.image_info.CopyFrom(part.image_info)
    response.timings.extend(each for each in part.timings if each.stage != "total")


def _moment(seconds: float) -> Timestamp:
    moment = Timestamp()
    moment.FromMilliseconds(round(seconds * 1000))
    return moment
