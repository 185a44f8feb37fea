"""The extractors by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from vision.errors import UnknownExtractor
from vision.extractors.features import Extractor, Parameter
from vision.extractors.parameters import checked
from vision.extractors.rootsift import RootSift
from vision.extractors.sift import Sift

_EXTRACTORS: dict[str, Callable[..., Extractor]] = {each.name: each for each in (RootSift, Sift)}
_DEFAULTS: Mapping[str, Parameter] = MappingProxyType({})


def extractor_names() -> list[str]:
    """Names of all extractors, sorted.

    >>> "rootsift" in extractor_names()
    True
    """
    return sorted(_EXTRACTORS)


def create_extractor(name: str, parameters: Mapping[str, Parameter] = _DEFAULTS) -> Extractor:
    """An extractor with the parameters given and the defaults of all others.

    Args:
        name: One of `extractor_names()`.
        parameters: By name; numbers may be given as decimal text.

    Raises:
        UnknownExtractor: When there is none of that name.
        InvalidExtractorParameter: For an unknown parameter, or a value out of its range.

    >>> create_extractor("rootsift", {"max_keypoints": "300"}).parameters["max_keypoints"]
    300
    """
    kind: Any = _EXTRACTORS.get(name)
    if kind is None:
        raise UnknownExtractor(name, extractor_names())
    created: Extractor = kind(**checked(name, kind, parameters))
    return created
