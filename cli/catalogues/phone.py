"""Exports what lets a phone look up works of a catalogue offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalogue.shelf import CatalogueView
from cli.errors import FAULT, CliError, ended
from cli.output.console import working
from drawing.amounts import size

LARGEST_CATALOGUE = 20_000
"""More works make a package of more than 80 MB."""


def export_to_phone(view: CatalogueView, package: Path) -> tuple[Mapping[str, object], str]:
    """Writes a Core ML package, and the records of its works beside it.

    Returns:
        What was written, for machines and as a line for people.

    Raises:
        CliError: When the catalogue has no works or too many, the converter is not installed, the package has
            another ending, or it answers otherwise than onnxruntime; nothing is written then.
    """
    if not 1 <= view.count <= LARGEST_CATALOGUE:
        raise CliError(f"A package takes 1 to {LARGEST_CATALOGUE} works, and {view.name} has {view.count}.")
    try:
        from lienzo_coreml.loading import load_coremltools

        load_coremltools()
        from export.errors import ParityError
        from export.phone.shortlist import export_shortlist
        from lienzo_coreml.errors import CoreMLError
    except ModuleNotFoundError as error:
        raise CliError("--to coreml needs pip install 'lienzo[export]'.") from error
    records = list(view.records())
    numbers = (view.number_of(each.id) for each in records)
    references = [None if number is None else view.reference(number) for number in numbers]
    known = [(each.facts, ref.preview) for each, ref in zip(records, references, strict=True) if ref]
    try:
        with working("Converting and comparing"):
            written = export_shortlist(
                view.name, [preview for _, preview in known], [facts for facts, _ in known], package
            )
    except ParityError as error:
        raise CliError(f"{error}. Nothing was written.", FAULT) from error
    except CoreMLError as error:
        raise CliError(ended(str(error))) from error
    facts = {
        "catalogue": view.name,
        "package": str(written.path),
        "records": str(written.records),
        "works": written.works,
        "size_bytes": written.size_bytes,
        "parity": {"pictures": written.pictures, "max_difference": written.largest_difference},
    }
    return facts, (
        f"{written.path}: {written.works} works, {size(written.size_bytes)}, "
        f"the same works for {written.pictures} pictures; records in {written.records}"
    )
