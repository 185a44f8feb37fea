"""Files of the cache: whole or absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.full_disk import largest_file
from training.descriptors.cache import keep, watched_cache, whole_file


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path, size: int) -> None:
    file = tmp_path / "rootsift" / "picture.npy"
    with largest_file(5), pytest.raises(OSError, match=r"File too large: '.*picture\.npy'"):  # noqa: SIM117
        with whole_file(file) as stream:
            np.save(stream, np.zeros(size), allow_pickle=False)
    assert list(file.parent.iterdir()) == []


def test_a_full_disk_is_told_once_and_nothing_more_is_kept(tmp_path: Path) -> None:
    cache, told = tmp_path / "cache", list[str]()

    def kept(number: int) -> bool:
        file = cache / f"{number}.npz"
        keep(file, lambda stream: np.savez(stream, values=np.zeros(1000)))
        return file.is_file()

    with watched_cache(cache, told.append):
        assert kept(1)
        with largest_file(5):
            assert not kept(2)
            assert not kept(3)
        assert not kept(4)  # the model will need what space there is
    assert told == [
        f"The cache {cache} cannot be written: file too large. "
        "Training goes on, and nothing more is kept there."
    ]
    assert kept(5)


def test_a_disk_of_other_files_is_not_the_cache_s(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "file").touch()
    with watched_cache(tmp_path / "cache", told.append):
        keep(tmp_path / "file" / "1.npy", lambda stream: np.save(stream, np.zeros(3)))
        keep(tmp_path / "cache" / "1.npy", lambda stream: np.save(stream, np.zeros(3)))
    assert told == []
    assert (tmp_path / "cache" / "1.npy").is_file()
