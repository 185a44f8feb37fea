"""Formats the answer to one picture."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

from rich.text import Text

from cli.errors import sentence
from cli.output.bar import BAR_CELLS, bar
from cli.output.console import shown
from drawing.amounts import percent, percents
from lienzo_client import Classification, LienzoError

_LABEL_CELLS = 16


def answer_line(name: str, answer: Classification, name_cells: int) -> Text:
    """Formats label, probability and time as one line."""
    line = Text(f"{shown(name):<{name_cells}}  ")
    if answer.recognized:
        name = _named(answer.display_name, answer.label)
        _append(line, name, answer.probability, "green")
        if answer.verified:
            line.append(f"  verified, {answer.agreeing_points} points agree")
        return line.append(_timings(answer), style="dim")
    if answer.group:
        group = answer.group
        _append(line, _named(group.display_name, group.name), group.probability, "yellow")
        line.append("  which of them is not sure ")
    else:
        line.append(f"{'not recognised':<{_LABEL_CELLS}} ", style="yellow")
    compared = "" if answer.agreeing_points is None else f", {answer.agreeing_points} points agree"
    best, threshold = _best_and_threshold(answer)
    return line.append(f"({best}threshold {threshold}{compared})")


def explain_command(photo: Path, answer: Classification, models: Path | None = None) -> str:
    """Formats the command that shows why a photo was answered as it was.

    Args:
        photo: The photo's file.
        answer: The answer, whose model and part of the photo are named.
        models: The folder of the model, where it is not the one that the command looks at by itself.
    """
    words = ["lienzo", "explain", str(photo), "--model", answer.model.name]
    words += ["--version", str(answer.model.version)]
    words += [] if models is None else ["--models", str(models)]
    region = answer.image_info.region
    words += [] if region is None else ["--region", ",".join(map(str, region))]
    return shlex.join(words)


def error_line(name: str, error: LienzoError) -> str:
    """Formats the error of a picture as one line, with the picture's name unless the message has it."""
    text = sentence(error)
    return text if text.startswith(name) else f"{name}: {text}"


def to_json(name: str, answer: Classification) -> dict[str, object]:
    """Returns all facts of an answer."""
    return {"picture": name, "recognized": answer.recognized, **dataclasses.asdict(answer)}


def error_to_json(name: str, error: LienzoError) -> dict[str, object]:
    """Returns all facts of an error."""
    facts = {
        "code": error.code,
        "reason": error.reason,
        "message": error.message,
        "metadata": dict(error.metadata),
        "request_id": error.request_id,
    }
    return {"picture": name, "error": facts}


def _append(line: Text, name: str, probability: float, color: str) -> None:
    line.append(f"{name:<{_LABEL_CELLS}} ", style="bold").append(f"{probability:>4.0%}".replace("%", " %"))
    line.append(f"  {bar(probability):<{BAR_CELLS}}", style=color)


def _named(name: str | None, label: str | None) -> str:
    return shown(name or "" if name == label else f"{name} ({label})")


def _best_and_threshold(answer: Classification) -> tuple[str, str]:
    """Formats both so that they never look the same: the best label is below the threshold."""
    limit = answer.threshold or 0
    if not answer.labels or answer.probability == 0:
        return "nothing in it to go by, ", percent(limit)
    best = answer.labels[0]
    probability, threshold = percents(best.probability, limit)
    return f"best: {shown(best.display_name)} {probability}, ", threshold


def _timings(answer: Classification) -> str:
    stages = dict(answer.timings_ms)
    total = stages.pop("total", None)
    if total is None:
        return ""
    parts = ", ".join(f"{stage} {duration:.0f}" for stage, duration in stages.items() if duration >= 0.5)
    return f"  {total:.0f} ms ({parts})" if parts else f"  {total:.0f} ms"
