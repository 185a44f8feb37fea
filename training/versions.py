"""Versions that a model depends on, which bundles name and caches are kept by."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import cv2
from threadpoolctl import threadpool_info

_LIBRARIES: Final = (
    "lienzo",
    "numpy",
    "scipy",
    "opencv-contrib-python-headless",
    "pillow",
    "pillow-heif",
    "mahotas",
    "onnx",
    "onnxruntime",
    "scikit-learn",
    "skl2onnx",
    "torch",
)


def library_versions() -> dict[str, str]:
    """Returns the releases of Python and of the libraries that a model depends on, by name."""
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:  # another build of the same library, such as plain OpenCV
            continue
    return found


def processor() -> str:
    """Names the instruction set, its extensions, and the code that mathematical libraries choose for them.

    Processors that differ in these add numbers in another order, and so learn slightly different models.
    """
    chosen = {each["architecture"] for each in threadpool_info() if each.get("architecture")}
    return " ".join([platform.machine(), *sorted(chosen), cv2.getCPUFeaturesLine()])


@cache
def learnt_with() -> str:
    """Names all releases and the kind of processor: no cache hands on what others have learnt."""
    return " ".join([*(f"{name}={release}" for name, release in library_versions().items()), processor()])
