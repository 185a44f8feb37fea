"""Loads the model of a bundle if it works as the manifest describes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bundle import layout
from bundle.errors import BundleError
from bundle.hierarchy import parents_of
from bundle.manifest import Manifest
from bundle.meanings import Meanings, read_meanings
from services.classification.verifier import Verifier, load_verifier
from vision import ports
from vision.answers import Classifier
from vision.hierarchy import Hierarchy


@dataclass(frozen=True)
class LoadedModel:
    """What answers for a model.

    Attributes:
        classifier: From features to probabilities.
        verifier: Looks at doubtful answers again; None for a model that answers by probability alone.
        meanings: What its labels mean to people.
        hierarchy: Groups of its labels; None where it has none.
    """

    classifier: Classifier
    verifier: Verifier | None
    meanings: Meanings = field(default_factory=dict)
    hierarchy: Hierarchy | None = None


def load_model(manifest: Manifest, folder: Path) -> LoadedModel:
    """Loads what a bundle answers with.

    Raises:
        BundleError: As `load_classifier`, `load_verifier` and `bundle.meanings.read_meanings`.
    """
    meanings = read_meanings(manifest, folder)
    parents = parents_of(meanings)
    return LoadedModel(
        load_classifier(manifest, folder),
        load_verifier(manifest, folder),
        meanings,
        Hierarchy.of(parents, manifest.labels) if parents else None,
    )


def load_classifier(manifest: Manifest, folder: Path) -> Classifier:
    """Loads a bundle's classifier.

    Raises:
        BundleError: When it is missing, onnxruntime refuses it, or it does not match the manifest.
    """
    path = folder / layout.CLASSIFIER
    if layout.CLASSIFIER not in manifest.files:
        raise BundleError(folder, f"it has no {layout.CLASSIFIER}")
    try:
        classifier = Classifier.load(str(path))
    except Exception as error:  # onnxruntime's errors share no class of their own
        raise BundleError(folder, f"{layout.CLASSIFIER} is refused by onnxruntime ({error})") from error
    _check_answer(classifier, manifest, folder)
    return classifier


def _check_answer(classifier: Classifier, manifest: Manifest, folder: Path) -> None:
    expected = ports.OF_KIND[manifest.features]
    if classifier.input_name != expected:
        problem = f'{layout.CLASSIFIER} has the input "{classifier.input_name}" and not "{expected}"'
        raise BundleError(folder, problem)
    # A blank picture has no descriptors; a graph that fails on it is refused here, before a caller meets it.
    first = manifest.vector_rows
    for rows in (first, first + 1) if manifest.features == "local" else (1,):
        try:
            count = len(classifier.probabilities(np.zeros((rows, manifest.dimension), np.float32)))
        except Exception as error:
            raise BundleError(folder, f"{layout.CLASSIFIER} does not run on {rows} rows ({error})") from error
        if count != len(manifest.labels):
            raise BundleError(
                folder, f"{layout.CLASSIFIER} answers {count} probabilities for {len(manifest.labels)} labels"
            )
