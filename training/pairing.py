"""Which encoder goes with which extractor."""

from __future__ import annotations

from typing import get_args

from training.encoders import EncoderSettings
from training.encoders.joined import JoinedSettings
from training.encoders.local import LocalEncoder
from training.encoders.pca import PcaSettings
from training.encoders.vector import VectorSettings
from training.extractors import AnyExtractor, feature_kind, vector_size


def mismatch(encoder: EncoderSettings, extractor: AnyExtractor) -> str:
    """Says why an encoder does not go with an extractor: half a sentence; empty where it does."""
    inner = encoder.behind if isinstance(encoder, PcaSettings) else encoder
    wanted = (
        "joined"
        if isinstance(inner, JoinedSettings)
        else "global"
        if isinstance(inner, VectorSettings)
        else "local"
    )
    given = "joined" if vector_size(extractor) else feature_kind(extractor)
    if wanted != given:
        gives = {
            "joined": "descriptors and a vector, which go with the encoder joined",
            "global": "one vector, which goes with the encoder vector",
            "local": "descriptors",
        }[given]
        return f"encoder {encoder.name}: the extractor {extractor.name} gives {gives}"
    local = inner.local if isinstance(inner, JoinedSettings) else inner
    takes_bits = isinstance(local, VectorSettings) or local.takes_bits
    if extractor.descriptor_type == "binary" and not takes_bits:
        takers = [each.model_fields["name"].default for each in get_args(LocalEncoder) if each.takes_bits]
        return (
            f"encoder {local.name}: the extractor {extractor.name} gives binary descriptors, "
            f"which only {' and '.join(takers)} takes"
        )
    return ""
