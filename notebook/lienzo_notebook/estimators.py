"""The stages of recognition as scikit-learn transformers and a classifier, for pipelines and grid searches.

>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.svm import SVC
>>> make_pipeline(DescriptorExtractor("orb"), VisualWords(50), SVC()).steps[1][1].words
50
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import TypeAdapter
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from cli.features.extractors import extractor_by_name
from lienzo_notebook.pictures import PictureLike, each_picture, read_picture
from training.classifiers import ClassifierSettings
from training.classifiers.learning import learn_classifier
from training.classifiers.scores import score
from training.descriptors.extraction import DescriptorSet
from training.encoders.fitted import FittedEncoder
from training.encoders.registry import EncoderSettings

Rows = NDArray[np.uint8] | NDArray[np.float32]


class DescriptorExtractor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Transforms pictures to descriptors: a list with an array (N, D) for each picture. It learns nothing.

    Args:
        extractor: Name of the extractor; one that gives one vector gives arrays of shape (1, D).
        parameters: Parameters of the extractor; its defaults where there are none.
    """

    def __init__(self, extractor: str = "rootsift", parameters: dict[str, Any] | None = None) -> None:
        self.extractor = extractor
        self.parameters = parameters

    def fit(self, X: Iterable[PictureLike], y: object = None) -> Self:
        """Does nothing."""
        return self

    def transform(self, X: Iterable[PictureLike]) -> list[Rows]:
        """Extracts the descriptors of each picture."""
        chosen = extractor_by_name(self.extractor, self.parameters)
        return [chosen.extract(read_picture(each, chosen.max_side_px)).rows for each in each_picture(X)]

    def __sklearn_is_fitted__(self) -> bool:
        return True


class VisualWords(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Transforms descriptors to one vector per picture: bag of visual words, VLAD or Fisher vector.

    Args:
        words: Size of the codebook; for `fisher` the number of Gaussians.
        encoder: `bovw`, `vlad` or `fisher`.
        weighting: Of `bovw`: `counts`, `l1`, `hellinger` or `tfidf`.
        binary: Whether descriptors are packed bits, as those of ORB are.
        seed: Of the clustering.

    Attributes:
        encoder_: The fitted encoder: the ONNX graph that a bundle would hold.
    """

    def __init__(
        self,
        words: int = 100,
        encoder: str = "bovw",
        weighting: str = "l1",
        binary: bool = False,
        seed: int = 0,
    ) -> None:
        self.words = words
        self.encoder = encoder
        self.weighting = weighting
        self.binary = binary
        self.seed = seed

    def fit(self, X: Sequence[Rows], y: object = None) -> Self:
        """Learns the visual words of descriptors, a list of arrays (N, D).

        Raises:
            training.errors.TrainingError: When there are fewer descriptors than words.
        """
        size = "gaussians" if self.encoder == "fisher" else "words"
        table: dict[str, Any] = {"name": self.encoder, size: self.words}
        if self.encoder == "bovw":
            table["weighting"] = self.weighting
        settings: Any = TypeAdapter(EncoderSettings).validate_python(table)
        self.encoder_: FittedEncoder = settings.fit(self._packed(X), np.arange(len(X)), self.seed)
        return self

    def transform(self, X: Sequence[Rows]) -> NDArray[np.float32]:
        """Encodes the descriptors of each picture: float32, shape (pictures, size)."""
        check_is_fitted(self, "encoder_")
        return self.encoder_.encode(self._packed(X))

    def _packed(self, pictures: Sequence[Rows]) -> DescriptorSet:
        return DescriptorSet.packed(pictures, pictures[0].shape[1], self.binary)


class PictureClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifies pictures: an extractor, an encoder and one of lienzo's classifiers, with fixed parameters.

    `train` compares settings, calibrates, sets a threshold and writes a bundle; this is the plain estimator
    for scikit-learn's own tools, such as `cross_val_score`.

    Args:
        extractor: Name of the extractor.
        words: Size of the codebook.
        encoder: `bovw`, `vlad` or `fisher`; not used for extractors that give one vector.
        classifier: Name as in a recipe: `linear_svm`, `rbf_svm`, `random_forest`, `knn`, ….
        seed: Of every random number.

    Attributes:
        classes_: The labels, in the order of the scores.
    """

    def __init__(
        self,
        extractor: str = "rootsift",
        words: int = 64,
        encoder: str = "vlad",
        classifier: str = "linear_svm",
        seed: int = 0,
    ) -> None:
        self.extractor = extractor
        self.words = words
        self.encoder = encoder
        self.classifier = classifier
        self.seed = seed

    def fit(self, X: Iterable[PictureLike], y: ArrayLike) -> Self:
        """Learns from pictures and their labels."""
        chosen = extractor_by_name(self.extractor)
        rows = DescriptorExtractor(self.extractor).transform(X)
        self.encoder_: VisualWords | None = None
        if getattr(chosen, "kind", "local") == "local":
            binary = chosen.descriptor_type == "binary"
            self.encoder_ = VisualWords(self.words, self.encoder, binary=binary, seed=self.seed).fit(rows)
        self.classes_, targets = np.unique(np.asarray(y), return_inverse=True)
        settings: Any = TypeAdapter(ClassifierSettings).validate_python({"name": self.classifier})
        self.estimator_ = learn_classifier(settings, self._vectors(rows), targets.astype(np.int64), self.seed)
        return self

    def decision_function(self, X: Iterable[PictureLike]) -> NDArray[np.float64]:
        """Computes a score for each label, shape (pictures, labels)."""
        check_is_fitted(self, "estimator_")
        return score(self.estimator_, self._vectors(DescriptorExtractor(self.extractor).transform(X)))

    def predict(self, X: Iterable[PictureLike]) -> NDArray[Any]:
        """Returns the label with the best score for each picture."""
        return np.asarray(self.classes_[self.decision_function(X).argmax(axis=1)])

    def _vectors(self, rows: list[Rows]) -> NDArray[np.float32]:
        if self.encoder_ is not None:
            return self.encoder_.transform(rows)
        return np.concatenate([np.asarray(each, np.float32) for each in rows])
