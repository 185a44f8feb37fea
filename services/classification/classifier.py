"""The classifier of a bundle, loaded only if it answers as the manifest says."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bundle.errors import BundleError
from bundle.manifest import Manifest
from vision.answers import Classifier

INPUT_NAMES = {"local": "descriptors", "global": "features"}


def load_classifier(manifest: Manifest, folder: Path) -> Classifier:
    """Loads a bundle's classifier.

    Raises:
        BundleError: When there is none, onnxruntime refuses it, or it does not answer as the manifest says.
    """
    path = folder / "classifier.onnx"
    if "classifier.onnx" not in manifest.files:
        raise BundleError(folder, "it has no classifier.onnx")
    try:
        classifier = Classifier.load(str(path))
    except Exception as error:  # onnxruntime's errors share no class of their own
        raise BundleError(folder, f"classifier.onnx is refused by onnxruntime ({error})") from error
    _check_answer(classifier, manifest, folder)
    return classifier


def _check_answer(classifier: Classifier, manifest: Manifest, folder: Path) -> None:
    expected = INPUT_NAMES[manifest.features]
    if classifier.input_name != expected:
        problem = f'classifier.onnx has the input "{classifier.input_name}" and not "{expected}"'
        raise BundleError(folder, problem)
    # A blank picture has no descriptors; a graph that cannot answer it is found out here, not by a caller.
    for rows in (0, 1) if manifest.features == "local" else (1,):
        try:
            count = len(classifier.probabilities(np.zeros((rows, manifest.dimension), np.float32)))
        except Exception as error:
            raise BundleError(folder, f"classifier.onnx does not run on {rows} rows ({error})") from error
        if count != len(manifest.labels):
            raise BundleError(
                folder, f"classifier.onnx answers {count} probabilities for {len(manifest.labels)} labels"
            )
