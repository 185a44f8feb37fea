"""The manifest of a catalogue: the file of its works, and the extractor and vocabulary of their features."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalogue.errors import DamagedCatalogue, IncompatibleCatalogue, InvalidCatalogueName
from vision.identification.reference import EXTRACTOR
from vision.identification.vocabulary import fixed_vocabulary

FORMAT: Final = 1
MANIFEST: Final = "catalogue.json"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class CatalogueManifest(BaseModel):
    """What is fixed for all works of a catalogue.

    Attributes:
        format: Version of the files.
        generation: Number of the file with the works; each compaction begins a new one.
        extractor: Name and parameters of the extractor of the references.
        vocabulary: Digest of the vocabulary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    generation: int = Field(1, ge=1)
    extractor: dict[str, str | int | float]
    vocabulary: str

    @property
    def works_file(self) -> str:
        """Name of the file with the works."""
        return f"works-{self.generation:06d}.log"


def new_manifest() -> CatalogueManifest:
    """Makes the manifest of a catalogue of this version."""
    return CatalogueManifest(
        extractor={"name": EXTRACTOR.name, **EXTRACTOR.parameters},
        vocabulary=fixed_vocabulary().digest,
    )


def is_name(name: str) -> bool:
    """Tells whether a catalogue may have that name."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """Returns a name that a catalogue may have.

    Raises:
        InvalidCatalogueName: When it cannot be the name of a folder.
    """
    if not is_name(name):
        raise InvalidCatalogueName(name)
    return name


def read_manifest(folder: Path) -> CatalogueManifest:
    """Reads the manifest of a catalogue.

    Raises:
        IncompatibleCatalogue: When another version made it.
        DamagedCatalogue: When it cannot be read.
        FileNotFoundError: When there is none.
    """
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        version = json.loads(text).get("format")
        if version != FORMAT:
            raise IncompatibleCatalogue(folder, f"its format is {version}, this lienzo reads {FORMAT}")
        manifest = CatalogueManifest.model_validate_json(text)
    except (IncompatibleCatalogue, FileNotFoundError):
        raise
    except (OSError, ValidationError, ValueError, AttributeError) as error:
        raise DamagedCatalogue(folder, f"{MANIFEST} cannot be read") from error
    current = new_manifest()
    if (manifest.extractor, manifest.vocabulary) != (current.extractor, current.vocabulary):
        raise IncompatibleCatalogue(folder, "its features were made by another version of lienzo")
    return manifest


def write_manifest(folder: Path, manifest: CatalogueManifest) -> None:
    """Replaces the manifest: readers find the old or the new one. Call `sync_folder` afterwards."""
    part = folder / f".{MANIFEST}.part"
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / MANIFEST)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk, so that they outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
