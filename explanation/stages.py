"""Reads the intermediate values of `classifier.onnx`, between the descriptors and the probabilities.

They are found by the names that `training/graphs` and `export/classifier` give them. A graph that was made
elsewhere has other names; what is not found is None, and the explanation leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from explanation.trees import tree_votes
from vision.inference import open_session
from vision.ports import FEATURES

_CODEBOOK: Final = ".codebook_transposed"
_SCALED: Final = "scaled"
_END: Final = "probabilities."
_NEIGHBOURS: Final = "classifier.votes"
_FILTERS: Final = "classifier.filters"
_MAPS: Final = r"classifier\.maps\.\d+"
_TREES: Final = "TreeEnsembleClassifier"


@dataclass(frozen=True)
class Neighbour:
    """One of the nearest training pictures by their vectors.

    Attributes:
        label: Index of its label.
        distance: Euclidean distance of the vectors.
    """

    label: int
    distance: float


@dataclass(frozen=True)
class Stages:
    """The intermediate values of one answer; None, or empty, for those that the graph does not have.

    Attributes:
        vector: The encoded vector, float32, shape (V,).
        scores: One for each label, before calibration, shape (C,).
        are_margins: Whether the scores are margins; else they are an estimator's own probabilities.
        members: Probabilities of each member of a vote, shape (M, C).
        trees: Number of trees of a forest that vote for each label, shape (C,).
        neighbours: The nearest training pictures of a k-nearest-neighbours classifier, nearest first.
    """

    vector: NDArray[np.float32] | None = None
    scores: NDArray[np.float64] | None = None
    are_margins: bool = False
    members: NDArray[np.float64] | None = None
    trees: NDArray[np.int64] | None = None
    neighbours: tuple[Neighbour, ...] = ()


@dataclass(frozen=True)
class Interior:
    """A classifier's graph, whose intermediate values can be asked for.

    Attributes:
        graph: The graph.
        codebook: Visual words, shape (K, D); None for an encoder without.
    """

    graph: onnx.ModelProto
    codebook: NDArray[np.float32] | None

    def stages(self, rows: NDArray[np.float32]) -> Stages:
        """Runs the classifier and returns its intermediate values.

        Args:
            rows: float32, (N, dimension) descriptors, or (1, dimension) for one vector.
        """
        names = self._names
        values = self._run(rows, (names.vector, names.scores, *names.ballots, *names.nearest))
        encoded = self._vector(rows, values)
        members = [values[each].ravel() for each in names.ballots]
        return Stages(
            vector=encoded,
            scores=np.asarray(values[names.scores], np.float64).ravel() if names.scores in values else None,
            are_margins=names.are_margins,
            members=np.stack(members).astype(float) if members else None,
            trees=None if encoded is None else self._trees(encoded),
            neighbours=self._neighbours([values[each] for each in names.nearest]) if names.nearest else (),
        )

    def encode(self, rows: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Computes the encoded vector alone, float32, shape (V,); None where it is not known."""
        return self._vector(rows, self._run(rows, (self._names.vector,)))

    @property
    def filters(self) -> NDArray[np.float32] | None:
        """The filters of a network's first layer, shape (filters, channels, height, width); None without."""
        found = _constant(self.graph, _FILTERS)
        return None if found is None else np.asarray(found, np.float32)

    def maps(self, rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Computes what each layer of a network makes of a picture: shape (filters, height, width) each."""
        values = self._run(rows, self._names.maps)
        return tuple(np.asarray(values[each][0], np.float32) for each in self._names.maps)

    @cached_property
    def _names(self) -> _Names:
        return _names_in(self.graph)

    @cached_property
    def _session(self) -> Any:
        opened = onnx.ModelProto()
        opened.CopyFrom(self.graph)
        present = {each.name for each in opened.graph.output}
        names = self._names
        further = dict.fromkeys((names.vector, names.scores, *names.ballots, *names.nearest, *names.maps))
        opened.graph.output.extend(
            onnx.helper.make_empty_tensor_value_info(each)
            for each in further
            if each in names.computed and each not in present
        )
        return open_session(opened.SerializeToString())

    def _run(self, rows: NDArray[np.float32], names: Sequence[str]) -> dict[str, NDArray[Any]]:
        wanted = [each for each in dict.fromkeys(names) if each in self._names.computed]
        if not wanted:
            return {}
        answers = self._session.run(wanted, {self._session.get_inputs()[0].name: rows})
        return {name: np.asarray(each) for name, each in zip(wanted, answers, strict=True)}

    def _vector(
        self, rows: NDArray[np.float32], values: dict[str, NDArray[Any]]
    ) -> NDArray[np.float32] | None:
        name = self._names.vector
        if name in values:
            return np.asarray(values[name], np.float32).ravel()
        # Where nothing encodes it, the input itself is the vector.
        return np.asarray(rows[0], np.float32) if name == FEATURES and len(rows) else None

    def _trees(self, vector: NDArray[np.float32]) -> NDArray[np.int64] | None:
        forests = [each for each in self.graph.graph.node if each.op_type == _TREES]
        return tree_votes(forests[0], vector) if len(forests) == 1 else None

    def _neighbours(self, nearest: list[NDArray[Any]]) -> tuple[Neighbour, ...]:
        votes = _constant(self.graph, _NEIGHBOURS)
        step = _constant(self.graph, "classifier.steps_per_unit")
        if votes is None or step is None or votes.ndim != 2:
            return ()
        squares, rows = (each.ravel() for each in nearest)
        return tuple(
            Neighbour(int(votes[int(row)].argmax()), float(max(0.0, square / float(step)) ** 0.5))
            for square, row in zip(squares, rows, strict=True)
        )


def read_interior(content: bytes) -> Interior:
    """Reads a classifier's graph from a serialised ONNX model."""
    graph = onnx.load_from_string(content)
    found = next((each for each in graph.graph.initializer if each.name.endswith(_CODEBOOK)), None)
    codebook = None if found is None else np.asarray(numpy_helper.to_array(found).T, np.float32)
    return Interior(graph, codebook)


def _constant(graph: onnx.ModelProto, name: str) -> NDArray[Any] | None:
    for each in graph.graph.initializer:
        if each.name == name:
            return np.asarray(numpy_helper.to_array(each))
    return None


@dataclass(frozen=True)
class _Names:
    """Names of the intermediate values; empty for those that the graph does not have."""

    computed: frozenset[str]
    vector: str
    scores: str
    are_margins: bool
    ballots: tuple[str, ...]
    nearest: tuple[str, ...]
    maps: tuple[str, ...]


def _names_in(graph: onnx.ModelProto) -> _Names:
    computed = frozenset(each for node in graph.graph.node for each in node.output)
    vector = ""
    if _SCALED in computed:
        vector = _SCALED
    elif FEATURES in computed or graph.graph.input[0].name == FEATURES:
        vector = FEATURES
    scores, are_margins = _scores_name(graph)
    nearest = next((each for each in graph.graph.node if each.op_type == "TopK"), None)
    return _Names(
        computed,
        vector,
        scores,
        are_margins,
        _numbered(computed, r"vote\.\d+"),
        tuple(nearest.output) if nearest else (),
        _numbered(computed, _MAPS),
    )


def _numbered(computed: frozenset[str], pattern: str) -> tuple[str, ...]:
    """Lists the values whose names follow a pattern, in the order of the numbers that they end in."""
    found = [each for each in computed if re.fullmatch(pattern, each)]
    return tuple(sorted(found, key=lambda each: int(each.rpartition(".")[2])))


def _scores_name(graph: onnx.ModelProto) -> tuple[str, bool]:
    """Finds the name of the scores that calibration takes, and whether they are margins."""
    constants = {each.name for each in graph.graph.initializer}
    for node in graph.graph.node:
        if node.name.startswith(_END):
            return next((each for each in node.input if each not in constants), ""), node.op_type != "Max"
    return "", False
