"""What the window shows at one moment, without any words or colours of its own."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Any, Self

from PIL import Image

from lienzo_client.app.photo import Photo
from lienzo_client.app.recognition import Answer, Outline
from lienzo_client.errors import LienzoError


class Phase(enum.StrEnum):
    """Where the app is."""

    IDLE = "idle"
    CHOOSING = "choosing"
    AIMING = "aiming"
    READY = "ready"
    BUSY = "busy"
    ANSWERED = "answered"
    NOT_RECOGNISED = "not_recognised"
    FAILED = "failed"


@dataclass(frozen=True)
class State:
    """Everything that the window shows.

    Attributes:
        server: `host:port` of the gateway.
        phase: Where the app is.
        photo: The picture that is shown and can be classified.
        photo_number: Another one for every picture.
        frame: What the camera sees, while AIMING.
        frame_number: Another one for every frame.
        answer: What the gateway said about the picture, when ANSWERED or NOT_RECOGNISED.
        outline: The work that a catalogue found in it; comes a moment after the answer, or not at all.
        error: What went wrong, when FAILED.
        error_name: The file that it went wrong with.
    """

    server: str
    phase: Phase = Phase.IDLE
    photo: Photo | None = None
    photo_number: int = 0
    frame: Image.Image | None = None
    frame_number: int = 0
    answer: Answer | None = None
    outline: Outline | None = None
    error: LienzoError | None = None
    error_name: str = ""

    @property
    def can_classify(self) -> bool:
        """Whether there is a picture, and nothing under way."""
        return self.photo is not None and self.phase not in (Phase.BUSY, Phase.CHOOSING, Phase.AIMING)

    def at_rest(self) -> Self:
        """The same picture, without answer, error or camera."""
        phase = Phase.IDLE if self.photo is None else Phase.READY
        return self._without_news(phase=phase)

    def in_phase(self, phase: Phase) -> Self:
        """The same picture while something is under way."""
        return self._without_news(phase=phase)

    def with_photo(self, photo: Photo) -> Self:
        """Another picture."""
        return self._without_news(phase=Phase.READY, photo=photo, photo_number=self.photo_number + 1)

    def with_frame(self, frame: Image.Image) -> Self:
        """The next that the camera sees."""
        return self._without_news(phase=Phase.AIMING, frame=frame, frame_number=self.frame_number + 1)

    def failed(self, error: LienzoError, name: str = "") -> Self:
        """The same picture, and what went wrong."""
        return self._without_news(phase=Phase.FAILED, error=error, error_name=name)

    def answered(self, answer: Answer) -> Self:
        """The same picture, and what it shows."""
        known = answer.classification.recognized
        return self._without_news(phase=Phase.ANSWERED if known else Phase.NOT_RECOGNISED, answer=answer)

    def outlined(self, outline: Outline) -> Self:
        """The same answer, and where the work is in the picture."""
        return replace(self, outline=outline)

    def _without_news(self, **changes: Any) -> Self:
        news = {"frame": None, "answer": None, "outline": None, "error": None, "error_name": ""}
        return replace(self, **(news | changes))
