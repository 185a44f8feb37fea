"""The page of `lienzo explain`, inside a notebook."""

from __future__ import annotations

import html
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from cli.features.extractors import extractor_by_name
from explanation.explain import Explanation, explain_answer, explain_picture
from explanation.page import explanation_files, facts_of, page_of
from lienzo_notebook.models import Model


@dataclass(frozen=True)
class Explained:
    """An explanation, which a notebook shows as a page.

    Attributes:
        explanation: Its parts.
    """

    explanation: Explanation

    @property
    def why(self) -> tuple[str, ...]:
        """The verdict in sentences; empty without a model."""
        return self.explanation.verdict.sentences if self.explanation.verdict else ()

    @property
    def facts(self) -> dict[str, Any]:
        """All figures by part."""
        return facts_of(self.explanation)

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes the page, and each part as JSON, PNG and SVG; returns the folder."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for name, content in explanation_files(self.explanation).items():
            (target / name).write_bytes(content)
        return target

    def _repr_html_(self) -> str:
        # In a frame of its own, so that its style stays there.
        page = html.escape(page_of(self.explanation), quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:720px;border:0"></iframe>'


def explain(
    photo: str | PathLike[str] | bytes,
    model: Model | None = None,
    *,
    extractor: str = "rootsift",
    keypoint: int | None = None,
) -> Explained:
    """Shows what there is to see in a photo, and why a model answers as it does.

    Args:
        photo: A file, or its contents.
        model: The model; None shows what needs none.
        extractor: Without a model: the extractor whose keypoints are drawn.
        keypoint: The keypoint to look at; None chooses one.

    Raises:
        vision.errors.PictureError: When the picture cannot be read.
        explanation.errors.NoSuchKeypoint: When it has fewer keypoints.
    """
    data = photo if isinstance(photo, bytes) else Path(photo).read_bytes()
    name = "the picture" if isinstance(photo, bytes) else Path(photo).name
    if model is not None:
        return Explained(explain_answer(data, name, model.recognizer, keypoint))
    return Explained(explain_picture(data, name, extractor_by_name(extractor), keypoint))
