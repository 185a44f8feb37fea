"""Converts pictures with and without an ICC profile to sRGB."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

# Largest difference in an 8-bit channel that still counts as "this profile is sRGB".
_SAME_COLOR = 2


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Converts a picture to sRGB through its profile.

    Args:
        image: Mode L, LA, RGB, RGBA, CMYK or LAB.
        profile: The embedded ICC profile. One that is broken or made for another mode is ignored.

    Returns:
        The picture in mode RGB, or RGBA when it has an alpha channel.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    opaque = image if alpha is None else image.convert("L" if image.mode == "LA" else "RGB")
    transform = srgb_transform(profile, opaque.mode)
    if transform is None and opaque.mode == "RGB" and alpha is None:
        return opaque
    colors = opaque.convert("RGB") if transform is None else ImageCms.applyTransform(opaque, transform)
    if colors is None:  # never, but Pillow's type allows it for in-place conversion
        return opaque.convert("RGB")
    if alpha is not None:
        colors.putalpha(alpha)
    return colors


@lru_cache(maxsize=16)
def srgb_transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Builds the transform from a profile to sRGB, relative colorimetric with black point compensation.

    Cached, because pictures of one camera share their profile.

    Args:
        profile: ICC profile, or None.
        mode: Pillow mode of the picture: L, RGB, CMYK or LAB.

    Returns:
        The transform, or None when Pillow's plain conversion suffices: no profile, one that cannot be used,
        or sRGB itself.
    """
    if profile is None and mode != "LAB":
        return None
    try:
        source = (
            ImageCms.createProfile("LAB")
            if profile is None
            else ImageCms.ImageCmsProfile(io.BytesIO(profile))
        )
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return None if mode == "RGB" and _changes_nothing(transform) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, 6).astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(6, 36, 3)
    converted = ImageCms.applyTransform(Image.fromarray(probe), transform)
    return bool(np.abs(np.asarray(converted).astype(int) - probe).max() <= _SAME_COLOR)
