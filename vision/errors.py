"""Errors in a picture or in a request about one: one tree of plain exceptions.

Every exception keeps the values in its message in `details`, so that they can be sent to another process.
"""

from __future__ import annotations


class VisionError(ValueError):
    """Root of everything that `vision` raises on purpose.

    Attributes:
        details: The values in the message, by name.
    """

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details: dict[str, str] = {name: str(value) for name, value in details.items()}


class PictureError(VisionError):
    """The picture cannot be used."""


class NotAPicture(PictureError):
    """The bytes are not a picture in a format that lienzo reads."""

    def __init__(self, media_type: str) -> None:
        super().__init__(
            f"not a picture ({media_type}). JPEG, PNG, WebP, GIF, TIFF, BMP and HEIC are read",
            media_type=media_type,
        )


class EmptyPicture(NotAPicture):
    """The file is empty."""

    def __init__(self) -> None:
        PictureError.__init__(self, "not a picture: the file is empty", media_type="application/x-empty")


class TruncatedPicture(PictureError):
    """The file ends before the picture does."""

    def __init__(self, picture_format: str) -> None:
        super().__init__(
            f"truncated {picture_format}: the file ends before the picture does", format=picture_format
        )


class DamagedPicture(PictureError):
    """The format is known but the content breaks its rules."""

    def __init__(self, picture_format: str, problem: str) -> None:
        super().__init__(f"damaged {picture_format}: {problem}", format=picture_format, problem=problem)


class PictureTooLarge(PictureError):
    """The file has more bytes than allowed."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(
            f"picture of {size_bytes} bytes; at most {limit_bytes} are read",
            size_bytes=size_bytes,
            limit_bytes=limit_bytes,
        )


class TooManyPixels(PictureError):
    """The header states more pixels than allowed; nothing was decoded."""

    def __init__(self, width_px: int, height_px: int, limit_px: int) -> None:
        super().__init__(
            f"picture of {width_px}×{height_px} pixels; at most {limit_px} are decoded",
            width_px=width_px,
            height_px=height_px,
            limit_px=limit_px,
        )


class TooMuchToDecode(PictureError):
    """The picture would take more memory or work than allowed; it was not decoded."""

    def __init__(self, picture_format: str, problem: str) -> None:
        super().__init__(
            f"{picture_format} that takes too much to decode: {problem}",
            format=picture_format,
            problem=problem,
        )


class PictureTooSmall(PictureError):
    """The shorter side has fewer pixels than needed."""

    def __init__(self, width_px: int, height_px: int, min_side_px: int) -> None:
        super().__init__(
            f"picture of {width_px}×{height_px} pixels; each side needs at least {min_side_px}",
            width_px=width_px,
            height_px=height_px,
            min_side_px=min_side_px,
        )


class EmptyRegion(PictureError):
    """The part of the picture to look at has no area."""


class RegionOutsidePicture(PictureError):
    """The part of the picture to look at is not in it."""

    def __init__(self, x_px: int, y_px: int, size_px: tuple[int, int], picture_px: tuple[int, int]) -> None:
        (width, height), (picture_width, picture_height) = size_px, picture_px
        super().__init__(
            f"the part to look at, {width}×{height} pixels at {x_px}, {y_px}, is outside of the picture of "
            f"{picture_width}×{picture_height} pixels",
            x_px=x_px,
            y_px=y_px,
            width_px=width,
            height_px=height,
            picture_width_px=picture_width,
            picture_height_px=picture_height,
        )


class RegionTooSmall(PictureError):
    """The part of the picture to look at has fewer pixels than needed."""

    def __init__(self, x_px: int, y_px: int, size_px: tuple[int, int], min_side_px: int) -> None:
        width, height = size_px
        super().__init__(
            f"the part to look at has {width}×{height} pixels inside the picture, at {x_px}, {y_px}; "
            f"each side needs at least {min_side_px}",
            x_px=x_px,
            y_px=y_px,
            width_px=width,
            height_px=height,
            min_side_px=min_side_px,
        )


class FullyTransparent(PictureError):
    """Nothing in the picture is visible."""

    def __init__(self) -> None:
        super().__init__("nothing in the picture is visible: every pixel is transparent")


class InvalidColorCount(VisionError):
    """The number of colours is out of range."""

    def __init__(self, color_count: int, limit: int) -> None:
        super().__init__(
            f"a palette has 1 to {limit} colours, not {color_count}", color_count=color_count, limit=limit
        )


class UnknownColor(VisionError):
    """The text is not a CSS colour."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f'"{text}" is not a colour. Write it as in CSS: teal, #0a8, rgb(0 160 140)', text=text
        )


class UnknownPaletteFormat(VisionError):
    """Unknown name of a palette format."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f'no palette format "{name}". There are: {", ".join(known)}', name=name, known=", ".join(known)
        )


class EmptyCollection(VisionError):
    """None of a collection's pictures could be read."""

    def __init__(self) -> None:
        super().__init__("no picture of the collection could be read")


class UnknownExtractor(VisionError):
    """Unknown name of an extractor."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f'no extractor "{name}". There are: {", ".join(known)}', name=name, known=", ".join(known)
        )


class ExtractorNotInstalled(UnknownExtractor):
    """The extractor needs a library that is not installed here."""

    def __init__(self, name: str, library: str) -> None:
        VisionError.__init__(
            self,
            f'extractor "{name}" needs {library}, which is not installed: pip install lienzo[{name}]',
            name=name,
            library=library,
        )


class InvalidExtractorParameter(VisionError):
    """The extractor has no such parameter, or the value is out of range."""

    def __init__(self, extractor: str, parameter: str, problem: str) -> None:
        super().__init__(f"{extractor}: {parameter} {problem}", extractor=extractor, parameter=parameter)


class InvalidFeatureGraph(VisionError):
    """The graph does not follow the bundle format for feature graphs."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the feature graph {problem}", problem=problem)


class InvalidExemplars(VisionError):
    """A file does not hold the exemplars of a model."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the exemplars {problem}", problem=problem)
