"""Pages of the list of models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bundle.folder import read_manifest
from bundle.manifest import Manifest
from lienzo.classification.v1 import classification_pb2
from runtime.models.errors import BrokenBundle
from runtime.status import StatusError
from services.classification.listing import to_page
from tests.support.model import write_model

VERSIONS = [("b", 1), ("a", 2), ("a", 10), ("c", 1), ("a", 1)]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Manifest]:
    known = read_manifest(Path(write_model(tmp_path_factory.mktemp("models"))))

    def found(name: str, version: int) -> Manifest:
        if name == "c":
            raise BrokenBundle(name, version, "it is damaged")
        return known.model_copy(update={"name": name, "version": version})

    return found


def pages(manifest: Callable[[str, int], Manifest], size: int) -> list[list[tuple[str, int]]]:
    request, found = classification_pb2.ListModelsRequest(page_size=size), []
    while True:
        page = to_page(VERSIONS, manifest, request)
        found.append([(each.model.name, each.model.version) for each in page.models])
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


def test_models_come_by_name_and_the_newest_first(manifest: Callable[[str, int], Manifest]) -> None:
    assert pages(manifest, 0) == [[("a", 10), ("a", 2), ("a", 1), ("b", 1)]]


def test_pages_lose_none_and_double_none(manifest: Callable[[str, int], Manifest]) -> None:
    assert [each for page in pages(manifest, 1) for each in page] == pages(manifest, 0)[0]
    assert pages(manifest, 3)[0] == [("a", 10), ("a", 2), ("a", 1)]


@pytest.mark.parametrize("token", ["mine", "bWluZQ==", "é"])
def test_a_token_of_somebody_else_is_refused(manifest: Callable[[str, int], Manifest], token: str) -> None:
    with pytest.raises(StatusError) as caught:
        to_page(VERSIONS, manifest, classification_pb2.ListModelsRequest(page_token=token))
    assert caught.value.reason == "UNKNOWN_PAGE"
