"""What lists of models tell: the same from a folder, from a gateway, and to a client."""

from __future__ import annotations

import dataclasses

import pytest

from bundle import layout
from bundle.description import describe, package_files
from bundle.folder import read_manifest
from bundle.manifest import Manifest
from lienzo_client.descriptions import from_model
from services.classification.convert import to_model
from tests.support.pictures import LABELS
from tests.support.place import MODEL, make_place


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return read_manifest(make_place(tmp_path_factory.mktemp("place")).models / MODEL / "1")


@pytest.mark.parametrize("metrics", [{"accuracy": 0.9}, {}])
@pytest.mark.parametrize("packaged", [True, False])
def test_a_client_is_told_what_the_folder_says(
    manifest: Manifest, metrics: dict[str, float], packaged: bool
) -> None:
    files = {path: digest for path, digest in manifest.files.items() if packaged or path.endswith(".onnx")}
    found = describe(manifest.model_copy(update={"metrics": metrics, "files": files}))
    assert (found.labels, found.accuracy, found.has_coreml) == (LABELS, metrics.get("accuracy"), packaged)
    got = dataclasses.asdict(from_model(to_model(found)))
    assert got.pop("threshold") == pytest.approx(found.threshold)  # a float on the wire
    assert got.pop("meanings") == {}  # which are told of one model alone
    assert got == {name: value for name, value in vars(found).items() if name != "threshold"}


def test_a_package_is_what_the_manifest_lists(manifest: Manifest) -> None:
    assert package_files(manifest) == (f"{layout.PACKAGE}/Data/weights.bin",)
    alike = {"model.mlpackage.zip": "0" * 64, "report/model.mlpackage/a": "0" * 64}
    assert package_files(manifest.model_copy(update={"files": alike})) == ()
