"""Why a picture was recognised or not: what its answer tells, and the command that draws the rest."""

from __future__ import annotations

import shlex

from lienzo_client.app.photo import Photo
from lienzo_client.app.recognition import Answer
from lienzo_client.app.words import Words, readable
from lienzo_client.models import Meaning, Model
from lienzo_client.results import Classification

_PHOTO = "PHOTO"


def reasons_of(answer: Answer, photo: Photo | None, model: Model | None, words: Words) -> dict[str, object]:
    """Says why a picture was answered as it was.

    Args:
        answer: The answer.
        photo: The picture.
        model: The model that answered; None while it is not known what it asks for.
        words: The texts.

    Returns:
        `text` in sentences; `labels` with `name`, `share` and `percent`; `threshold`, 0 where it is not
        known; and `command`, which draws what the model sees on the machine that has it.
    """
    found = answer.classification
    threshold = model.threshold if model else found.threshold
    labels = [
        {
            "name": named(each.name, each.meaning),
            "share": each.probability,
            "percent": words.percent(each.probability),
        }
        for each in found.labels
    ]
    return {
        "text": "\n".join(filter(None, (_decision(found, threshold, words), _geometry(found, words)))),
        "labels": labels,
        "threshold": threshold or 0.0,
        "command": _command(answer, photo),
    }


def named(label: str, meaning: Meaning | None) -> str:
    """Names a label as its model does in the user's language, else as the label reads."""
    return (meaning.name if meaning else "") or readable(label)


def _decision(found: Classification, threshold: float | None, words: Words) -> str:
    best = next((each for each in found.labels if each.name == found.label), None) or (*found.labels, None)[0]
    label = found.label or (best.name if best else "")
    if not label or found.probability == 0:
        return words.say("why_nothing")
    values = {"label": named(label, found.meaning or (best.meaning if best else None))}
    values["percent"], values["threshold"] = words.percents(found.probability, threshold or 0.0)
    if found.verified and threshold is not None:
        return words.say("why_verified", points=str(found.agreeing_points), **values)
    if found.verified:
        return words.say("verified", points=str(found.agreeing_points))
    if not found.recognized:
        return words.say("why_not", **values)
    if threshold is None:
        return words.say("why_enough", **values)
    return words.say("why_known" if threshold > 0 else "why_every", **values)


def _geometry(found: Classification, words: Words) -> str:
    """Says what comparing with the pictures that the model keeps gave, where the answer was not verified."""
    if found.recognized:
        return ""
    if found.agreeing_points is None:
        return words.say("why_not_compared")
    if found.agreeing_points == 0:
        return words.say("why_nothing_agrees")
    return words.say("why_few_agree", points=str(found.agreeing_points))


def _command(answer: Answer, photo: Photo | None) -> str:
    model = answer.classification.model
    file = str(photo.path) if photo and photo.path else _PHOTO
    parts = ["lienzo", "explain", file, "--model", model.name, "--version", str(model.version)]
    if answer.part is not None and photo is not None:
        left, top, right, bottom = answer.part
        width, height = photo.file_px
        region = (left * width, top * height, (right - left) * width, (bottom - top) * height)
        parts += ["--region", ",".join(str(round(each)) for each in region)]
    return shlex.join(parts)
