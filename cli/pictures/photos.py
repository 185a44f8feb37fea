"""Which pictures a command line means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CliError
from lienzo_client import Picture, Uri
from vision.decoding.formats import HEAD_BYTES, begins_like_a_picture


@dataclass(frozen=True)
class Photo:
    """A picture as the command line names it.

    Attributes:
        name: What to call it in answers: the path, or the address.
        picture: What the client sends.
    """

    name: str
    picture: Picture


def find_photos(arguments: Sequence[str]) -> list[Photo]:
    """The pictures that files, folders (searched through) and addresses stand for, in that order.

    Raises:
        CliError: Naming what is not there, or the folder without a picture.
    """
    return [photo for argument in arguments for photo in _expand(argument)]


def pictures_in(folder: Path) -> list[Path]:
    """Files below a folder that begin like a picture, by path; hidden ones are passed over.

    What begins otherwise is passed over too; a file that is named on the command line is sent all the same,
    and the server says what is wrong with it.
    """
    return [path for path in sorted(_visible(folder)) if path.is_file() and _looks_like_a_picture(path)]


def is_address(argument: str) -> bool:
    """Whether an argument names a picture somewhere else, such as `s3://bucket/key`."""
    return "://" in argument


def _expand(argument: str) -> Iterable[Photo]:
    if is_address(argument):
        return [Photo(argument, Uri(argument))]
    if not argument:
        raise CliError("An empty name is no picture.")
    path = Path(argument)
    if path.is_dir():
        found = pictures_in(path)
        if not found:
            raise CliError(f"{argument}: no pictures in this folder.")
        return [Photo(str(each), each) for each in found]
    if not path.exists():
        raise CliError(f"{argument}: no such file or folder.")
    return [Photo(argument, path)]


def _visible(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _looks_like_a_picture(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return True  # sent, so that the answer names it instead of passing over it
    return begins_like_a_picture(head)
