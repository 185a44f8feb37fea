"""Changes works on behalf of keepers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from catalogue.enrolment import check_record, enrol
from catalogue.errors import UnknownCatalogue, UnknownWork, WorkExists
from catalogue.shelf import MOST_DEAD, Shelf
from catalogue.work import Record, Work
from runtime.calls.authentication import KEEPER_KEY, Credentials, offered_keys
from runtime.calls.callers import Context
from runtime.reasons.reason import refused
from runtime.reasons.works import NOT_A_KEEPER
from services.catalogue.compaction import Compaction
from vision.picture import PictureLimits

_WAIT_SECONDS: Final = 2.0


class Keeping:
    """Adds, changes and removes works.

    Args:
        shelf: Where the catalogues are.
        limits: Limits of reference pictures.
        keepers: Who may change works; None lets everybody on this machine that may call.
        view: Reads a catalogue.
    """

    def __init__(
        self,
        shelf: Shelf,
        limits: PictureLimits,
        keepers: Credentials | None,
        view: Callable[[str], object],
    ) -> None:
        self._shelf = shelf
        self._limits = limits
        self._keepers = keepers
        self._compaction = Compaction(shelf, view)

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
            is_due = writer.dead_share > MOST_DEAD
        if is_due:
            self._compaction.begin(catalogue)

    def remove(self, catalogue: str, work_id: str) -> int:
        """Removes a work; returns how many are left.

        Raises:
            CatalogueError: When it cannot be removed.
        """
        self._check_there(catalogue)
        with self._shelf.writer(catalogue, wait_seconds=_WAIT_SECONDS, create=False) as writer:
            writer.remove(work_id)
            count, is_due = len(writer.records), writer.dead_share > MOST_DEAD
        if is_due:
            self._compaction.begin(catalogue)
        return count

    def _check_there(self, catalogue: str) -> None:
        known = self._shelf.names()
        if catalogue not in known:
            raise UnknownCatalogue(catalogue, known)
