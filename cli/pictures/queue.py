"""The pictures of a long run: files by name, and folders of buckets that are listed as they are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from cli.errors import CliError
from cli.pictures.parts import part_of
from cli.pictures.photos import Photo
from lienzo_client import LienzoError, Picture
from lienzo_client.errors import error_class
from services.addresses import ADDRESS_ERRORS
from sources.allowlist import AllowList
from sources.errors import SourceError
from sources.reader import Reader
from vision.region import Region

READ_AHEAD = 16


@dataclass
class PictureQueue:
    """The pictures of one run, without those that an earlier run has done.

    Attributes:
        photos: Files, and addresses that the server reads.
        folders: Addresses that this machine lists and reads, with its own credentials.
        done: Names of pictures to skip.
        region: The part of each to look at; None for all of it.
        skipped: Number of skipped pictures so far.
    """

    photos: Sequence[Photo]
    folders: Sequence[str] = ()
    done: Collection[str] = ()
    region: Region | None = None
    skipped: int = field(default=0, init=False)

    @property
    def total(self) -> int | None:
        """Number of pictures in the queue; None with folders of buckets."""
        return None if self.folders else sum(photo.name not in self.done for photo in self.photos)

    def pictures(self) -> Iterator[tuple[str, Picture | LienzoError]]:
        """Yields each picture by its name, or the error of reading it.

        Raises:
            CliError: For a folder that cannot be listed.
        """
        for photo in self.photos:
            if self._is_new(photo.name):
                yield photo.name, part_of(photo.picture, self.region)
        if not self.folders:
            return
        with Reader(AllowList(everything=True), at_once=READ_AHEAD) as reader:
            for folder in self.folders:
                try:
                    for uri, outcome in reader.read_each(filter(self._is_new, reader.list_pictures(folder))):
                        if isinstance(outcome, SourceError):
                            yield uri, _to_lienzo_error(outcome)
                        else:
                            yield uri, part_of(outcome, self.region)
                except SourceError as error:
                    raise CliError(f"{error}.") from error

    def _is_new(self, name: str) -> bool:
        if name in self.done:
            self.skipped += 1
            return False
        return True


def _to_lienzo_error(error: SourceError) -> LienzoError:
    """Converts an error of reading to the one that a gateway would answer."""
    reason = ADDRESS_ERRORS[type(error)]
    kind = error_class(reason.code.name, reason.name)
    return kind(reason.code.name, reason.name, f"{error}.", error.details)
