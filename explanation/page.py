"""An explanation as files: one self-contained page, and each part as JSON, PNG and SVG."""

from __future__ import annotations

import json
from typing import Any

from drawing.page import page_template
from explanation.explain import Explanation

PAGE = "index.html"


def page_of(explanation: Explanation) -> str:
    """Renders the explanation as one HTML page that needs no other file."""
    return page_template("explanation").render(explanation=explanation)


def explanation_files(explanation: Explanation) -> dict[str, bytes]:
    """Makes all files of an explanation by name: the page, the facts as JSON, and each drawing."""
    files = {PAGE: page_of(explanation).encode()}
    files["explanation.json"] = _json(facts_of(explanation))
    for part in explanation.parts:
        files[f"{part.name}.json"] = _json(part.facts)
        for drawing in part.drawings:
            files[f"{drawing.name}.png"] = drawing.png
            if drawing.svg:
                files[f"{drawing.name}.svg"] = drawing.svg.encode()
    return files


def facts_of(explanation: Explanation) -> dict[str, Any]:
    """Returns the answer and the facts of every part, ready for JSON."""
    verdict = explanation.verdict
    return {
        "picture": explanation.name,
        "model": explanation.model,
        "answer": verdict.answer if verdict else None,
        "recognized": verdict.is_recognized if verdict else None,
        "why": list(verdict.sentences) if verdict else [],
        "parts": {part.name: dict(part.facts) for part in explanation.parts},
    }


def _json(facts: object) -> bytes:
    return (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode()
