"""Parts of a picture: a rectangle, or a tapped place with the square around it that is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from vision.errors import EmptyRegion, RegionOutsidePicture, RegionTooSmall

TAP_SHARE: Final = 0.5
"""Side of the square around a tapped place, by the picture's shorter side."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle in pixels of an upright picture.

    Attributes:
        x: Distance of its left edge from the picture's.
        y: Distance of its top edge from the picture's.
        width: Width.
        height: Height.
    """

    x: int
    y: int
    width: int
    height: int

    def within(self, width: int, height: int, min_side: int) -> Rectangle:
        """Cuts off what lies beyond the edges of a picture of this size.

        Raises:
            EmptyRegion: When it has no area.
            RegionOutsidePicture: When nothing of it is inside.
            RegionTooSmall: When a side of what is inside is shorter than `min_side`.
        """
        if not self.width or not self.height:
            raise EmptyRegion("the part to look at has no area")
        if self.x >= width or self.y >= height:
            raise RegionOutsidePicture(self.x, self.y, (self.width, self.height), (width, height))
        inside = Rectangle(self.x, self.y, min(self.width, width - self.x), min(self.height, height - self.y))
        if min(inside.width, inside.height) < min_side:
            raise RegionTooSmall(inside.x, inside.y, (inside.width, inside.height), min_side)
        return inside

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom; the last two are outside."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def before_turning(self, orientation: int, width: int, height: int) -> Rectangle:
        """Returns where the rectangle is in the picture as it is stored.

        >>> Rectangle(10, 0, 30, 20).before_turning(6, 400, 300)
        Rectangle(x=0, y=360, width=20, height=30)

        Args:
            orientation: EXIF orientation that is applied to what is stored, 1 to 8 (Exif 3.0, 4.6.5.1.6).
            width: Of the upright picture.
            height: Of the upright picture.
        """
        x = width - self.x - self.width if orientation in (2, 3, 6, 7) else self.x
        y = height - self.y - self.height if orientation in (3, 4, 7, 8) else self.y
        if orientation in (5, 6, 7, 8):
            return Rectangle(y, x, self.height, self.width)
        return Rectangle(x, y, self.width, self.height)


@dataclass(frozen=True)
class Tap:
    """A place that a person touched, in pixels of an upright picture."""

    x: int
    y: int

    def within(self, width: int, height: int, min_side: int) -> Rectangle:
        """Makes the square to look at: around the place, moved inwards near an edge.

        >>> Tap(390, 100).within(400, 300, 16)
        Rectangle(x=250, y=25, width=150, height=150)

        Raises:
            RegionOutsidePicture: When the place is not in a picture of this size.
        """
        if self.x >= width or self.y >= height:
            raise RegionOutsidePicture(self.x, self.y, (1, 1), (width, height))
        shorter = min(width, height)
        side = min(shorter, max(min_side, round(TAP_SHARE * shorter)))
        left, top = (
            min(max(place - side // 2, 0), whole - side)
            for place, whole in ((self.x, width), (self.y, height))
        )
        return Rectangle(left, top, side, side)


Region = Rectangle | Tap


def whole_side(region: Rectangle, width: int, height: int, side: int) -> int:
    """Returns the longer side to which a whole picture may be reduced so that its region keeps `side`.

    >>> whole_side(Rectangle(0, 0, 100, 50), 400, 300, 80)
    320
    """
    return math.ceil(side * max(width, height) / max(region.width, region.height))
