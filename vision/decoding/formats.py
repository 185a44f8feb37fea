"""Recognises the format of a file by its first bytes, never by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vision.errors import EmptyPicture, NotAPicture, PictureError

FORMAT_NAMES = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "gif": "GIF",
    "tiff": "TIFF",
    "bmp": "BMP",
    "heic": "HEIC",
}
ENDINGS: Final = frozenset(
    (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".heic", ".heif")
)
"""Usual endings of their names: what is offered in dialogs, never what decides."""

_PICTURE_SIGNATURES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"BM", "bmp"),
)
# ISO/IEC 23008-12, annex B: brands of files whose pictures are coded with HEVC, and the neutral ones.
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

_OTHER_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x7fELF", "application/x-executable"),
    (b"\0\0\x01\0", "image/vnd.microsoft.icon"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\0\0\0\x0cjP  ", "image/jp2"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL ", "image/jxl"),
    (b"v/1\x01", "image/x-exr"),
    (b"RIFF", "video/x-riff"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
)
HEAD_BYTES = 512
"""Number of bytes at the beginning of a file that suffice to recognise its format."""


def recognized_format(data: bytes) -> str:
    """Recognises the format of a picture file.

    Args:
        data: The whole file, or at least its first `HEAD_BYTES`.

    Returns:
        One of the keys of `FORMAT_NAMES`.

    Raises:
        EmptyPicture: When there are no bytes.
        NotAPicture: When the bytes do not begin like a format that lienzo reads; carries their media type.
    """
    if not data:
        raise EmptyPicture
    start = bytes(data[:HEAD_BYTES])
    for signature, name in _PICTURE_SIGNATURES:
        if start.startswith(signature):
            return name
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        if start[8:12] in (b"mif1", b"msf1") and b"avif" in start[16 : int.from_bytes(start[:4])]:
            raise NotAPicture("image/avif")
        return "heic"
    raise NotAPicture(_media_type(start))


def begins_like_a_picture(head: bytes) -> bool:
    r"""Returns whether a file begins like a picture in a format that lienzo reads.

    Args:
        head: The whole file, or at least its first `HEAD_BYTES`.

    >>> begins_like_a_picture(b"\x89PNG\r\n\x1a\n"), begins_like_a_picture(b"name;works")
    (True, False)
    """
    try:
        recognized_format(head)
    except PictureError:
        return False
    return True


def is_picture_file(path: Path) -> bool:
    """Returns whether a file begins like a picture; true where it cannot be read: reading it says why."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return True
    return begins_like_a_picture(head)


def _media_type(start: bytes) -> str:
    if start[4:8] == b"ftyp":
        return "image/avif" if start[8:12] in (b"avif", b"avis") else "video/mp4"
    for signature, media_type in _OTHER_SIGNATURES:
        if start.startswith(signature):
            return media_type
    return _text_type(start) or "application/octet-stream"


def _text_type(start: bytes) -> str | None:
    """Returns the media type of a text, or None when the bytes are not text."""
    try:
        # The cut at 512 bytes may fall inside a character; up to three of its bytes are then left over.
        text = start.decode("utf-8", errors="ignore" if len(start) == HEAD_BYTES else "strict")
    except UnicodeDecodeError:
        return None
    if len(start) - len(text.encode()) > 3 or any(c < " " and c not in "\t\n\r\f" for c in text):
        return None
    words = text.lstrip("\ufeff \t\r\n").lower()
    if words.startswith(("<!doctype html", "<html")):
        return "text/html"
    if words.startswith("<svg") or (words.startswith("<?xml") and "<svg" in words):
        return "image/svg+xml"
    return "application/json" if words.startswith(("{", "[")) else "text/plain"


def ends_early(data: bytes, picture_format: str) -> bool:
    """Returns whether a file's framing lacks its end.

    This is a cheap hint: True is not yet an error, because some programs omit the end mark, and False does
    not mean that the content is complete.
    """
    match picture_format:
        case "jpeg":  # ISO/IEC 10918-1, B.1.1.3: the end-of-image marker
            return not data.rstrip(b"\0").endswith(b"\xff\xd9")
        case "png":  # ISO/IEC 15948, 11.2.5: the IEND chunk
            return b"IEND\xaeB`\x82" not in data[-64:]
        case "gif":  # GIF89a, 27: the trailer
            return not data.rstrip(b"\0").endswith(b";")
        case "webp":  # RFC 9649, 2.4: the size in the RIFF header
            return len(data) < 8 + int.from_bytes(data[4:8], "little")
        case "bmp":  # the file size in BITMAPFILEHEADER
            return len(data) < int.from_bytes(data[2:6], "little")
        case "heic":
            return _boxes_end_early(data)
        case _:
            return False


def _boxes_end_early(data: bytes) -> bool:
    """Returns whether the last top-level box (ISO/IEC 14496-12, 4.2) extends beyond the end of the file.

    A box begins with its size in four bytes. Size 1 means that eight bytes after the type hold it, size 0
    that the box extends to the end of the file.
    """
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4])
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16])
        if size == 0:
            return False
        if size < 8:
            return True
        position += size
    return position > len(data)
