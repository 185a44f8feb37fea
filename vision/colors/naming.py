"""Names colours: the CSS names and a finer list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from coloraide.css import color_names

from vision.colors.difference import ciede2000
from vision.colors.spaces import Colors, from_srgb

# Candidates by Euclidean distance in L*a*b*. For each of 4,000 random colours the nearest by CIEDE2000 was
# among the first 78.
_CANDIDATES = 128


@dataclass(frozen=True)
class ColorNames:
    """A list of named colours.

    Attributes:
        names: The names.
        lab: Their colours, CIE L*a*b* under D65, float64 (n, 3).
    """

    names: tuple[str, ...]
    lab: Colors

    def nearest(self, rgb: npt.ArrayLike) -> list[str]:
        """Finds the name of the nearest colour by CIEDE2000.

        Args:
            rgb: sRGB, 0 to 255, shape (m, 3).

        Returns:
            One name for each colour; among equally near ones the first in alphabetical order.
        """
        wanted = from_srgb(rgb, "lab")
        # CIEDE2000 costs thirty times as much as Euclidean distance, so that one selects the candidates.
        plain = sum((a[:, np.newaxis] - b) ** 2 for a, b in zip(wanted.T, self.lab.T, strict=True))
        candidates = np.sort(np.argpartition(plain, _CANDIDATES, axis=1)[:, :_CANDIDATES], axis=1)
        differences = ciede2000(wanted[:, np.newaxis], self.lab[candidates])
        nearest = np.take_along_axis(candidates, np.argmin(differences, axis=1)[:, np.newaxis], axis=1)
        return [self.names[index] for index in nearest[:, 0]]


@cache
def css_names() -> ColorNames:
    """Loads the names of CSS Color 4, section 6.1, one for each colour."""
    named = {name: value[:3] for value, name in color_names.val2name_map.items() if value[3] == 255}
    return _listed(named)


@cache
def fine_names() -> ColorNames:
    """Loads 895 names from the xkcd survey, in which 222,500 people named colours (names.json)."""
    document = json.loads(files(__package__).joinpath("names.json").read_text(encoding="utf-8"))
    return _listed({name: tuple(bytes.fromhex(value[1:])) for name, value in document["colors"].items()})


def _listed(named: dict[str, tuple[float, ...]]) -> ColorNames:
    names = tuple(sorted(named))
    return ColorNames(names, from_srgb([named[name] for name in names], "lab"))
