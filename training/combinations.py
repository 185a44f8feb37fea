"""Lists of values in a recipe's tables, expanded to one table for each combination."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from training.extractors import flat_parameters, named_extractor

MOST_EXTRACTORS = 50
"""More than this would fill cache and memory for hours before anything is compared."""


def combinations(table: Mapping[str, object]) -> list[dict[str, object]]:
    """Expands a table to one for each combination of the values that its lists hold.

    Tables within it are expanded, too. A list of tables is one value, the members of a vote.

    >>> combinations({"name": "pca", "components": [8, 16], "behind": {"words": [2, 3]}})[0]
    {'name': 'pca', 'components': 8, 'behind': {'words': 2}}
    """
    values = {key: _values(value) for key, value in table.items()}
    return [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]


def _values(value: object) -> Sequence[object]:
    if isinstance(value, Mapping):
        return combinations(value)
    if isinstance(value, list) and value and not any(isinstance(each, Mapping) for each in value):
        return value
    return [value]


def extractor_tables(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Expands `extractor`, or the tables of `extractors`, to one flat table for each extractor to try.

    A parameter whose value is a list of numbers, such as `radii_px`, is tried with several lists by a list of
    lists.

    Args:
        raw: A recipe as TOML gives it.

    Raises:
        ValueError: When both are there, nothing is left to try, or one is there twice; the message names it.
        VisionError: When there is no extractor of a name.
    """
    several = raw.get("extractors")
    if several is not None and "extractor" in raw:
        raise ValueError("has both extractor and extractors")
    if several is not None and not (isinstance(several, list) and several and all(map(_is_table, several))):
        raise ValueError("extractors is a list of tables")
    tables = several if several is not None else [raw["extractor"]]
    found: list[dict[str, Any]] = []
    for table in tables:
        found += _extractors(flat_parameters(table))
        if len(found) > MOST_EXTRACTORS:
            raise ValueError(f"has more than {MOST_EXTRACTORS} extractors with their parameters")
    for number, each in enumerate(found):
        if each in found[:number]:
            named = ", ".join(f"{key} {value}".removeprefix("name ") for key, value in each.items())
            raise ValueError(f"has the extractor {named} twice")
    return found


def _extractors(flat: dict[str, Any]) -> list[dict[str, Any]]:
    lists = {key for key, value in flat.items() if isinstance(value, list)}
    if not lists or "name" in lists:
        if "name" in lists:
            raise ValueError("extractor.name is a list; several extractors are tables of [[extractors]]")
        return [flat]
    for key in lists:
        if not flat[key]:
            raise ValueError(f"extractor.{key} is an empty list")
    defaults = named_extractor(str(flat.get("name", "")), {}).parameters
    values = {
        key: value
        if key in lists and (any(isinstance(each, list) for each in value) or not _is_list(defaults.get(key)))
        else [value]
        for key, value in flat.items()
    }
    return [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]


def titles_of(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names each of several extractors by what it differs in from others of its name.

    >>> titles_of([{"name": "sift"}, {"name": "lbp", "grid": 2}, {"name": "lbp", "grid": 4}])
    ['sift', 'lbp, grid 2', 'lbp, grid 4']
    """
    titles = []
    for table in tables:
        others = [each for each in tables if each["name"] == table["name"]]
        telling = [
            f"{key} {value}"
            for key, value in table.items()
            if any(other.get(key) != value for other in others)
        ]
        titles.append(", ".join([str(table["name"]), *telling]))
    return titles


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)
