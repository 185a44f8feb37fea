"""Chooses among texts in several languages: the one rule for labels of models and works of catalogues.

Texts are columns of a record. `name` is the text without a language, `name_es` its Spanish one, `name_pt_BR`
that of Brazil.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

TRANSLATED: Final = ("name", "description", "link", "title", "artist")
"""Columns that may be there in other languages alone; any other one must be there itself."""

_TAG: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?")
"""Language, perhaps with script and region."""
_LAST_RESORT: Final = "en"


def text_in(columns: Mapping[str, str], name: str, languages: Sequence[str]) -> str:
    """Chooses the text of one column; empty where there is none in any language.

    Args:
        columns: The columns of a record.
        name: The column, without a language.
        languages: BCP 47 tags, the preferred one first. For each of them the exact one is taken, else that
            without its region, else that of another region; then the text without a language, then the
            English one, then the first.

    >>> text_in({"name": "The Wave", "name_es": "La ola"}, "name", ["es-AR"])
    'La ola'
    """
    start = f"{name}_"
    known = {"": columns.get(name, "")}
    for column, text in columns.items():
        if column.startswith(start) and _TAG.fullmatch(column, len(start)):
            known[_normal(column[len(start) :])] = text
    return _chosen(known, [_normal(each) for each in languages])


def texts_in(columns: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Chooses the text of every column, by their names without a language; leaves out empty ones.

    >>> texts_in({"name_es": "La ola", "year": "1831", "year_ja": "天保2年"}, ["en"])
    {'name': 'La ola', 'year': '1831'}
    """
    known: dict[str, dict[str, str]] = {}
    for column, text in columns.items():
        name = without_language(column, columns)
        known.setdefault(name, {})[_normal(column[len(name) + 1 :])] = text
    wanted = [_normal(each) for each in languages]
    found = {name: _chosen(texts, wanted) for name, texts in known.items()}
    return {name: text for name, text in found.items() if text}


def without_language(column: str, columns: Collection[str]) -> str:
    """Returns the name of a column without its language.

    Args:
        column: Its name, such as `name_es`.
        columns: The columns of its record.
    """
    at = column.find("_")
    while at > 0:
        name = column[:at]
        if (name in columns or name in TRANSLATED) and _TAG.fullmatch(column[at + 1 :]):
            return name
        at = column.find("_", at + 1)
    return column


def _chosen(known: Mapping[str, str], languages: Sequence[str]) -> str:
    """Chooses one of the texts of a column, by their languages; that without one is under an empty tag."""
    if len(known) > 1:
        for language in languages:
            if found := _nearest(known, language):
                return found
    return known.get("") or _nearest(known, _LAST_RESORT) or next(filter(None, known.values()), "")


def _nearest(known: Mapping[str, str], language: str) -> str:
    """Returns the text in a language: exactly, then without its last parts, then of any other region."""
    tag = language
    while tag:
        if found := known.get(tag):
            return found
        tag = tag.rpartition("-")[0]
    start = language.partition("-")[0] + "-"
    return next((text for tag, text in known.items() if text and tag.startswith(start)), "")


def _normal(tag: str) -> str:
    return tag.replace("_", "-").lower()
