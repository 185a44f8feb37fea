"""Converts the state to the page that the window binds to, in the texts of one language."""

from __future__ import annotations

from lienzo_client.app.recognition import Answer, Outline
from lienzo_client.app.state import Phase, State
from lienzo_client.app.why import named, reasons_of
from lienzo_client.app.words import Words
from lienzo_client.results import Classification, PaletteColor

Page = dict[str, object]
_STAGE_TEXTS = {Phase.CHOOSING: "reading", Phase.BUSY: "classifying", Phase.AIMING: "camera_starts"}
_WORTH_NAMING = 0.005


def to_page(state: State, words: Words) -> Page:
    """Converts a state to everything that the window shows.

    Returns:
        `phase`, `server`, `stage` (the activity in progress), `photo` and `frame` (numbers for the picture
        provider, 0 for none), `photoName`, `canClassify`, `failed`, `verdict`, `detail`, `probability` (0
        to 1), `spokenProbability`, `work`, `corners` (x and y as fractions of width and height), `part`
        (left, top, right and bottom of what was looked at, or none), `colors`, and `why`: see `reasons_of`.
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
        "part": [],
        "why": {},
    }
    if state.error is not None:
        name = state.error_name or words.say("photo")  # a photo from the camera has no name
        problem = words.problem(state.error, name=name, target=state.server)
        page |= {"verdict": problem.title, "detail": problem.text}
    if state.answer is not None:
        page |= _answer(state.answer, words)
        page["why"] = reasons_of(state.answer, state.photo, state.model, words)
        if state.answer.outline is not None:
            page |= _outline(state.answer.outline, words)
        if state.answer.is_partial:
            page["work"] = "\n".join(filter(None, (str(page["work"]), words.say("works_partial"))))
    return page


def _answer(answer: Answer, words: Words) -> Page:
    found = answer.classification
    probability = found.group.probability if found.group else found.probability
    spoken = words.say("confidence", percent=words.percent(probability))
    page: Page = {"probability": probability, "spokenProbability": spoken}
    if found.group:
        detail = f"{words.say('which_of_them')}\n{_hint(answer, words)}"
        page |= {"verdict": named(found.group.name, found.group.meaning), "detail": detail}
    elif found.label is None:
        page |= {"verdict": words.say("not_recognised"), "detail": _hint(answer, words)}
    else:
        parts = (*_meaning(found, words), _verified(found, words), _runners_up(found, words))
        page |= {"verdict": named(found.label, found.meaning), "detail": "\n".join(filter(None, parts))}
        page["corners"] = [list(corner) for corner in answer.corners]
    if answer.part is not None:
        page |= {"part": list(answer.part), "detail": f"{words.say('part_only')}\n{page['detail']}"}
    page["colors"] = [_color(each, words) for each in answer.colors]
    return page


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
    others = [
        words.say("runner_up", label=named(each.name, each.meaning), percent=words.percent(each.probability))
        for each in found.labels
        if each.name != found.label and each.probability >= _WORTH_NAMING
    ]
    return words.say("runners_up", labels=", ".join(others)) if others else ""


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
    percent, threshold = words.percents(best.probability, found.threshold)
    label = named(best.name, best.meaning)
    return words.say("nearest", label=label, percent=percent, threshold=threshold)


def _outline(outline: Outline, words: Words) -> Page:
    work = outline.work
    title = " · ".join(part for part in (work.title or work.id, work.artist) if part)
    return {"work": words.say("outline", work=title), "corners": [list(corner) for corner in outline.corners]}
