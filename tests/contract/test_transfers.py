"""Large pictures go up and packages come down in pieces, over links that break."""

from __future__ import annotations

import datetime
import hashlib
import time
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bundle import layout
from lienzo_client import AsyncClient, Client, InvalidPicture, LienzoError, UnknownModel, UnknownUpload
from lienzo_client.pictures import Uploaded


@pytest.fixture(scope="module")
def large_picture(place: Any) -> bytes:
    """Circles as a photograph of more than a megabyte."""
    picture = cv2.resize(cv2.imread(place.photo("circles")), (2560, 1920), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(0).normal(0, 6, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    assert len(data) > 1_000_000
    return bytes(data)


def test_an_uploaded_picture_stands_for_its_bytes(target: str, large_picture: bytes) -> None:
    with Client(target) as client:
        uploaded = client.upload_image(large_picture)
        assert uploaded.expires > datetime.datetime.now(datetime.UTC)
        assert client.classify_image(uploaded).labels == client.classify_image(large_picture).labels


def test_a_broken_upload_goes_on_where_it_stopped(target: str, large_picture: bytes, bad_link: Any) -> None:
    link = bad_link([400_000, 300_000], upwards=True)
    with Client(link.target) as client:
        uploaded = client.upload_image(large_picture)
    assert link.connections == 3
    with Client(target) as client:
        assert client.classify_image(uploaded).labels == client.classify_image(large_picture).labels


async def test_a_broken_upload_goes_on_in_asyncio_too(
    target: str, large_picture: bytes, bad_link: Any
) -> None:
    link = bad_link([500_000], upwards=True)
    async with AsyncClient(link.target) as client:
        uploaded = await client.upload_image(large_picture)
        sent_whole = await client.classify_image(large_picture)
        assert (await client.classify_image(uploaded)).labels == sent_whole.labels
    assert link.connections == 2


def test_a_link_that_carries_nothing_is_given_up(large_picture: bytes, bad_link: Any) -> None:
    link = bad_link([1000] * 100, upwards=True)
    started = time.monotonic()
    with Client(link.target, attempts=1) as client, pytest.raises(LienzoError):
        client.upload_image(large_picture, reconnect_s=0.5, timeout_s=1)
    assert time.monotonic() - started < 6


def test_a_picture_over_the_limit_is_refused_before_it_is_sent_whole(target: str) -> None:
    with Client(target) as client, pytest.raises(InvalidPicture) as caught:
        client.upload_image(bytes(21 * 2**20))
    assert caught.value.reason == "PICTURE_TOO_LARGE"


def test_an_upload_that_nobody_knows_is_told(target: str) -> None:
    nobody = Uploaded("a" * 32, datetime.datetime.now(datetime.UTC))
    with Client(target) as client, pytest.raises(UnknownUpload):
        client.classify_image(nobody)


def test_a_package_comes_down_whole(target: str, tmp_path: Path) -> None:
    with Client(target) as client:
        package = client.download_model("shapes", tmp_path / "shapes.zip")
        assert package is not None
        assert client.download_model("shapes", tmp_path / "again.zip", newer_than=1) is None
    assert package.sha256 == hashlib.sha256(package.path.read_bytes()).hexdigest()
    assert zipfile.ZipFile(package.path).namelist() == [f"{layout.PACKAGE}/Data/weights.bin"]
    assert [path.name for path in tmp_path.iterdir()] == ["shapes.zip"]


async def test_a_broken_download_goes_on_where_it_stopped(bad_link: Any, tmp_path: Path) -> None:
    link = bad_link([300_000], upwards=False)
    async with AsyncClient(link.target) as client:
        package = await client.download_model("shapes", tmp_path / "shapes.zip")
    assert link.connections == 2
    assert package is not None
    assert package.total_bytes == package.path.stat().st_size


def test_a_later_process_goes_on_with_what_an_earlier_one_left(
    target: str, bad_link: Any, tmp_path: Path
) -> None:
    link = bad_link([300_000, *[100] * 100], upwards=False)
    with Client(link.target, attempts=1) as client, pytest.raises(LienzoError):
        client.download_model("shapes", tmp_path / "shapes.zip", reconnect_s=0.1)
    (part,) = tmp_path.iterdir()
    assert part.name.endswith(".part")
    left = part.stat().st_size
    assert 0 < left < 600_000
    whole = bad_link([left + 200_000], upwards=False)  # enough for the rest, too little for everything
    with Client(whole.target) as client:
        package = client.download_model("shapes", tmp_path / "shapes.zip")
    assert package is not None
    assert zipfile.ZipFile(package.path).testzip() is None


def test_a_model_that_is_not_there_is_told(target: str, tmp_path: Path) -> None:
    with Client(target) as client, pytest.raises(UnknownModel):
        client.download_model("shape", tmp_path / "shape.zip")
    assert list(tmp_path.iterdir()) == []
