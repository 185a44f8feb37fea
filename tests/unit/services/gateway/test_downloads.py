from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import pytest

from bundle import layout
from bundle.errors import BundleError, UnknownModel
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from services.gateway.archive import CHUNK_BYTES
from services.gateway.downloads import Download, Downloads
from tests.support.model import write_model

MODEL = "shapes"
PACKAGE = {
    f"{layout.PACKAGE}/Manifest.json": b"{}",
    f"{layout.PACKAGE}/Data/empty.bin": b"",
    f"{layout.PACKAGE}/Data/größe.bin": bytes(range(256)) * 3000,
    f"{layout.PACKAGE}/Data/weights.bin": bytes(1000),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("original")
    for version in (1, 2, 3):
        write_model(root, MODEL, version, files=PACKAGE)
    return root


@pytest.fixture
def models(original: Path, tmp_path: Path) -> Path:
    """Three versions of a model with a package."""
    return shutil.copytree(original, tmp_path / "models")


def damage(models: Path, version: int, name: str = f"{layout.PACKAGE}/Data/weights.bin") -> None:
    """Changes one byte of a file, which keeps its size."""
    path = models / MODEL / str(version) / name
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def received(download: Download, offset: int = 0) -> bytes:
    data = b""
    with download.archive.opened() as archive:
        while chunk := archive.read(offset + len(data)):
            data += chunk
    return data


def as_written_by_zipfile(folder: Path) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as package:
        for name in sorted(PACKAGE):
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), (folder / name).read_bytes())
    return whole.getvalue()


async def test_sends_the_package_as_the_zip_file_that_any_other_gateway_sends(models: Path) -> None:
    found = await Downloads(models).find(MODEL, 0)
    data = received(found)

    assert data == as_written_by_zipfile(models / MODEL / "3")
    assert (found.archive.total_bytes, found.archive.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


async def test_goes_on_at_any_byte(models: Path) -> None:
    found = await Downloads(models).find(MODEL, 0)
    data = received(found)

    assert len(data) > 2 * CHUNK_BYTES
    for offset in [*range(0, 400, 7), CHUNK_BYTES, *range(len(data) - 400, len(data) + 1, 7)]:
        assert received(found, offset) == data[offset:]


async def test_answers_whether_there_is_a_newer_one_without_reading_the_bundle_again(
    models: Path,
) -> None:
    read: list[Path] = []

    def reads(folder: Path) -> Manifest:
        read.append(folder)
        return read_bundle(folder)

    downloads = Downloads(models, reads)
    first, *_ = [await downloads.find(MODEL, 0) for _ in range(5)]

    assert len(read) == 1
    assert (await downloads.find(MODEL, 3)).archive is first.archive


async def test_a_download_writes_no_file(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    downloads = Downloads(models)

    for version in (1, 2, 3):
        received(await downloads.find(MODEL, version))

    assert not list(spool.iterdir())


async def test_a_damaged_newest_version_is_left_out_until_it_is_mended(models: Path) -> None:
    downloads = Downloads(models)
    assert (await downloads.find(MODEL, 0)).manifest.version == 3
    damage(models, 3)
    damage(models, 2, layout.CLASSIFIER)
    assert (await downloads.find(MODEL, 0)).manifest.version == 1

    with pytest.raises(BundleError, match="was changed"):
        await downloads.find(MODEL, 3)
    damage(models, 3)  # the same bit again
    assert (await downloads.find(MODEL, 0)).manifest.version == 3


async def test_tells_what_is_wrong_with_the_newest_where_no_version_can_be_used(models: Path) -> None:
    for version in (1, 2):
        damage(models, version)
    (models / MODEL / "3" / layout.MANIFEST).write_text("{")

    with pytest.raises(BundleError, match=r"manifest\.json"):
        await Downloads(models).find(MODEL, 0)
    with pytest.raises(UnknownModel):
        await Downloads(models).find("another", 0)


async def test_a_version_that_is_taken_away_is_sent_to_its_end(models: Path) -> None:
    found = await Downloads(models).find(MODEL, 0)
    with found.archive.opened() as archive:
        data = archive.read(0)
        shutil.rmtree(models / MODEL / "3")
        while chunk := archive.read(len(data)):
            data += chunk

    assert hashlib.sha256(data).hexdigest() == found.archive.sha256


async def test_a_file_that_is_cut_off_while_it_is_sent_ends_the_download(models: Path) -> None:
    found = await Downloads(models).find(MODEL, 0)
    with found.archive.opened() as archive:
        (models / MODEL / "3" / layout.PACKAGE / "Data" / "größe.bin").write_bytes(b"")
        with pytest.raises(BundleError, match="größe"):
            archive.read(0)
