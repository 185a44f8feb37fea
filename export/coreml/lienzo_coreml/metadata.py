"""Metadata of a Core ML model, which Xcode shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONVERSION_DATE = "com.github.apple.coremltools.conversion_date"


@dataclass(frozen=True)
class Metadata:
    """Texts that Xcode shows and an app can read.

    Attributes:
        description: What the model does, in a sentence.
        author: Author of the model.
        license: Terms of use.
        version: Version of the model, as text.
        features: A sentence per input or output, by its name in Core ML.
        entries: Further entries by key; `com.apple.coreml.model.preview.type` makes Xcode show a preview.
    """

    description: str = ""
    author: str = ""
    license: str = ""
    version: str = ""
    features: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)


def describe(model: Any, metadata: Metadata) -> Any:
    """Writes the texts into a model and returns it."""
    description = model.get_spec().description
    texts = description.metadata
    model.short_description = metadata.description or texts.shortDescription
    model.author = metadata.author or texts.author
    model.license = metadata.license or texts.license
    model.version = metadata.version or texts.versionString
    # Without the date, writing a model twice gives the same file.
    model.user_defined_metadata.pop(CONVERSION_DATE, None)
    for key, text in metadata.entries.items():
        model.user_defined_metadata[key] = text
    for feature in description.input:
        if feature.name in metadata.features:
            model.input_description[feature.name] = metadata.features[feature.name]
    for feature in description.output:
        if feature.name in metadata.features:
            model.output_description[feature.name] = metadata.features[feature.name]
    return model
