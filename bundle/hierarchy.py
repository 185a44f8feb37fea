"""The hierarchy of a model's labels: what is said of them may name the parent that each has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bundle.errors import InvalidLabels
from bundle.languages import without_language

PARENT: Final = "parent"
"""Column that names the parent: another label, or a group, which is described beside the labels."""


@dataclass(frozen=True)
class GroupCounts:
    """How pictures of the labels are answered that are not recognised.

    Attributes:
        right: Number that got a group which their label belongs to.
        wrong: Number that got another group.
        none: Number that got none.
    """

    right: int
    wrong: int
    none: int


def parents_of(meanings: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Returns the parent of every label and group that has one, in the order of their file."""
    return {name: columns[PARENT] for name, columns in meanings.items() if columns.get(PARENT)}


def belongs(name: str, group: str, parents: Mapping[str, str]) -> bool:
    """Returns whether a label or group is one of a group's: itself, or by any of its parents.

    >>> belongs("pug", "animal", {"pug": "dog", "dog": "animal"}), belongs("pug", "cat", {"pug": "dog"})
    (True, False)
    """
    for _ in range(len(parents) + 1):  # parents that a server tells may be a circle
        if name == group:
            return True
        name = parents.get(name, "")
    return False


def check_parents(meanings: Mapping[str, Mapping[str, str]], labels: Collection[str], file: str) -> None:
    """Refuses parents that make no tree.

    Args:
        meanings: Columns by label and group.
        labels: The model's labels.
        file: The file that they are from.

    Raises:
        InvalidLabels: When a parent is neither a label nor described in the file, or belongs to itself.
    """
    parents = parents_of(meanings)
    known = {*labels, *meanings}
    for name, columns in meanings.items():
        if translated := next((each for each in columns if _is_translated(each)), ""):
            raise InvalidLabels(file, name, translated, "a parent has one name in all languages")
    for name, parent in parents.items():
        if parent not in known:
            near = get_close_matches(parent, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "a group is described like a label"
            raise InvalidLabels(file, name, PARENT, f"no label or group is named {parent}; {hint}")
    seen: set[str] = set()
    for name in parents:
        path: dict[str, None] = {}
        while name in parents and name not in seen:
            if name in path:
                raise InvalidLabels(file, name, PARENT, f"it belongs to itself: {_circle(path, name)}")
            path[name] = None
            name = parents[name]
        seen.update(path)


def _is_translated(column: str) -> bool:
    return column != PARENT and without_language(column, {PARENT}) == PARENT


def _circle(path: Collection[str], name: str) -> str:
    names = [*path]
    return " → ".join([*names[names.index(name) :], name])
