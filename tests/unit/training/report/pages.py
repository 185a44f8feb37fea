"""Reports, and what matters of their pages."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from types import MappingProxyType

from bundle import layout
from training.imagesets.check import check_image_set
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report import Provenance, report_files


class Page(HTMLParser):
    """What matters of a page: its elements with their attributes, and its text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(content.decode())
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def report(
    model: TrainedModel, image_set: ImageSet, parents: Mapping[str, str] = MappingProxyType({})
) -> dict[str, bytes]:
    provenance = Provenance("small", {"numpy": "2.3"}, {layout.CLASSIFIER: 12_345}, parents)
    return report_files(model, image_set, check_image_set(image_set, 2), provenance)
