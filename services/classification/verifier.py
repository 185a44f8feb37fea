"""Verifies doubtful answers: the exemplars of a model, and how it compares photos with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bundle import layout
from bundle.errors import BundleError
from bundle.manifest import Manifest
from vision.answers import Recognition
from vision.errors import InvalidExemplars, VisionError
from vision.extractors import DescriptorType, LocalFeatures
from vision.joined import mirror_of, open_extractor
from vision.matching import Agreement, Exemplars, MatchingSettings, Mirror, read_exemplars
from vision.verification import LIKELIEST, is_doubtful, verified_answer


@dataclass(frozen=True)
class Photo:
    """What is compared with exemplars.

    Attributes:
        features: Keypoints in pixels of what was looked at, by default the upright original.
        size_px: Width and height of it.
        origin_px: Where its top left corner is in the upright original.
    """

    features: LocalFeatures
    size_px: tuple[float, float]
    origin_px: tuple[float, float] = (0, 0)


@dataclass(frozen=True)
class Verifier:
    """The exemplars of a model with its rule; safe to share between threads.

    Attributes:
        exemplars: Any number for each label.
        lowest_probability: Answers under it are not compared.
        least_points: How many points must agree.
    """

    exemplars: Exemplars
    lowest_probability: float
    least_points: int

    def is_needed(self, found: Recognition) -> bool:
        """Tells whether an answer is doubtful, and there is something to compare the photo with."""
        likeliest = {label for label, _ in found.ranking[:LIKELIEST]}
        return is_doubtful(found, self.lowest_probability) and any(
            each.label in likeliest for each in self.exemplars.all
        )

    def verify(self, found: Recognition, photo: Photo) -> Recognition:
        """Returns a doubtful answer as it is after the comparison, its outline in the upright original."""

        def compare(label: int, most: int | None) -> Agreement | None:
            return self.exemplars.verify(label, photo.features, photo.size_px, most)

        answer = verified_answer(found, compare, self.least_points)
        compared = answer.verification
        if compared is None or compared.outline is None:
            return answer
        return replace(answer, verification=replace(compared, outline=compared.outline + photo.origin_px))


def load_verifier(manifest: Manifest, folder: Path) -> Verifier | None:
    """Loads a bundle's exemplars; None for a model that answers by probability alone.

    Raises:
        BundleError: When they are missing, or do not fit the model.
    """
    rule = manifest.verification
    if rule is None:
        return None
    if layout.EXEMPLARS not in manifest.files:
        raise BundleError(folder, f"{layout.MANIFEST} has verification, but it has no {layout.EXEMPLARS}")
    kind, mirror = _kind_and_mirror(manifest, folder)
    try:
        exemplars = read_exemplars(
            (folder / layout.EXEMPLARS).read_bytes(),
            labels=len(manifest.labels),
            dimension=manifest.dimension,
            kind=kind,
            settings=MatchingSettings(ratio=rule.ratio, tolerance=rule.tolerance),
            mirror=mirror,
        )
    except InvalidExemplars as error:
        raise BundleError(folder, f"{layout.EXEMPLARS} cannot be used: {error}") from error
    return Verifier(exemplars, rule.lowest_probability, rule.least_points)


def _kind_and_mirror(manifest: Manifest, folder: Path) -> tuple[DescriptorType, Mirror | None]:
    """Returns how the model's extractor stores descriptors, and how it sees mirrored pictures."""
    try:
        graph = (folder / layout.FEATURES).read_bytes() if layout.FEATURES in manifest.files else None
        extractor = open_extractor(manifest.extractor.name, manifest.extractor.parameters, graph)
    except VisionError as error:
        raise BundleError(folder, f"its answers cannot be verified here ({error})") from error
    return extractor.descriptor_type, mirror_of(extractor)
