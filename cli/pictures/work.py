"""What a long run has before it: files by name, and folders of buckets that are listed as they are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from cli.errors import CliError
from cli.pictures.photos import Photo
from lienzo_client import LienzoError, Picture
from lienzo_client.errors import error_class
from services.addresses import ADDRESS_ERRORS
from sources.allowlist import AllowList
from sources.errors import SourceError
from sources.reader import Reader

READ_AHEAD = 16


@dataclass
class Work:
    """The pictures of one run without those that an earlier one has done.

    Attributes:
        photos: Files, and addresses that the server reads.
        folders: Addresses that this machine lists and reads, with the credentials that it has.
        done: Names of pictures that are not asked about again.
        passed_over: How many of those were met so far.
    """

    photos: Sequence[Photo]
    folders: Sequence[str] = ()
    done: Collection[str] = ()
    passed_over: int = field(default=0, init=False)

    @property
    def total(self) -> int | None:
        """How many pictures are left; None where folders of buckets are among them."""
        return None if self.folders else sum(photo.name not in self.done for photo in self.photos)

    def pictures(self) -> Iterator[tuple[str, Picture | LienzoError]]:
        """Each picture that is left by its name, or why it could not be read.

        Raises:
            CliError: For a folder that cannot be listed.
        """
        for photo in self.photos:
            if self._is_new(photo.name):
                yield photo.name, photo.picture
        if not self.folders:
            return
        with Reader(AllowList(everything=True), at_once=READ_AHEAD) as reader:
            for folder in self.folders:
                try:
                    for uri, outcome in reader.read_each(filter(self._is_new, reader.list_pictures(folder))):
                        yield uri, _told(outcome) if isinstance(outcome, SourceError) else outcome
                except SourceError as error:
                    raise CliError(f"{error}.") from error

    def _is_new(self, name: str) -> bool:
        if name in self.done:
            self.passed_over += 1
            return False
        return True


def _told(error: SourceError) -> LienzoError:
    """The error as a gateway would tell it, had it read the picture itself."""
    reason = ADDRESS_ERRORS[type(error)]
    kind = error_class(reason.code.name, reason.name)
    return kind(reason.code.name, reason.name, f"{error}.", error.details)
