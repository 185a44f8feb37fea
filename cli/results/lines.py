"""One line for one picture."""

from __future__ import annotations

import dataclasses

from rich.text import Text

from cli.errors import sentence
from cli.output.bar import BAR_CELLS, bar
from lienzo_client import Classification, LienzoError

_LABEL_CELLS = 16


def answer_line(name: str, answer: Classification, name_cells: int) -> Text:
    """What a picture shows, how sure that is, and how long it took."""
    line = Text(f"{name:<{name_cells}}  ")
    if answer.recognized:
        shown = f"{answer.label:<{_LABEL_CELLS}} "
        line.append(shown, style="bold").append(f"{answer.probability:>4.0%}".replace("%", " %"))
        line.append(f"  {bar(answer.probability):<{BAR_CELLS}}", style="green")
        if answer.verified:
            line.append(f"  verified, {answer.agreeing_points} points agree")
        return line.append(_timings(answer), style="dim")
    line.append(f"{'not recognised':<{_LABEL_CELLS}} ", style="yellow")
    compared = "" if answer.agreeing_points is None else f", {answer.agreeing_points} points agree"
    return line.append(f"({_best(answer)}threshold {_percent(answer.threshold or 0)}{compared})")


def error_line(name: str, error: LienzoError) -> str:
    """Why there is no answer for a picture; a text that names it already does not name it twice."""
    text = sentence(error)
    return text if text.startswith(name) else f"{name}: {text}"


def to_json(name: str, answer: Classification) -> dict[str, object]:
    """Everything that is known about a picture's label."""
    return {"picture": name, "recognized": answer.recognized, **dataclasses.asdict(answer)}


def error_to_json(name: str, error: LienzoError) -> dict[str, object]:
    """Everything that is known about why there is no answer."""
    facts = {
        "code": error.code,
        "reason": error.reason,
        "message": error.message,
        "metadata": dict(error.metadata),
        "request_id": error.request_id,
    }
    return {"picture": name, "error": facts}


def _best(answer: Classification) -> str:
    if not answer.labels or answer.probability == 0:
        return "nothing in it to go by, "
    best = answer.labels[0]
    return f"best: {best.name} {_percent(best.probability)}, "


def _timings(answer: Classification) -> str:
    stages = dict(answer.timings_ms)
    total = stages.pop("total", None)
    if total is None:
        return ""
    parts = ", ".join(f"{stage} {duration:.0f}" for stage, duration in stages.items() if duration >= 0.5)
    return f"  {total:.0f} ms ({parts})" if parts else f"  {total:.0f} ms"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
