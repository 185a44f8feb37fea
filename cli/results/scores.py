"""Counts right and wrong answers of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self

from bundle.hierarchy import GroupCounts, belongs
from lienzo_client import StreamItem


@dataclass(frozen=True)
class Verdict:
    """The answer of a model to one picture with a known label.

    Attributes:
        label: The picture's label.
        picture: The picture's path.
        best: The model's best label; empty without an answer.
        probability: Of the best label.
        recognized: Whether the probability reached the model's threshold.
        error: Why there is no answer; empty with one.
        reason: The error's stable reason.
        group: The group of labels that was answered where no label was; empty for none.
    """

    label: str
    picture: str
    best: str = ""
    probability: float = 0.0
    recognized: bool = False
    error: str = ""
    reason: str = ""
    group: str = ""

    @classmethod
    def of(cls, label: str, picture: str, item: StreamItem) -> Self:
        """Makes the verdict of an answer."""
        answer = item.classification
        if answer is None:
            error = item.error
            return cls(
                label, picture, error=error.message if error else "", reason=error.reason if error else ""
            )
        best = answer.labels[0].name if answer.labels else ""
        group = answer.group.name if answer.group else ""
        return cls(label, picture, best, answer.probability, answer.recognized, group=group)

    @property
    def is_right(self) -> bool:
        """Whether the best label is the true one."""
        return self.best == self.label


class Scores:
    """Counts over the verdicts on a labelled folder.

    Args:
        labels: Labels of the model.
        verdicts: One for every picture. Pictures of labels that the model does not have are strangers: the
            right answer for them is "not recognised", and they do not count towards the accuracy.
        seen: Paths of pictures that the model was trained on; None where these are unknown.
        parents: Parent of each label and group of the model that has one.
    """

    def __init__(
        self,
        labels: Sequence[str],
        verdicts: Sequence[Verdict],
        seen: frozenset[str] | None = None,
        parents: Mapping[str, str] | None = None,
    ) -> None:
        known = set(labels)
        answered = [verdict for verdict in verdicts if not verdict.error]
        self.failed = sorted((each for each in verdicts if each.error), key=lambda each: each.picture)
        self.answered = [verdict for verdict in answered if verdict.label in known]
        self.strangers = [verdict for verdict in answered if verdict.label not in known]
        self.labels = sorted({verdict.label for verdict in self.answered})
        self.seen = seen
        self.parents = parents or {}

    @property
    def count(self) -> int:
        """Number of answered pictures of the model's labels."""
        return len(self.answered)

    @cached_property
    def right(self) -> int:
        """Number of those with the right best label."""
        return sum(verdict.is_right for verdict in self.answered)

    @property
    def accuracy(self) -> float:
        """Share of those with the right best label, 0 to 1."""
        return self.right / self.count if self.count else 0.0

    @cached_property
    def unseen(self) -> Scores:
        """The scores of the pictures that the model was not trained on."""
        fresh = [each for each in self.answered if each.picture not in (self.seen or ())]
        return Scores(self.labels, fresh)

    @cached_property
    def recognized_right(self) -> int:
        """Number that reached the threshold with the right label, as an app shows it."""
        return sum(verdict.is_right and verdict.recognized for verdict in self.answered)

    @cached_property
    def not_recognized(self) -> int:
        """Number below the model's threshold."""
        return sum(not verdict.recognized for verdict in self.answered)

    @cached_property
    def grouped(self) -> GroupCounts | None:
        """Counts of the groups of pictures below the threshold; None where the model has no groups."""
        if not self.parents:
            return None
        unknown = [verdict for verdict in self.answered if not verdict.recognized]
        groups = [verdict for verdict in unknown if verdict.group]
        right = sum(belongs(verdict.label, verdict.group, self.parents) for verdict in groups)
        return GroupCounts(right, len(groups) - right, len(unknown) - len(groups))

    @cached_property
    def grouped_strangers(self) -> int:
        """Number of strangers that were not recognised and got a group."""
        return sum(bool(verdict.group) for verdict in self.strangers)

    @cached_property
    def refused_strangers(self) -> int:
        """Number of strangers that were rightly not recognised."""
        return sum(not verdict.recognized for verdict in self.strangers)

    @cached_property
    def confusion(self) -> dict[str, Counter[str]]:
        """Number of answers of each best label, by true label."""
        table: dict[str, Counter[str]] = {label: Counter() for label in self.labels}
        for verdict in self.answered:
            table[verdict.label][verdict.best] += 1
        return table

    @cached_property
    def mistakes(self) -> list[Verdict]:
        """Pictures with a wrong best label, the most probable first."""
        wrong = [verdict for verdict in self.answered if not verdict.is_right]
        return sorted(wrong, key=lambda verdict: (-verdict.probability, verdict.picture))

    def per_label(self, label: str) -> dict[str, float | int]:
        """Computes precision, recall and F1 (harmonic mean of both) of one label, 0 to 1, with counts."""
        taken = sum(counts[label] for counts in self.confusion.values())
        right, count = self.confusion[label][label], self.confusion[label].total()
        precision = right / taken if taken else 0.0
        recall = right / count if count else 0.0
        both = precision + recall
        refused = sum(not each.recognized for each in self.answered if each.label == label)
        return {
            "count": count,
            "right": right,
            "precision": precision,
            "recall": recall,
            "f1": 2 * precision * recall / both if both else 0.0,
            "not_recognized": refused,
        }

    def to_json(self, model: str, version: int) -> dict[str, object]:
        """Returns all figures for machines."""
        return {
            "model": {"name": model, "version": version},
            "accuracy": self.accuracy,
            "accuracy_with_rejection": self.recognized_right / self.count if self.count else 0.0,
            "count": self.count,
            "right": self.right,
            "not_recognized": self.not_recognized,
            "groups": asdict(self.grouped) if self.grouped else None,
            "seen_in_training": self._seen_to_json(),
            "strangers": {
                "count": len(self.strangers),
                "not_recognized": self.refused_strangers,
                "groups": self.grouped_strangers,
            },
            "per_label": {label: self.per_label(label) for label in self.labels},
            # In the order of names: pictures are answered in an order of their own.
            "confusion": {label: dict(sorted(counts.items())) for label, counts in self.confusion.items()},
            "mistakes": [
                {
                    "picture": each.picture,
                    "label": each.label,
                    "taken_for": each.best,
                    "probability": each.probability,
                    "recognized": each.recognized,
                }
                for each in self.mistakes
            ],
            "errors": [
                {"picture": each.picture, "label": each.label, "reason": each.reason, "message": each.error}
                for each in sorted(self.failed, key=lambda verdict: verdict.picture)
            ],
        }

    def _seen_to_json(self) -> dict[str, object] | None:
        if self.seen is None:
            return None
        seen = sorted(each.picture for each in self.answered if each.picture in self.seen)
        unseen = {
            "count": self.unseen.count,
            "accuracy": self.unseen.accuracy if self.unseen.count else None,
        }
        return {"count": len(seen), "pictures": seen, "others": unseen}
