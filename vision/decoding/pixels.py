"""From an opened picture file to sRGB pixels."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from vision.decoding.formats import ends_early
from vision.decoding.header import Header, faults_typed
from vision.decoding.profile import srgb_transform, to_srgb

Pixels = npt.NDArray[np.uint8]

_REDUCTIONS = {
    1: cv2.IMREAD_COLOR_RGB,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2 | cv2.IMREAD_COLOR_RGB,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4 | cv2.IMREAD_COLOR_RGB,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_COLOR_RGB,
}
_SAMPLED_PIXELS, _DRAWN_COLORS = 20_000, 1_000


def decoded(data: bytes, header: Header, max_side_px: int | None) -> tuple[Pixels, Pixels | None]:
    """Decodes a picture.

    Args:
        data: The whole file.
        header: What `read_header` made of it.
        max_side_px: The longer side is shrunk to this many pixels at most, by area averaging.

    Returns:
        Colours, uint8 (H, W, 3) sRGB, upright; and opacity, uint8 (H, W), or None where all is opaque.

    Raises:
        TruncatedPicture: The file ends before the picture does.
        DamagedPicture: The content breaks the rules of its format.
    """
    fast = _jpeg_pixels(data, header, max_side_px)
    if fast is not None:
        return upright(fast, header.orientation), None
    with faults_typed(data, header.format):
        image = to_srgb(_shrunk(_loaded(header, max_side_px), max_side_px), header.profile)
    pixels = np.array(image)
    alpha = upright(pixels[..., 3], header.orientation) if pixels.shape[2] == 4 else None
    return upright(pixels[..., :3], header.orientation), alpha


def decoded_cheaply(data: bytes, header: Header, enough_px: int) -> tuple[Pixels, Pixels | None]:
    """Decodes a picture for those who look at its colours only; arguments and errors as for `decoded`.

    Args:
        data: The whole file.
        header: What `read_header` made of it.
        enough_px: The picture is averaged over 2, 4 or 8 pixels each way, as long as its longer side keeps
            so many. A JPEG is, while it is decoded; another is afterwards, so that one picture has the same
            colours in every format, unless it was drawn in few colours, which averaging would mix.
    """
    longer = max(header.image.size)
    factor = max((n for n in _REDUCTIONS if longer >= n * enough_px), default=1)
    if header.format == "jpeg":
        return decoded(data, header, -(-longer // factor) if factor > 1 else None)
    pixels, alpha = decoded(data, header, None)
    if factor == 1 or _is_drawn(pixels):
        return pixels, alpha
    layers = Image.fromarray(pixels if alpha is None else np.dstack([pixels, alpha])).reduce(factor)
    averaged = np.asarray(layers)
    return np.ascontiguousarray(averaged[..., :3]), None if alpha is None else averaged[..., 3]


def _is_drawn(pixels: Pixels) -> bool:
    """Whether a picture has as few colours as a drawing; photographs have tens of thousands."""
    sampled = pixels.reshape(-1, 3)[:: 1 + pixels.size // (3 * _SAMPLED_PIXELS)]
    return len(np.unique(sampled, axis=0)) <= _DRAWN_COLORS


def _jpeg_pixels(data: bytes, header: Header, max_side_px: int | None) -> Pixels | None:
    """JPEG through OpenCV, which is fast and lets other threads run; None where Pillow must decide.

    OpenCV fills what is missing in a truncated file with grey, and knows neither CMYK nor profiles.
    """
    mode = header.image.mode
    plain = mode == "RGB" or (mode == "L" and header.profile is None)
    if header.format != "jpeg" or not plain or ends_early(data, "jpeg"):
        return None
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    flags = _REDUCTIONS[_reduction(header.image.size, max_side_px)] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    if pixels is None:
        return None
    size = _size_within(header.image.size, max_side_px)
    if size != pixels.shape[1::-1]:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if srgb_transform(header.profile, "RGB") is not None:
        return np.array(to_srgb(Image.fromarray(pixels), header.profile))
    return pixels.astype(np.uint8, copy=False)


def _reduction(size: tuple[int, int], max_side_px: int | None) -> int:
    """The strongest shrinking inside the JPEG decoder that leaves at least the wanted size."""
    if max_side_px is None:
        return 1
    return max((n for n in _REDUCTIONS if -(-max(size) // n) >= max_side_px), default=1)


def _size_within(size: tuple[int, int], max_side_px: int | None) -> tuple[int, int]:
    if max_side_px is None or max(size) <= max_side_px:
        return size
    scale = max_side_px / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _loaded(header: Header, max_side_px: int | None) -> Image.Image:
    """The decoded picture in mode L, LA, RGB, RGBA, CMYK or LAB."""
    image = header.image
    if max_side_px is not None:
        width, height = _size_within(image.size, max_side_px)
        image.draft(None, (width, height))
    image.load()
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image)
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits by its upper half; 32 bits and floats with their own range as black to white."""
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    values = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(np.rint((values - low) * (255.0 / max(high - low, 1e-12))).astype(np.uint8))


def _shrunk(image: Image.Image, max_side_px: int | None) -> Image.Image:
    size = _size_within(image.size, max_side_px)
    # Pillow averages areas too, and weighs colours by their opacity.
    return image if size == image.size else image.resize(size, Image.Resampling.BOX)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turns and mirrors pixels as the EXIF orientation says (Exif 3.0, 4.6.5.1.6).

    Args:
        pixels: uint8 (H, W) or (H, W, 3), as stored.
        orientation: 1 to 8.

    Returns:
        The picture as it is to be seen, contiguous in memory.
    """
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
