"""Files of the cache: whole or absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.full_disk import largest_file
from training.descriptors.cache import whole_file


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path, size: int) -> None:
    file = tmp_path / "rootsift" / "picture.npy"
    with largest_file(5), pytest.raises(OSError, match=r"File too large: '.*picture\.npy'"):  # noqa: SIM117
        with whole_file(file) as stream:
            np.save(stream, np.zeros(size), allow_pickle=False)
    assert list(file.parent.iterdir()) == []
