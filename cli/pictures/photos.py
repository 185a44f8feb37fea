"""Finds the pictures that a command line names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CliError
from cli.pictures.files import read_picture
from lienzo_client import Uri
from lienzo_client.pictures import WholePicture
from vision.decoding.formats import is_picture_file


@dataclass(frozen=True)
class Photo:
    """A picture as the command line names it.

    Attributes:
        name: Its name in answers: the path or the address.
        picture: The whole picture, as the client sends it.
    """

    name: str
    picture: WholePicture


def find_photos(arguments: Sequence[str]) -> list[Photo]:
    """Lists the pictures of files, folders (with their subfolders) and addresses, in the order given.

    Raises:
        CliError: When one does not exist, or a folder has no pictures; the message names it.
        UnreadableFile: When one is a device, or a pipe from which nothing comes.
    """
    return [photo for argument in arguments for photo in _expand(argument)]


def pictures_in(folder: Path) -> list[Path]:
    """Lists the files below a folder with a picture's first bytes, by path; skips hidden ones.

    A file that is named on the command line itself is sent whatever its first bytes, and the server answers
    with the problem.
    """
    return [path for path in sorted(_visible(folder)) if path.is_file() and is_picture_file(path)]


def is_address(argument: str) -> bool:
    """Whether an argument is an address, such as `s3://bucket/key`."""
    return "://" in argument


def _expand(argument: str) -> Iterable[Photo]:
    if is_address(argument):
        return [Photo(argument, Uri(argument))]
    path = Path(argument)
    if path.is_dir():
        found = pictures_in(path)
        if not found:
            raise CliError(f"{argument}: no pictures in this folder.")
        return [Photo(str(each), each) for each in found]
    if not path.exists():
        raise CliError(f"{argument}: no such file or folder.")
    # A pipe is read now, and once.
    return [Photo(argument, path if path.is_file() else read_picture(path))]


def _visible(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path
