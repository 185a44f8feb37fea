"""What run times said to the same pictures, and how far apart they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = "a picture without descriptors"
PICTURES, GOLDEN = "pictures", "golden files"


@dataclass(frozen=True)
class Answer:
    """One picture, asked in several run times.

    Attributes:
        sample: Its name.
        group: `pictures`, `golden files`, or for what is at the edge the name itself.
        label: What onnxruntime, and with it the server, says.
        probability: How sure it is.
        descriptors: How many there were. With none, the app answers "not recognised" without the package,
            which takes at least one.
        scikit_learn: Largest difference of a probability between onnxruntime and scikit-learn; None where
            scikit-learn's answer is not known.
        core_ml: The same between Core ML and onnxruntime; None where the package was not asked.
        package_label: What Core ML says; None where the package was not asked.
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
        """Largest difference of a probability between any two run times; 0 where only one was asked."""
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
        """How many got the same label everywhere."""
        return sum(each.package_label in (None, each.label) for each in self.answers)

    def largest(self, run_time: str) -> float | None:
        """The largest difference of `scikit_learn` or `core_ml`; None where it was asked about none."""
        known = [value for each in self.answers if (value := getattr(each, run_time)) is not None]
        return max(known, default=None)

    def known(self, run_time: str) -> int:
        """About how many of them `scikit_learn` or `core_ml` was asked."""
        return sum(getattr(each, run_time) is not None for each in self.answers)

    def to_json(self) -> dict[str, Any]:
        """Counts and largest differences by run time."""
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
    """How far run times are apart.

    Attributes:
        answers: One per picture.
    """

    answers: Sequence[Answer]

    @property
    def pictures(self) -> int:
        """How many were asked about."""
        return len(self.answers)

    @property
    def max_probability_difference(self) -> float:
        """Over all pictures, labels and run times."""
        return max((answer.difference for answer in self.answers), default=0.0)

    @property
    def same_label(self) -> int:
        """How many pictures get the same label from all."""
        return Group("all", self.answers).same_label

    @property
    def groups(self) -> tuple[Group, ...]:
        """The answers by kind of picture, photographs first."""
        names = dict.fromkeys(answer.group for answer in self.answers)
        ordered = sorted(names, key=lambda name: name != PICTURES)
        return tuple(Group(name, [each for each in self.answers if each.group == name]) for name in ordered)

    def to_json(self) -> dict[str, Any]:
        """For `--json`: the share of equal labels (0 to 1), one entry per kind, and one per picture."""
        return {
            "pictures": self.pictures,
            "same_label": self.same_label / max(1, self.pictures),
            "max_probability_difference": self.max_probability_difference,
            "groups": [group.to_json() for group in self.groups],
            "answers": [{**vars(answer), "difference": answer.difference} for answer in self.answers],
        }
