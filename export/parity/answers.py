"""Answers of several run times to the same pictures, and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = "a picture without descriptors"
PICTURES, GOLDEN = "pictures", "golden files"


@dataclass(frozen=True)
class Answer:
    """The answers of several run times to one picture.

    Attributes:
        sample: Its name.
        group: `pictures`, `golden files`, or for edge cases the name itself.
        label: The label of onnxruntime, and thus of the server.
        probability: Its probability.
        descriptors: Number of descriptors. With none, the app answers "not recognised" without the package,
            which takes at least one.
        scikit_learn: Largest difference of a probability between onnxruntime and scikit-learn; None where
            scikit-learn's answer is unknown.
        core_ml: The same between Core ML and onnxruntime; None where the package was not run.
        package_label: The label of Core ML; None where the package was not run.
    """

    sample: str
    group: str
    label: str
    probability: float
    descriptors: int
    scikit_learn: float | None = None
    core_ml: float | None = None
    package_label: str | None = None

    @property
    def difference(self) -> float:
        """Largest difference of a probability between any two run times; 0 where only one was run."""
        return max(self.scikit_learn or 0.0, self.core_ml or 0.0)


@dataclass(frozen=True)
class Group:
    """The answers to pictures of one kind.

    Attributes:
        name: See `Answer.group`.
        answers: At least one.
    """

    name: str
    answers: Sequence[Answer]

    @property
    def same_label(self) -> int:
        """Number of pictures with the same label in every run time."""
        return sum(each.package_label in (None, each.label) for each in self.answers)

    def largest(self, run_time: str) -> float | None:
        """Returns the largest difference of `scikit_learn` or `core_ml`; None where it has no answers."""
        known = [value for each in self.answers if (value := getattr(each, run_time)) is not None]
        return max(known, default=None)

    def known(self, run_time: str) -> int:
        """Counts the pictures that `scikit_learn` or `core_ml` has an answer for."""
        return sum(getattr(each, run_time) is not None for each in self.answers)

    def to_json(self) -> dict[str, Any]:
        """Returns counts and largest differences by run time."""
        return {
            "group": self.name,
            "pictures": len(self.answers),
            "same_label": self.same_label / len(self.answers),
            **{
                run_time: {
                    "asked": self.known(run_time),
                    "max_probability_difference": self.largest(run_time),
                }
                for run_time in ("scikit_learn", "core_ml")
            },
        }


@dataclass(frozen=True)
class Parity:
    """The differences between run times.

    Attributes:
        answers: One per picture.
    """

    answers: Sequence[Answer]

    @property
    def pictures(self) -> int:
        """Number of pictures."""
        return len(self.answers)

    @property
    def max_probability_difference(self) -> float:
        """Largest difference over all pictures, labels and run times."""
        return max((answer.difference for answer in self.answers), default=0.0)

    @property
    def same_label(self) -> int:
        """Number of pictures with the same label in every run time."""
        return Group("all", self.answers).same_label

    @property
    def groups(self) -> tuple[Group, ...]:
        """The answers by kind of picture, photographs first."""
        names = dict.fromkeys(answer.group for answer in self.answers)
        ordered = sorted(names, key=lambda name: name != PICTURES)
        return tuple(Group(name, [each for each in self.answers if each.group == name]) for name in ordered)

    def to_json(self) -> dict[str, Any]:
        """Returns for `--json` the share of equal labels (0 to 1), an entry per group, one per picture."""
        return {
            "pictures": self.pictures,
            "same_label": self.same_label / max(1, self.pictures),
            "max_probability_difference": self.max_probability_difference,
            "groups": [group.to_json() for group in self.groups],
            "answers": [{**vars(answer), "difference": answer.difference} for answer in self.answers],
        }
