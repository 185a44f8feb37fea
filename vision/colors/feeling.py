"""The emotions that colours cause: a statistical finding about groups, not a statement about a person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Temperature = Literal["warm", "cool", "neutral"]

# OKLCH chroma below which no hue is visible, and the chroma of the most vivid surfaces.
_GREY_CHROMA = 0.03
_FULL_CHROMA = 0.25
# OKLCH hues in degrees: from the purples that lean to red, over yellow, to where green begins.
_WARM_FROM, _WARM_TO = 345.0, 118.0
# The upper end of each hue family, degrees.
_FAMILIES = (
    (12.0, "pink"),
    (42.0, "red"),
    (78.0, "orange"),
    (118.0, "yellow"),
    (172.0, "green"),
    (220.0, "cyan"),
    (278.0, "blue"),
    (318.0, "violet"),
    (352.0, "magenta"),
    (360.0, "pink"),
)


@dataclass(frozen=True)
class Feeling:
    """The emotions that a colour tends to cause.

    Attributes:
        pleasure: About -1 to 1.
        arousal: About -1 to 1.
        dominance: About -1 to 1.
        words: Words that design books print beside the hue; convention, not measurement.
    """

    pleasure: float
    arousal: float
    dominance: float
    words: tuple[str, ...]


def feeling(lightness: float, chroma: float, hue_degrees: float) -> Feeling:
    """Estimates pleasure, arousal and dominance of a colour, and looks up the words of its hue.

    Source: Valdez and Mehrabian, "Effects of color on emotions", Journal of Experimental Psychology:
    General 123(4), 1994, p. 408: P = .69 B + .22 S, A = -.31 B + .60 S, D = -.76 B + .32 S for standardised
    Munsell value B and chroma S. They come from 76 US students and are a tendency of groups. Here B is
    the OKLCH lightness and S the chroma, both scaled to -1 to 1 over the range that surfaces show.

    Args:
        lightness: OKLCH lightness, 0 to 1.
        chroma: OKLCH chroma, 0 to about 0.4.
        hue_degrees: OKLCH hue, 0 to 360.

    >>> feeling(1.0, 0.0, 0.0)
    Feeling(pleasure=0.47, arousal=-0.91, dominance=-1.08, words=('purity', 'lightness', 'simplicity'))
    """
    brightness = 2 * lightness - 1
    saturation = 2 * min(chroma / _FULL_CHROMA, 1.0) - 1
    return Feeling(
        pleasure=round(0.69 * brightness + 0.22 * saturation, 4),
        arousal=round(-0.31 * brightness + 0.60 * saturation, 4),
        dominance=round(-0.76 * brightness + 0.32 * saturation, 4),
        words=_words()[hue_family(lightness, chroma, hue_degrees)],
    )


def temperature(chroma: float, hue_degrees: float) -> Temperature:
    """Classifies an OKLCH colour as warm (reds to yellows), cool, or neutral."""
    if chroma < _GREY_CHROMA:
        return "neutral"
    return "warm" if hue_degrees >= _WARM_FROM or hue_degrees < _WARM_TO else "cool"


def hue_family(lightness: float, chroma: float, hue_degrees: float) -> str:
    """Returns the plain name of an OKLCH colour, one of those in emotions.json.

    >>> hue_family(0.628, 0.258, 29.2)
    'red'
    """
    if chroma < _GREY_CHROMA:
        if lightness < 0.25:
            return "black"
        return "white" if lightness > 0.93 else "grey"
    family = next(name for end, name in _FAMILIES if hue_degrees <= end)
    if family in ("orange", "yellow", "red") and lightness < 0.55 and chroma < 0.14:
        return "brown"
    return "pink" if family == "red" and lightness > 0.72 else family


@cache
def _words() -> dict[str, tuple[str, ...]]:
    document = json.loads(files(__package__).joinpath("emotions.json").read_text(encoding="utf-8"))
    return {family: tuple(words) for family, words in document["words"].items()}
