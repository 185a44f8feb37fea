"""`manifest.json`: describes a bundle and what it needs, with the digest of every file in it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bundle import layout
from bundle.errors import InvalidModelName

SCHEMA_VERSION: Literal[1] = 1

_MODEL_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
ModelName = Annotated[str, StringConstraints(pattern=f"^{_MODEL_NAME}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Parameter = bool | int | float | str | list[int] | list[float] | list[str] | None


def check_model_name(name: str) -> None:
    """Checks that a model may have that name.

    Raises:
        InvalidModelName: When it may not.
    """
    if not re.fullmatch(_MODEL_NAME, name):
        raise InvalidModelName(name)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Component(_Frozen):
    """One stage by name, with every parameter that it was run with."""

    name: str
    parameters: dict[str, Parameter] = {}

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of name and parameters, independent of their order."""
        canonical = json.dumps([self.name, self.parameters], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class TrainingData(_Frozen):
    """The pictures that the model was trained on."""

    fingerprint: Sha256
    pictures: int = Field(ge=1)
    groups: int = Field(ge=1, description="groups of near duplicates; every other picture counts too")


class Verification(_Frozen):
    """How answers under the threshold are verified against the exemplars of their label."""

    least_points: int = Field(ge=4, description="points that must agree on one view of an exemplar")
    lowest_probability: float = Field(ge=0, le=1, description="answers under it are not compared")
    ratio: float = Field(gt=0, le=1, description="of the ratio test between descriptors")
    tolerance: float = Field(
        gt=0, le=1, description="error of a point that agrees, by the photo's longer side"
    )


class Manifest(_Frozen):
    """A bundle's description of itself.

    `features` is the classifier's kind of input: `local` descriptors (float32, shape (N, dimension)) in an
    input named `descriptors`, or one `global` vector (float32, shape (1, dimension)) in an input named
    `features`. Where `vector` is above 0 the first rows of `descriptors` hold a vector for the whole picture.
    Its output `probabilities` has shape (1, len(labels)), in the order of `labels`.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    name: ModelName
    version: int = Field(ge=1)
    created: AwareDatetime
    recipe: dict[str, object]
    extractor: Component
    features: Literal["local", "global"]
    dimension: int = Field(ge=1)
    vector: int = Field(
        default=0, ge=0, description="elements of a vector that the first rows of `descriptors` hold"
    )
    encoder: Component | None
    classifier: Component
    labels: tuple[str, ...] = Field(min_length=2)
    calibration: str
    threshold: float = Field(ge=0, le=1)
    verification: Verification | None = None
    metrics: dict[str, float]
    training_data: TrainingData | None = Field(
        default=None, description="absent where the model was trained elsewhere"
    )
    seed: int
    versions: dict[str, str] = Field(description="libraries that made the model, by name")
    files: dict[str, Sha256] = Field(description="every other file of the bundle, by path from its root")

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Manifest:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels are not distinct")
        return self

    @model_validator(mode="after")
    def _verification_has_keypoints(self) -> Manifest:
        if self.verification and self.features != "local":
            raise ValueError("verification needs local features: one vector has no keypoints")
        return self

    @model_validator(mode="after")
    def _vector_has_descriptors(self) -> Manifest:
        if self.vector and self.features != "local":
            raise ValueError("a vector is joined to local features")
        return self

    @property
    def vector_rows(self) -> int:
        """Rows of `descriptors` that hold the vector."""
        return -(-self.vector // self.dimension)

    @property
    def extractor_digest(self) -> str:
        """Digest of the extractor: of its graph if there is one, else of name and parameters.

        Of both where a vector is joined to descriptors: the graph may give the vector alone.
        """
        graph, named = self.files.get(layout.FEATURES), self.extractor.digest
        if graph and self.vector:
            return hashlib.sha256(f"{named} {graph}".encode()).hexdigest()
        return graph or named

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) over the file digests; equal for two bundles that answer the same.

        The report is left out: it does not affect answers, and has measured times, which always differ.
        """
        report = f"{layout.REPORT}/"
        answering = {path: digest for path, digest in self.files.items() if not path.startswith(report)}
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(answering.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def to_json(self) -> str:
        """Returns the text of `manifest.json`: keys in a fixed order, two spaces, a final newline."""
        # Left out where there is none, so that servers that do not know of it read such bundles as before.
        absent = {name for name in ("verification", "training_data", "vector") if not getattr(self, name)}
        return json.dumps(self.model_dump(mode="json", exclude=absent), indent=2, ensure_ascii=False) + "\n"
