"""Features to probabilities: the bundle's `classifier.onnx` in onnxruntime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bundle.errors import BundleError
from bundle.manifest import Manifest
from services.classification.errors import FeaturesMismatch
from vision.inference import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

INPUT_NAMES = {"local": "descriptors", "global": "features"}


@dataclass(frozen=True)
class Classifier:
    """A model's classifier graph; safe to share between threads.

    Attributes:
        session: The graph.
        manifest: What it was trained for.
    """

    session: InferenceSession
    manifest: Manifest

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities in the manifest's label order.

        Args:
            features: float32, (N, dimension) descriptors with N ≥ 0, or (1, dimension) for one vector.

        Returns:
            float32, (labels,), each 0 to 1, together 1.

        Raises:
            FeaturesMismatch: When the shape is another.
        """
        expected = self.manifest.dimension
        if features.ndim != 2 or features.shape[1] != expected:
            raise FeaturesMismatch(f"shape {features.shape}, the model needs (…, {expected})")
        (answer,) = self.session.run(["probabilities"], {INPUT_NAMES[self.manifest.features]: features})
        result: NDArray[np.float32] = answer[0]
        return result


def load_classifier(manifest: Manifest, folder: Path) -> Classifier:
    """Loads a bundle's classifier, one thread a call: the server's workers are the parallelism.

    Raises:
        BundleError: When there is none, onnxruntime refuses it, or it does not answer as the manifest says.
    """
    path = folder / "classifier.onnx"
    if "classifier.onnx" not in manifest.files:
        raise BundleError(folder, "it has no classifier.onnx")
    try:
        session = open_session(str(path))
    except Exception as error:  # onnxruntime's errors share no class of their own
        raise BundleError(folder, f"classifier.onnx is refused by onnxruntime ({error})") from error
    classifier = Classifier(session, manifest)
    _check_answer(classifier, folder)
    return classifier


def ranked(probabilities: NDArray[np.float32], top_k: int) -> list[int]:
    """Indices of the highest probabilities, falling; equal ones keep their order.

    >>> ranked(np.array([0.2, 0.4, 0.4], np.float32), 2)
    [1, 2]
    """
    order: list[int] = np.argsort(-probabilities, kind="stable")[:top_k].tolist()
    return order


def _check_answer(classifier: Classifier, folder: Path) -> None:
    manifest = classifier.manifest
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
