"""`lienzo features`: writes the features of pictures into a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from bundle.repository import find_bundle
from cli.errors import WRONG_INPUT, CliError, ended
from cli.features.extraction import Extraction, PictureFeatures, extraction_by_name, extraction_with_model
from cli.features.files import feature_writer
from cli.options import DEFAULT_MODELS, AsJson, Models
from cli.output.console import answers, print_json, say
from cli.output.files import whole_file
from cli.pictures.contents import content_of, contents_below, each_done, is_folder, own_reader
from cli.pictures.parts import RegionOption, TapOption, asked_region
from sources.reader import Reader


class _Counts:
    """What was written and what could not be read."""

    def __init__(self) -> None:
        self.pictures = self.rows = 0
        self.failures: list[tuple[str, str]] = []


def features(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO|DIR|URI…", help="Pictures and folders, also at addresses."),
    ],
    output: Annotated[
        Path, typer.Option("--output", dir_okay=False, help="The file: .npz, .parquet or .csv.")
    ],
    extractor: Annotated[
        str, typer.Option(metavar="NAME", help="Extractor, such as orb, dense_sift or hog.")
    ] = "rootsift",
    model: Annotated[
        str,
        typer.Option("--model", metavar="MODEL", help="Write the vector that this model encodes, instead."),
    ] = "",
    version: Annotated[int, typer.Option(min=0, help="Its version; 0 is the newest.")] = 0,
    region: RegionOption = "",
    tap: TapOption = "",
    models: Models = DEFAULT_MODELS,
    as_json: AsJson = False,
) -> None:
    """Write the features of pictures into a file: descriptors with keypoints, or vectors.

    Keypoints are in pixels of the upright original. Pictures that cannot be read are named and left out.
    """
    write = feature_writer(output)
    extraction = replace(_extraction(extractor, model, version, models), region=asked_region(region, tap))
    counts = _Counts()
    with own_reader() as reader, whole_file(output) as stream:
        write(stream, extraction, _extracted(photos, extraction, reader, counts))
        if not counts.pictures:
            name, problem = counts.failures[0]
            raise CliError(f"{name}: {ended(problem)} Nothing was written.")
    for name, problem in counts.failures:
        say(f"{name}: {ended(problem)}")
    _tell(extraction, counts, output, as_json=as_json)
    if counts.failures:
        raise typer.Exit(WRONG_INPUT)


def _extraction(extractor: str, model: str, version: int, models: Path) -> Extraction:
    if not model:
        return extraction_by_name(extractor)
    from explanation.recognizer import open_recognizer

    return extraction_with_model(open_recognizer(find_bundle(models, model, version)))


def _extracted(
    photos: Sequence[str], extraction: Extraction, reader: Reader, counts: _Counts
) -> Iterator[tuple[str, PictureFeatures]]:
    contents = chain.from_iterable(
        contents_below(each, reader) if is_folder(each) else iter([(each, content_of(each, reader))])
        for each in photos
    )
    for name, found in each_done(contents, extraction.extract):
        if isinstance(found, PictureFeatures):
            counts.pictures += 1
            counts.rows += len(found.values)
            yield name, found
        else:
            counts.failures.append((name, str(found)))


def _tell(extraction: Extraction, counts: _Counts, output: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "made_with": extraction.name,
                "pictures": counts.pictures,
                "rows": counts.rows,
                "dimension": extraction.dimension,
                "failures": [{"picture": name, "error": problem} for name, problem in counts.failures],
                "output": str(output),
            }
        )
        return
    rows = f"{counts.rows} descriptors" if extraction.is_local else "one vector each"
    numbers = "bytes of bits" if extraction.extractor.descriptor_type == "binary" else "numbers"
    pictures = "1 picture" if counts.pictures == 1 else f"{counts.pictures} pictures"
    line = f"{pictures}, {rows} of {extraction.dimension} {numbers} ({extraction.name}): {output}"
    answers().print(line, markup=False, soft_wrap=True)
