"""Errors of bundles and model repositories."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path


class BundleError(ValueError):
    """A bundle cannot be used: a part is missing, changed or unknown.

    Attributes:
        folder: The bundle's folder.
        problem: What is wrong, on one line and without a full stop, with paths from the bundle's root.
        for_callers: The sentence for callers of a server, who need not know where its folders are.
        details: The values in it: `model`, `version` and `problem`.
    """

    def __init__(self, folder: Path, problem: str) -> None:
        for path in (folder.resolve(), folder):  # libraries put the whole path into their messages
            problem = problem.replace(f"{path}/", "")
        problem = " ".join(problem.split()).removesuffix(".")  # theirs may have several lines, too
        super().__init__(f"{folder}: {problem}")
        self.folder = folder
        self.problem = problem
        model, version = folder.parent.name, folder.name
        self.for_callers = f"Model {model} version {version} cannot be used: {problem}."
        self.details = {"model": model, "version": version, "problem": problem}


class InvalidLabels(ValueError):
    """A file about labels cannot be used.

    Attributes:
        file: The file.
        label: The label that it is wrong about; empty where the file as a whole is.
        column: The column; empty where the label as a whole is wrong.
        problem: What is wrong.
    """

    def __init__(self, file: str, label: str, column: str, problem: str) -> None:
        where = [file, *(part for part in (label, column) if part)]
        super().__init__(f"{': '.join(where)}: {problem}")
        self.file = file
        self.label = label
        self.column = column
        self.problem = problem


class InvalidModelName(ValueError):
    """A model cannot have that name, which is a folder's, too."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'"{name}" is not a model name: use up to 64 letters, digits, dots, dashes and underscores'
        )


class UnknownModel(LookupError):
    """The model repository does not have that model, or that version of it.

    Attributes:
        details: `model`, `version`, `known` (the models in it) and, where one is similar, `suggestion`.
    """

    def __init__(self, name: str, version: int, known: dict[str, list[int]]) -> None:
        listed = ", ".join(f"{model} ({_versions(numbers)})" for model, numbers in sorted(known.items()))
        near = [match for match in get_close_matches(name, known, n=1) if match != name]
        wanted = f'"{name}" version {version}' if version else f'"{name}"'
        sought = f"No model {wanted}" if name else "No model"
        message = f"{sought}. There are: {listed}." if known else f"{sought}: there are none yet."
        if near:
            message += f" Did you mean {near[0]}?"
        super().__init__(message)
        self.details = {"model": name, "version": str(version), "known": listed}
        if near:
            self.details["suggestion"] = near[0]


def _versions(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    if low == high:
        return f"version {low}"
    if numbers == list(range(low, high + 1)):
        return f"versions {low}–{high}"
    return "versions " + ", ".join(map(str, sorted(numbers)))
