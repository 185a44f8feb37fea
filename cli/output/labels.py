"""What a new version of a model means to the apps that ask for it: labels that it does not know any more."""

from __future__ import annotations

from pathlib import Path

from bundle.errors import BundleError
from bundle.folder import read_manifest
from bundle.manifest import Manifest
from bundle.repository import list_versions

_NAMED = 3


def lost_labels(models: Path, manifest: Manifest) -> str:
    """Names the labels of the version before that a new one does not have; empty where it has them all.

    Args:
        models: The model repository.
        manifest: Of the new version.
    """
    older = [each for each in list_versions(models).get(manifest.name, []) if each < manifest.version]
    if not older:
        return ""
    try:
        before = read_manifest(models / manifest.name / str(older[-1]))
    except BundleError:
        return ""
    lost = [label for label in before.labels if label not in manifest.labels]
    if not lost:
        return ""
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    name = manifest.name
    return (
        f"  ! {name} {before.version} has labels that {name} {manifest.version} does not have: "
        f"{', '.join(lost[:_NAMED])}{more}. Apps that ask for {name} do not get them any more."
    )
