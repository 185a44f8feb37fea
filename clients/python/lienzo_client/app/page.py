"""Converts the state to the page that the window binds to, in the texts of one language."""

from __future__ import annotations

from lienzo_client.app.recognition import Answer, Outline
from lienzo_client.app.state import Phase, State
from lienzo_client.app.words import Words, readable
from lienzo_client.models import Meaning
from lienzo_client.results import Classification, PaletteColor

Page = dict[str, object]
_STAGE_TEXTS = {Phase.CHOOSING: "reading", Phase.BUSY: "classifying", Phase.AIMING: "camera_starts"}
_WORTH_NAMING = 0.005


def to_page(state: State, words: Words) -> Page:
    """Converts a state to everything that the window shows.

    Returns:
        `phase`, `server`, `stage` (the activity in progress), `photo` and `frame` (numbers for the picture
        provider, 0 for none), `photoName`, `canClassify`, `failed`, `verdict`, `detail`, `probability` (0
        to 1), `spokenProbability`, `work`, `corners` (x and y as fractions of width and height), `colors`.
    """
    page: Page = {
        "phase": str(state.phase),
        "server": state.server,
        "stage": words.say(_STAGE_TEXTS[state.phase]) if state.phase in _STAGE_TEXTS else "",
        "photo": state.photo_number,
        "photoName": state.photo.name or words.say("photo") if state.photo else "",
        "frame": state.frame_number if state.frame is not None else 0,
        "canClassify": state.can_classify,
        "failed": state.error is not None,
        "verdict": "",
        "detail": state.photo.name if state.photo else "",
        "probability": 0.0,
        "spokenProbability": "",
        "colors": [],
        "work": "",
        "corners": [],
    }
    if state.error is not None:
        name = state.error_name or words.say("photo")  # a photo from the camera has no name
        problem = words.problem(state.error, name=name, target=state.server)
        page |= {"verdict": problem.title, "detail": problem.text}
    if state.answer is not None:
        page |= _answer(state.answer, words)
        if state.answer.outline is not None:
            page |= _outline(state.answer.outline, words)
    return page


def _answer(answer: Answer, words: Words) -> Page:
    found = answer.classification
    spoken = words.say("confidence", percent=words.percent(found.probability))
    page: Page = {"probability": found.probability, "spokenProbability": spoken}
    if found.label is None:
        page |= {"verdict": words.say("not_recognised"), "detail": _hint(answer, words)}
    else:
        parts = (*_meaning(found, words), _verified(found, words), _runners_up(found, words))
        page |= {"verdict": _named(found.label, found.meaning), "detail": "\n".join(filter(None, parts))}
        page["corners"] = [list(corner) for corner in answer.corners]
    page["colors"] = [_color(each, words) for each in answer.colors]
    return page


def _named(label: str, meaning: Meaning | None) -> str:
    """Names a label as its model does in the user's language, else as the label reads."""
    return (meaning.name if meaning else "") or readable(label)


def _meaning(found: Classification, words: Words) -> tuple[str, ...]:
    """Says what the label means: artist and year, a description, and the label behind the name."""
    meaning = found.meaning
    if meaning is None or found.label is None:
        return ()
    known = ", ".join(filter(None, (meaning.fields.get("artist"), meaning.fields.get("year"))))
    behind = words.say("labelled", label=found.label) if meaning.name else ""
    return (known, meaning.description, behind)


def _verified(found: Classification, words: Words) -> str:
    return words.say("verified", points=str(found.agreeing_points)) if found.verified else ""


def _runners_up(found: Classification, words: Words) -> str:
    named = [
        words.say("runner_up", label=_named(each.name, each.meaning), percent=words.percent(each.probability))
        for each in found.labels
        if each.name != found.label and each.probability >= _WORTH_NAMING
    ]
    return words.say("runners_up", labels=", ".join(named)) if named else ""


def _color(color: PaletteColor, words: Words) -> Page:
    name, share = words.color(color.css_name, color.name), words.percent(color.share)
    return {
        "hex": color.hex,
        "share": color.share,
        "textHex": color.text_hex or "#000000",
        "spoken": words.say("copy_color", name=name, hex=color.hex, percent=share),
    }


def _hint(answer: Answer, words: Words) -> str:
    found = answer.classification
    if not found.labels or found.threshold is None:
        return words.say("nothing_near")
    best = found.labels[0]
    return words.say(
        "nearest",
        label=_named(best.name, best.meaning),
        percent=words.percent(best.probability),
        threshold=words.percent(found.threshold),
    )


def _outline(outline: Outline, words: Words) -> Page:
    work = outline.work
    named = " · ".join(part for part in (work.title or work.id, work.artist) if part)
    return {"work": words.say("outline", work=named), "corners": [list(corner) for corner in outline.corners]}
