"""Trains, loads, asks and measures models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundle import layout
from bundle.label_files import read_labels_of
from bundle.manifest import Manifest, check_model_name
from bundle.repository import find_bundle, list_versions
from explanation.recognizer import Recognizer, Seen, classifier_file, open_recognizer
from explanation.stages import Interior, read_interior
from export.bundle import check_repository
from export.classifier.graph import classifier_size
from export.model import export_model
from lienzo_notebook.pictures import PictureLike, each_picture, to_picture
from training import trainer
from training.descriptors.cache import default_cache
from training.imagesets.check import check_image_set
from training.imagesets.imageset import ImageSet, read_image_set
from training.recipe import Recipe, load_recipe


@dataclass(frozen=True)
class Prediction:
    """The answer about one picture.

    Attributes:
        label: The label; None when the picture is not recognised.
        probability: Of the best label, 0 to 1.
        threshold: Under it an answer that is not verified is *not recognised*.
        ranking: All labels with their probabilities, best first.
        verified: Whether points that agree with an exemplar decided; None where nothing was compared.
        points: How many points agree; None likewise.
        outline: Corners of the exemplar in pixels of the picture, shape (4, 2), clockwise from its own top
            left; None where there is none.
        group: What the picture surely is where no label is, and the probability of the group's labels
            together; None where a label is recognised, or no group is sure.
    """

    label: str | None
    probability: float
    threshold: float
    ranking: tuple[tuple[str, float], ...]
    verified: bool | None
    points: int | None
    outline: NDArray[np.float64] | None
    group: tuple[str, float] | None = None


@dataclass(frozen=True)
class Model:
    """A bundle, opened in this process; it answers as the services do.

    Attributes:
        recognizer: Its stages.
        interior: The values inside its classifier.
    """

    recognizer: Recognizer
    interior: Interior

    @property
    def name(self) -> str:
        """Name and version."""
        return f"{self.manifest.name} {self.manifest.version}"

    @property
    def manifest(self) -> Manifest:
        """Everything that is known about it: recipe, metrics, versions."""
        return self.recognizer.manifest

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of probabilities."""
        return self.manifest.labels

    @property
    def threshold(self) -> float:
        """The rejection threshold, 0 to 1."""
        return self.manifest.threshold

    def predict(self, picture: PictureLike) -> Prediction:
        """Recognises one picture, with threshold and verification."""
        found = self.recognizer.recognize(self._seen(picture))
        ranking = tuple((self.labels[label], probability) for label, probability in found.ranking)
        compared = found.verification
        return Prediction(
            label=ranking[0][0] if found.is_recognized else None,
            probability=found.score,
            threshold=self.threshold,
            ranking=ranking,
            verified=None if compared is None else compared.verified,
            points=None if compared is None else compared.points,
            outline=None if compared is None else compared.outline,
            group=None if found.group is None else (found.group.name, found.group.probability),
        )

    def predict_all(self, pictures: Iterable[PictureLike] | str | PathLike[str]) -> list[Prediction]:
        """Recognises several pictures, or those of a folder."""
        return [self.predict(each) for each in each_picture(pictures)]

    def predict_proba(self, pictures: Iterable[PictureLike]) -> NDArray[np.float32]:
        """Computes the calibrated probabilities, float32, shape (pictures, labels)."""
        classify = self.recognizer.classifier.probabilities
        return np.stack([classify(self._seen(each).rows) for each in each_picture(pictures)])

    def encode(self, picture: PictureLike) -> NDArray[np.float32] | None:
        """Computes the encoded vector, float32; None for a graph whose stages are not known."""
        return self.interior.encode(self._seen(picture).rows)

    def _seen(self, picture: PictureLike) -> Seen:
        extractor = self.recognizer.extractor
        read = to_picture(picture, extractor.max_side_px)
        return Seen(read, extractor.extract(read.pixels))


