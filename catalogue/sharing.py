"""Exports a catalogue as one file, and imports it elsewhere with the same answers."""

from __future__ import annotations

import hashlib
import io
import mmap
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from catalogue.commits import write_committed
from catalogue.errors import DamagedCatalogue, InvalidRecord
from catalogue.frames import HEADER, WORK, frames_in, to_frame
from catalogue.manifest import MANIFEST, check_name, new_manifest, read_manifest
from catalogue.reader import Reader
from catalogue.shelf import CatalogueView, Shelf

_BLOCK: Final = 2**20


def export_catalogue(view: CatalogueView, file: Path) -> str:
    """Writes a catalogue into one file, without removed works.

    The file is a tar archive of manifest and works; each work carries its own digest.

    Returns:
        SHA-256 (hexadecimal) of the file.

    Raises:
        CatalogueError: When the catalogue cannot be read.
        OSError: When the file system refuses, naming the file; one of that name is kept then.
    """
    manifest = io.BytesIO(new_manifest().model_dump_json(indent=2).encode())
    part = file.with_name(f".{file.name}.part")
    try:
        # An archive says how long the works are before it holds them; all of them in memory may not fit.
        with tempfile.TemporaryFile(dir=file.parent) as works:
            works.write(HEADER)
            for body in view.bodies():
                works.write(to_frame(WORK, body))
            with part.open("wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
                for name, content in zip(_contents(), (manifest, works), strict=True):
                    entry = tarfile.TarInfo(name)
                    entry.size = content.seek(0, os.SEEK_END)
                    content.seek(0)
                    archive.addfile(entry, content)
        with part.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror or str(error), str(file)) from error
    return digest


def import_catalogue(file: Path, shelf: Shelf, name: str) -> int:
    """Imports an exported catalogue; it becomes visible when all of it has been checked.

    Returns:
        The number of its works.

    Raises:
        InvalidRecord: When there is a catalogue of that name, or the file is not an exported one.
        IncompatibleCatalogue: When another version made it.
        DamagedCatalogue: When the file is damaged.
    """
    check_name(name)
    with _archive(file) as archive:
        for each in _contents():
            archive.getmember(each)
    if name in shelf.names():
        raise InvalidRecord(f'There is a catalogue "{name}" already: choose another name', catalogue=name)
    place = shelf.workplace()
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=place, ignore_cleanup_errors=True) as work:
        part = Path(work) / name
        part.mkdir()
        _unpack(file, part)
        manifest = read_manifest(part)
        end = _whole_until(part / manifest.works_file)
        if not end or end != (part / manifest.works_file).stat().st_size:
            raise DamagedCatalogue(file, f"it is damaged at byte {end}")
        write_committed(part, manifest, end)
        reader = Reader(part)
        total = reader.view().count
        reader.keep()
        shelf.adopt(part, name)
    return total


def _whole_until(works: Path) -> int:
    """Returns how many bytes of a file of works are whole. It is mapped: it may be larger than the memory."""
    if works.stat().st_size < len(HEADER):
        return 0
    with works.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if bytes(data[: len(HEADER)]) != HEADER:
        return 0
    end = len(HEADER)
    for frame in frames_in(data, end):
        if not frame.holds(data[frame.start : frame.start + frame.length]):
            break
        end = frame.end
    return end


def _unpack(file: Path, folder: Path) -> None:
    with _archive(file) as archive:
        for name in _contents():
            source = archive.extractfile(name)
            if source is None:
                raise KeyError(name)
            with source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target, _BLOCK)
                target.flush()
                os.fsync(target.fileno())


def _contents() -> tuple[str, str]:
    return MANIFEST, new_manifest().works_file


@contextmanager
def _archive(file: Path) -> Iterator[tarfile.TarFile]:
    """Opens an exported file; refuses it inside the context, too, when a member is missing."""
    try:
        with tarfile.open(file, "r:") as archive:
            yield archive
    except (tarfile.TarError, KeyError) as error:
        raise InvalidRecord(f"{file}: not an exported catalogue, and not a folder of pictures") from error
