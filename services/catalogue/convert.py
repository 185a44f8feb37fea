"""Converts between messages and the catalogue's own objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from catalogue.curating import Judgement
from catalogue.identifying import Answer, IdentifiedWork
from catalogue.reader import View
from catalogue.work import Record
from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.image.v1 import image_pb2, recognition_pb2, work_pb2
from runtime.reasons.reason import refused
from runtime.reasons.works import UNKNOWN_PAGE
from services.pictures import to_image_info

DEFAULT_PAGE: Final = 100
LARGEST_PAGE: Final = 1000

_REASONS: Final = {
    "": work_pb2.NOT_IDENTIFIED_UNSPECIFIED,
    "too few features": work_pb2.NOT_IDENTIFIED_TOO_FEW_FEATURES,
    "nothing agrees": work_pb2.NOT_IDENTIFIED_NOTHING_AGREES,
    "implausible": work_pb2.NOT_IDENTIFIED_IMPLAUSIBLE,
}


def to_identify_response(
    answer: Answer, timings: Sequence[image_pb2.StageTiming]
) -> catalogue_pb2.IdentifyResponse:
    """Converts the works in a picture to their message."""
    return catalogue_pb2.IdentifyResponse(
        works=map(_to_identified, answer.works),
        not_identified=_REASONS[answer.reason],
        image_info=to_image_info(answer.info),
        timings=timings,
    )


def _to_identified(found: IdentifiedWork) -> catalogue_pb2.IdentifiedWork:
    corners = [] if found.quad is None else found.quad.tolist()
    return catalogue_pb2.IdentifiedWork(
        work=to_work(found.record),
        confidence=found.confidence,
        points=found.points,
        quad=[recognition_pb2.Point(x_px=x, y_px=y) for x, y in corners],
    )


def to_work(record: Record) -> catalogue_pb2.Work:
    """Converts a record to its message."""
    return catalogue_pb2.Work(
        id=record.id, title=record.title, artist=record.artist, columns=dict(record.columns)
    )


def from_work(work: catalogue_pb2.Work) -> Record:
    """Reads a record."""
    return Record(work.id, work.title, work.artist, dict(work.columns))


def to_add_response(count: int, judgement: Judgement) -> catalogue_pb2.AddWorkResponse:
    """Makes the response to an added work."""
    return catalogue_pb2.AddWorkResponse(
        work_count=count,
        score=judgement.quality.score,
        look_alikes=[other for other, _ in judgement.look_alikes],
    )


def to_catalogues(views: Iterable[View]) -> catalogue_pb2.ListCataloguesResponse:
    """Makes the list of catalogues."""
    return catalogue_pb2.ListCataloguesResponse(
        catalogues=[catalogue_pb2.Catalogue(name=view.name, work_count=len(view.numbers)) for view in views]
    )


def to_page(view: View, page_size: int, page_token: str) -> catalogue_pb2.ListWorksResponse:
    """Makes a page of the works of a catalogue; its token is the number of its last work.

    Works that are added or removed between two pages move no other work from one to the other.

    Raises:
        StatusError: INVALID_ARGUMENT, UNKNOWN_PAGE for a token that is not one of ours.
    """
    if page_token and not page_token.isdecimal():
        raise refused(UNKNOWN_PAGE)
    last = int(page_token) if page_token else -1
    size = min(page_size or DEFAULT_PAGE, LARGEST_PAGE)
    numbers = [number for number in view.numbers.values() if number > last]
    page = numbers[:size]
    return catalogue_pb2.ListWorksResponse(
        works=[to_work(view.record(number)) for number in page],
        next_page_token=str(page[-1]) if len(numbers) > size else "",
    )