@dataclass(frozen=True)
class Evaluation:
    """How good a model is on labelled pictures.

    Attributes:
        labels: The labels.
        accuracy: Share of the pictures whose best label is right.
        answered: Share of the pictures that are recognised, and rightly.
        confusion: Counts, shape (labels, labels): true label by rows, best label by columns.
        predictions: The answer about each picture, in the order of `pictures`.
        pictures: Paths from the folder.
    """

    labels: tuple[str, ...]
    accuracy: float
    answered: float
    confusion: NDArray[np.int64]
    predictions: tuple[Prediction, ...]
    pictures: tuple[str, ...]


def models(repository: str | PathLike[str] = "models") -> dict[str, list[int]]:
    """Lists the models of a repository by name, with their versions."""
    return list_versions(Path(repository))


def load(name: str | PathLike[str], repository: str | PathLike[str] = "models", version: int = 0) -> Model:
    """Opens a model, after checking every digest.

    Args:
        name: Its name in the repository; or the folder of a bundle.
        repository: The model repository.
        version: 0 is the newest.

    Raises:
        bundle.errors.UnknownModel: When there is none of that name.
        bundle.errors.BundleError: When it is damaged, or cannot be used here.
    """
    folder = Path(name)
    if not (folder / layout.MANIFEST).is_file():
        folder = find_bundle(Path(repository), str(name), version)
    recognizer = open_recognizer(folder)
    return Model(recognizer, read_interior(classifier_file(recognizer)))


def train(
    images: ImageSet | str | PathLike[str],
    name: str,
    recipe: str | Recipe = "artworks",
    *,
    repository: str | PathLike[str] = "models",
    seed: int = 0,
    jobs: int = 1,
    cache: str | PathLike[str] | None = None,
) -> Model:
    """Trains a model as `lienzo train` does, and writes its bundle with the report.

    What the labels mean is read from `labels.toml` or `labels.csv` in the folder, where there is one.

    Args:
        images: An image set, or its folder.
        name: Name of the model.
        recipe: A shipped recipe by name, a TOML file, or a recipe.
        repository: Where the model is written.
        seed: The same seed gives the same model.
        jobs: Threads and processes that work at a time.
        cache: Folder for descriptors and finished candidates; the user's cache by default.

    Raises:
        training.errors.TrainingError: When no model can be trained; the message says why.
        bundle.errors.InvalidModelName: When a model cannot have that name.
        export.errors.ExportError: When it could not be written, before it trains.
        bundle.errors.InvalidLabels: When what the folder says of its labels cannot be used.
    """
    check_model_name(name)
    check_repository(Path(repository), name)
    image_set = images if isinstance(images, ImageSet) else read_image_set(Path(images), jobs)
    meanings = read_labels_of(image_set.root, image_set.labels)
    chosen = load_recipe(recipe) if isinstance(recipe, str) else recipe
    folder = Path(cache) if cache else default_cache()
    learnt = trainer.train(image_set, chosen, folder, seed, jobs, size_of=classifier_size)
    findings = check_image_set(image_set, chosen.validation.parts)
    exported = export_model(learnt, image_set, findings, Path(repository), name, datetime.now(UTC), meanings)
    return load(exported.folder)


def evaluate(model: Model, images: ImageSet | str | PathLike[str]) -> Evaluation:
    """Measures a model on labelled pictures; those of labels that it does not know are left out.

    Args:
        model: The model.
        images: An image set that it was not trained on, or its folder.
    """
    image_set = images if isinstance(images, ImageSet) else read_image_set(Path(images))
    known: dict[str, int] = {label: number for number, label in enumerate(model.labels)}
    pictures = [each for each in image_set.pictures if each.label in known]
    predictions = [model.predict(image_set.root / each.path) for each in pictures]
    confusion = np.zeros((len(known), len(known)), np.int64)
    answered = 0
    for picture, prediction in zip(pictures, predictions, strict=True):
        confusion[known[picture.label], known[prediction.ranking[0][0]]] += 1
        answered += prediction.label == picture.label
    total: Any = max(1, len(pictures))
    return Evaluation(
        labels=model.labels,
        accuracy=float(np.trace(confusion) / total),
        answered=answered / total,
        confusion=confusion,
        predictions=tuple(predictions),
        pictures=tuple(each.path for each in pictures),
    )
