"""What the labels of a model mean to people: names, descriptions and other columns, in several languages."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeAlias

from bundle import layout
from bundle.errors import BundleError, InvalidLabels
from bundle.hierarchy import check_parents, parents_of
from bundle.languages import without_language
from bundle.manifest import Manifest

Meanings: TypeAlias = Mapping[str, Mapping[str, str]]
"""Columns by label, and by group; `bundle.languages` chooses among languages. `name`, `description`, `link`
and `parent` (`bundle.hierarchy`) have a place of their own in answers, all others are what a
model's maker says beside them."""

NAME_CHARACTERS: Final = 200
TEXT_CHARACTERS: Final = 4000
COLUMN_CHARACTERS: Final = 64
MOST_COLUMNS: Final = 64
LABEL_CHARACTERS: Final = 20_000
"""Of all texts of a label, in all languages: an answer carries several of them."""

_LINK: Final = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)


def check_meanings(meanings: Meanings, labels: Collection[str], file: str) -> None:
    """Refuses what does not fit the labels of a model, or the limits of an answer.

    Args:
        meanings: To check.
        labels: The model's labels.
        file: The file that they are from.

    Raises:
        InvalidLabels: Names label and column of the first problem.
    """
    check_parents(meanings, labels, file)
    known = {*labels, *parents_of(meanings).values()}
    for label, columns in meanings.items():
        if label not in known:
            near = get_close_matches(label, labels, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {len(labels)} others"
            raise InvalidLabels(file, label, "", f"the model has no such label{hint}")
        if len(columns) > MOST_COLUMNS:
            raise InvalidLabels(file, label, "", f"{len(columns)} columns, at most {MOST_COLUMNS} are kept")
        if (length := sum(map(len, columns.values()))) > LABEL_CHARACTERS:
            problem = f"{length} characters in all its columns, at most {LABEL_CHARACTERS} are kept"
            raise InvalidLabels(file, label, "", problem)
        for column, text in columns.items():
            if problem := _problem_of(without_language(column, columns), column, text):
                raise InvalidLabels(file, label, column, problem)


def to_bytes(meanings: Meanings) -> bytes:
    """Writes the bundle's file of meanings; the order of labels and columns stays."""
    plain = {label: dict(columns) for label, columns in meanings.items()}
    text = json.dumps(plain, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def read_meanings(manifest: Manifest, folder: Path) -> Meanings:
    """Reads what a bundle says of its labels; nothing where it has no such file.

    Raises:
        BundleError: When the file is not of this form.
    """
    if layout.LABELS not in manifest.files:
        return {}
    try:
        found = json.loads((folder / layout.LABELS).read_bytes())
        if not isinstance(found, dict) or not all(map(_is_record, found.values())):
            raise BundleError(folder, f"{layout.LABELS}: not a table of texts for each label")
        check_meanings(found, manifest.labels, layout.LABELS)
    except InvalidLabels as error:
        raise BundleError(folder, str(error)) from error
    except (OSError, ValueError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(folder, f"{layout.LABELS} cannot be read ({error})") from error
    return found


def _is_record(record: object) -> bool:
    return isinstance(record, dict) and all(isinstance(text, str) for text in record.values())


def _problem_of(name: str, column: str, text: str) -> str:
    if not column or len(column) > COLUMN_CHARACTERS or not column.isprintable():
        return f"a column's name has 1 to {COLUMN_CHARACTERS} printable characters"
    limit = NAME_CHARACTERS if name == "name" else TEXT_CHARACTERS
    if len(text) > limit:
        return f"{len(text)} characters, at most {limit} are kept"
    if name == "link" and text and not _LINK.fullmatch(text):
        return "not an address that begins with http:// or https://"
    return ""
