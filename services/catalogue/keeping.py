"""Changes works on behalf of keepers."""

from __future__ import annotations

import logging
from typing import Final

from catalogue.enrolment import check_record, enrol
from catalogue.errors import CatalogueError, UnknownCatalogue, UnknownWork, WorkExists
from catalogue.shelf import CatalogueWriter, Shelf
from catalogue.work import Record, Work
from runtime.calls.authentication import KEEPER_KEY, Credentials, offered_keys
from runtime.calls.callers import Context
from runtime.reasons.reason import refused
from runtime.reasons.works import NOT_A_KEEPER
from vision.picture import PictureLimits

_log = logging.getLogger(__name__)

_WAIT_SECONDS: Final = 2.0
_COMPACT_FROM: Final = 0.5


class Keeping:
    """Adds, changes and removes works.

    Args:
        shelf: Where the catalogues are.
        limits: Limits of reference pictures.
        keepers: Who may change works; None lets everybody on this machine that may call.
    """

    def __init__(self, shelf: Shelf, limits: PictureLimits, keepers: Credentials | None) -> None:
        self._shelf = shelf
        self._limits = limits
        self._keepers = keepers

    def check(self, context: Context) -> None:
        """Refuses callers that are not keepers.

        Raises:
            StatusError: PERMISSION_DENIED, NOT_A_KEEPER.
        """
        metadata = context.invocation_metadata() or ()
        passed_on = [value for key, value in metadata if key == KEEPER_KEY and isinstance(value, bytes)]
        if self._keepers is None and not passed_on:
            return
        texts = {key: value for key, value in metadata if isinstance(value, str)}
        offered = [each.decode(errors="replace") for each in passed_on] or offered_keys(texts)
        keepers = self._keepers or Credentials({})
        if not any(keepers.accept(each) for each in offered if each):
            raise refused(NOT_A_KEEPER)

    def add(self, catalogue: str, record: Record, data: bytes) -> tuple[int, Work]:
        """Adds a work; returns how many there are now, and the work.

        Raises:
            CatalogueError: When it cannot be added; nothing has changed then.
            PictureError: When the picture cannot be read.
        """
        work = enrol(record, data, self._limits)
        with self._shelf.writer(catalogue, wait_seconds=_WAIT_SECONDS) as writer:
            if record.id in writer.records:
                raise WorkExists(catalogue, record.id)
            writer.put(work)
            return len(writer.records), work

    def update(self, catalogue: str, record: Record, data: bytes | None) -> None:
        """Replaces the record of a work, and its reference where there is a new one.

        Raises:
            CatalogueError: When it cannot be changed; it is what it was then.
            PictureError: When the picture cannot be read.
        """
        check_record(record)
        self._check_there(catalogue)
        work = None if data is None else enrol(record, data, self._limits)
        with self._shelf.writer(catalogue, wait_seconds=_WAIT_SECONDS, create=False) as writer:
            if record.id not in writer.records:
                raise UnknownWork(catalogue, record.id, writer.records)
            if work is None:
                writer.replace_record(record)
            else:
                writer.put(work)
            _compact(writer)

    def remove(self, catalogue: str, work_id: str) -> int:
        """Removes a work; returns how many are left.

        Raises:
            CatalogueError: When it cannot be removed.
        """
        self._check_there(catalogue)
        with self._shelf.writer(catalogue, wait_seconds=_WAIT_SECONDS, create=False) as writer:
            writer.remove(work_id)
            _compact(writer)
            return len(writer.records)

    def _check_there(self, catalogue: str) -> None:
        known = self._shelf.names()
        if catalogue not in known:
            raise UnknownCatalogue(catalogue, known)


def _compact(writer: CatalogueWriter) -> None:
    """Compacts a file that is mostly dead; the change before has been made, and stays where that fails."""
    if writer.dead_share <= _COMPACT_FROM:
        return
    try:
        writer.compact()
    except CatalogueError as error:
        _log.warning("not compacted; the next change tries again: %s", error)
