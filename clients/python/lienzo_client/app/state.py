"""The state of the window, independent of language and appearance."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Any, Self

from PIL import Image

from lienzo_client.app.photo import Photo
from lienzo_client.app.recognition import Answer
from lienzo_client.errors import LienzoError
from lienzo_client.models import Model


class Phase(enum.StrEnum):
    """What the app is doing."""

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
        server: Address of the gateway.
        phase: What the app is doing.
        photo: The picture that is shown and can be classified.
        photo_number: Increases with every picture.
        frame: The camera's latest frame, while AIMING.
        frame_number: Increases with every frame.
        answer: The gateway's answer about the picture, when ANSWERED or NOT_RECOGNISED.
        model: The model that answered, once somebody asked why.
        error: The error, when FAILED.
        error_name: Name of the file that caused the error.
    """

    server: str
    phase: Phase = Phase.IDLE
    photo: Photo | None = None
    photo_number: int = 0
    frame: Image.Image | None = None
    frame_number: int = 0
    answer: Answer | None = None
    model: Model | None = None
    error: LienzoError | None = None
    error_name: str = ""

    @property
    def can_classify(self) -> bool:
        """Whether there is a picture and nothing is in progress."""
        return self.photo is not None and self.phase not in (Phase.BUSY, Phase.CHOOSING, Phase.AIMING)

    def at_rest(self) -> Self:
        """Returns the state with the same picture, without answer, error or camera."""
        phase = Phase.IDLE if self.photo is None else Phase.READY
        return self._without_news(phase=phase)

    def in_phase(self, phase: Phase) -> Self:
        """Returns the state with the same picture while something is in progress."""
        return self._without_news(phase=phase)

    def with_photo(self, photo: Photo) -> Self:
        """Returns the state with another picture."""
        return self._without_news(phase=Phase.READY, photo=photo, photo_number=self.photo_number + 1)

    def with_frame(self, frame: Image.Image) -> Self:
        """Returns the state with the camera's next frame."""
        return self._without_news(phase=Phase.AIMING, frame=frame, frame_number=self.frame_number + 1)

    def failed(self, error: LienzoError, name: str = "") -> Self:
        """Returns the state with the same picture and an error."""
        return self._without_news(phase=Phase.FAILED, error=error, error_name=name)

    def answered(self, answer: Answer) -> Self:
        """Returns the state with the same picture and its answer."""
        found = answer.classification
        known = found.recognized or found.group
        return self._without_news(phase=Phase.ANSWERED if known else Phase.NOT_RECOGNISED, answer=answer)

    def _without_news(self, **changes: Any) -> Self:
        news = {"frame": None, "answer": None, "model": None, "error": None, "error_name": ""}
        return replace(self, **(news | changes))
