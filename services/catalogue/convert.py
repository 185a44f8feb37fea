"""Converts between messages and the catalogue's own objects."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Final

from bundle.languages import text_in
from catalogue.curating import Judgement
from catalogue.errors import CatalogueError
from catalogue.identifying import Answer, IdentifiedWork
from catalogue.shelf import CatalogueView
from catalogue.work import Record
from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.image.v1 import image_pb2, recognition_pb2, work_pb2
from runtime.reasons.reason import refused
from runtime.reasons.works import UNKNOWN_PAGE
from services.catalogue.store import problem_of
from services.pictures import to_image_info

DEFAULT_PAGE: Final = 100
LARGEST_PAGE: Final = 1000
PAGE_BYTES: Final = 2**20
"""A page that reaches it has no further works, so that any client can take it."""

_REASONS: Final = {
    "": work_pb2.NOT_IDENTIFIED_UNSPECIFIED,
    "too few features": work_pb2.NOT_IDENTIFIED_TOO_FEW_FEATURES,
    "nothing agrees": work_pb2.NOT_IDENTIFIED_NOTHING_AGREES,
    "implausible": work_pb2.NOT_IDENTIFIED_IMPLAUSIBLE,
    "no works": work_pb2.NOT_IDENTIFIED_NO_WORKS,
}


def to_identify_response(
    answer: Answer, timings: Sequence[image_pb2.StageTiming], languages: Sequence[str]
) -> catalogue_pb2.IdentifyResponse:
    """Converts the works in a picture to their message, with titles in the caller's languages."""
    return catalogue_pb2.IdentifyResponse(
        works=[_to_identified(each, languages) for each in answer.works],
        not_identified=_REASONS[answer.reason],
        image_info=to_image_info(answer.info),
        timings=timings,
        partial=bool(answer.missing),
    )


def _to_identified(found: IdentifiedWork, languages: Sequence[str]) -> catalogue_pb2.IdentifiedWork:
    corners = [] if found.quad is None else found.quad.tolist()
    work = to_work(found.record)
    texts = found.record.texts
    work.title, work.artist = (text_in(texts, name, languages) for name in ("title", "artist"))
    return catalogue_pb2.IdentifiedWork(
        work=work,
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


def to_catalogue(name: str, find: Callable[[str], CatalogueView]) -> catalogue_pb2.Catalogue:
    """Describes a catalogue, or says why it cannot be used.

    Args:
        name: Its name.
        find: Finds it.
    """
    try:
        return catalogue_pb2.Catalogue(name=name, work_count=find(name).count)
    except (CatalogueError, OSError) as error:
        return catalogue_pb2.Catalogue(name=name, problem=problem_of(error))


def to_page(view: CatalogueView, page_size: int, page_token: str) -> catalogue_pb2.ListWorksResponse:
    """Makes a page of the works of a catalogue, by their ids; its token is the id of its last work.

    Works that are added, changed or removed between two pages move no other work from one to the other.

    Raises:
        StatusError: INVALID_ARGUMENT, UNKNOWN_PAGE for a token that is not one of ours.
    """
    last, size = _from_token(page_token), min(page_size or DEFAULT_PAGE, LARGEST_PAGE)
    records = view.page(last, size + 1)
    works: list[catalogue_pb2.Work] = []
    size_bytes = 0
    for each in records[:size]:
        works.append(to_work(each))
        size_bytes += works[-1].ByteSize()
        if size_bytes > PAGE_BYTES:
            break
    token = _to_token(works[-1].id) if len(works) < len(records) else ""
    return catalogue_pb2.ListWorksResponse(works=works, next_page_token=token)


def _to_token(work_id: str) -> str:
    return urlsafe_b64encode(work_id.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise refused(UNKNOWN_PAGE) from error
