"""The extractors by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from vision.errors import UnknownExtractor
from vision.extractors.akaze import Akaze
from vision.extractors.brief import Brief
from vision.extractors.brisk import Brisk
from vision.extractors.daisy import Daisy
from vision.extractors.features import Extractor, Parameter
from vision.extractors.freak import Freak
from vision.extractors.kaze import Kaze
from vision.extractors.orb import Orb
from vision.extractors.parameters import checked
from vision.extractors.positions import PositionedExtractor, PositionOption
from vision.extractors.rootsift import RootSift
from vision.extractors.sift import Sift
from vision.extractors.surf import Surf, surf_is_installed

_EXTRACTORS: dict[str, Callable[..., Extractor]] = {
    each.name: each for each in (Akaze, Brief, Brisk, Daisy, Freak, Kaze, Orb, RootSift, Sift, Surf)
}
_PLACES = "places"
_DEFAULTS: Mapping[str, Parameter] = MappingProxyType({})


def extractor_names() -> list[str]:
    """Lists the extractors that can be used here, sorted; SURF only when its library is installed.

    >>> "rootsift" in extractor_names()
    True
    """
    return sorted(name for name in _EXTRACTORS if name != Surf.name or surf_is_installed())


def is_of_opencv(name: str) -> bool:
    """Whether a name is that of an extractor in this registry, installed here or not."""
    return name in _EXTRACTORS


def create_extractor(name: str, parameters: Mapping[str, Parameter] = _DEFAULTS) -> Extractor:
    """Creates an extractor; parameters that are not given have their defaults.

    Args:
        name: One of `extractor_names()`.
        parameters: By name; numbers may be given as decimal text. Besides its own every extractor has
            `places`; `append` appends the keypoint's position to each descriptor.

    Raises:
        UnknownExtractor: When there is no extractor of this name.
        ExtractorNotInstalled: When it needs a library that is not installed.
        InvalidExtractorParameter: For an unknown parameter, or a value out of range.

    >>> create_extractor("rootsift", {"max_keypoints": "300"}).parameters["max_keypoints"]
    300
    """
    kind: Any = _EXTRACTORS.get(name)
    if kind is None:
        raise UnknownExtractor(name, extractor_names())
    own = {key: value for key, value in parameters.items() if key != _PLACES}
    created: Extractor = kind(**checked(name, kind, own))
    shared = checked(name, PositionOption, {key: parameters[key] for key in parameters if key == _PLACES})
    return PositionedExtractor(created) if PositionOption(**shared).places == "append" else created
