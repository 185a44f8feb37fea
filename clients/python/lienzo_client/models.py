"""What a gateway tells about its models and about itself, as plain frozen data classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """Name and version of a model."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label means to people, in the first of the caller's languages that the model has.

    Attributes:
        name: Name to show in place of the label; empty where the model has none.
        description: A few sentences; empty where the model has none.
        link: Address of a page about it, `http://…` or `https://…`; empty where the model has none.
        fields: Whatever else the model says of it, such as `artist` and `year`, in the order of its file.
        parent: What it is a kind of: another label, or a group of labels; empty where the model has none.
    """

    name: str
    description: str
    link: str
    fields: Mapping[str, str]
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """Description of one version of a model.

    Attributes:
        name: Name in the model repository.
        version: Version, 1 or more.
        labels: Labels in the order of the model's output.
        extractor: Extractor, such as `rootsift`.
        encoder: Encoder, such as `vlad`; empty when the extractor is global.
        classifier: Classifier, such as `linear_svm`.
        threshold: Rejection threshold, 0 to 1.
        accuracy: Cross-validated accuracy, 0 to 1; None where the model does not tell.
        created: When the training finished (UTC).
        has_coreml: Whether a Core ML package can be downloaded for it.
        fingerprint: Equal for two models that give the same answers.
        meanings: What its labels mean, by label, and groups of labels; empty in lists of models.
    """

    name: str
    version: int
    labels: tuple[str, ...]
    extractor: str
    encoder: str
    classifier: str
    threshold: float
    accuracy: float | None
    created: datetime
    has_coreml: bool
    fingerprint: str
    meanings: Mapping[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A downloaded Core ML package: the zip file, its size, and its SHA-256 (hexadecimal)."""

    path: Path
    model: ModelVersion
    total_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server takes, has, and has switched on.

    Attributes:
        version: Version of its software; empty if unknown.
        max_picture_bytes: Largest picture file.
        max_picture_pixels: Largest width times height; None where the server did not tell.
        min_side_px: Smallest width and height in pixels; None where the server did not tell.
        formats: Formats that it reads, such as `jpeg`.
        photo_side_px: Longer side in pixels to which a photo may be reduced: more change no answer.
        default_model: The model of calls that name none; None without one.
        catalogues: Names of the catalogues that can be asked.
        features: What is switched on, such as `credentials`, `addresses` and `catalogues`.
        max_message_bytes: Largest gRPC message.
        default_deadline_s: Deadline of calls without one, in seconds.
    """

    version: str
    max_picture_bytes: int
    max_picture_pixels: int | None
    min_side_px: int | None
    formats: tuple[str, ...]
    photo_side_px: int
    default_model: ModelVersion | None
    catalogues: tuple[str, ...]
    features: frozenset[str]
    max_message_bytes: int
    default_deadline_s: float
