"""The errors that explanations raise."""

from __future__ import annotations


class NoSuchKeypoint(ValueError):
    """The picture has fewer keypoints."""

    def __init__(self, number: int, count: int) -> None:
        super().__init__(f"keypoint {number}: there are only 0 to {count - 1}")
