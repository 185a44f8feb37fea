from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits


@pytest.fixture(scope="session")
def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    pixels, targets = load_digits(return_X_y=True)
    return (pixels / 16).astype(np.float32), targets.astype(np.int64)
