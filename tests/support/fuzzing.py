"""Fuzzing of everything that reads input from outside: it must be read or refused with a known error.

Each input follows from a seed and a number, so that a failure can be repeated.
"""

from __future__ import annotations

import asyncio
import io
import random
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pillow_heif
from PIL import Image
from pydantic import ValidationError
from starlette.requests import Request

from bundle import layout
from bundle.manifest import Manifest
from runtime.status import StatusError
from services.gateway.http.bodies import read_picture
from sources.address import parse_address
from sources.errors import SourceError
from tests.support import bombs
from tests.support.bundle import describe
from vision.errors import InvalidExemplars, PictureError
from vision.extractors.features import LocalFeatures
from vision.matching import Exemplar, Exemplars, read_exemplars
from vision.picture import PictureLimits, decode, decode_cheaply

Content = bytes
_NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_LIMITS: Final = PictureLimits(max_bytes=2**20, max_pixels=2_000_000, min_side_px=1)


@dataclass(frozen=True)
class Target:
    """Something that reads input.

    Attributes:
        samples: Makes valid inputs.
        read: Reads one input.
        refusals: The exceptions that a mutated input may raise.
    """

    samples: Callable[[], Sequence[Content]]
    read: Callable[[Content], object]
    refusals: tuple[type[Exception], ...]


@dataclass
class Outcome:
    """The outcome of a run.

    Attributes:
        runs: Inputs that were tried.
        refused: Inputs that were refused.
        slowest_s: Processor seconds of the slowest input.
        faults: Number of each input that raised another exception, with that exception.
    """

    runs: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    faults: list[tuple[int, str]] = field(default_factory=list)


def fuzz(name: str, numbers: Iterable[int], seed: int, *, ends: Callable[[int], bool]) -> Outcome:
    """Tries inputs of a target.

    Args:
        name: A key of `TARGETS`.
        numbers: Which inputs.
        seed: Of all inputs.
        ends: Is asked before each input, with its number, whether to end.
    """
    target, outcome = TARGETS[name], Outcome()
    samples = target.samples()
    for number in numbers:
        if ends(number):
            break
        content = mutated(samples, random.Random(f"{name} {seed} {number}"))
        began = time.process_time()
        try:
            target.read(content)
        except target.refusals:
            outcome.refused += 1
        except Exception as fault:  # noqa: BLE001  # to find these is what this is for
            outcome.faults.append((number, f"{type(fault).__name__}: {fault}"))
        outcome.runs += 1
        outcome.slowest_s = max(outcome.slowest_s, time.process_time() - began)
    return outcome


def mutated(samples: Sequence[Content], chance: random.Random) -> Content:
    """Changes a sample in one to six places."""
    content = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, 6)):
        at = int(len(content) * chance.random() ** chance.choice((1, 3)))  # headers more often than the rest
        match chance.randrange(7):
            case 0:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                width = chance.choice((1, 2, 4))
                number = chance.choice(_NUMBERS) & (256**width - 1)
                content[at : at + width] = number.to_bytes(width, chance.choice(("big", "little")))
            case 2:
                del content[at : at + chance.randint(1, 64)]
            case 3:
                content[at:at] = content[at : at + chance.randint(1, 64)] * chance.choice((1, 2, 50))
            case 4:
                content[at:at] = chance.randbytes(chance.randint(1, 32))
            case 5:
                other = chance.choice(samples)
                start = chance.randrange(max(1, len(other)))
                content[at : at + 64] = other[start : start + chance.randint(1, 200)]
            case _:
                del content[at + 1 :]
    return bytes(content)


@lru_cache(maxsize=1)
def pictures() -> tuple[Content, ...]:
    """Small pictures in every format, compression and mode."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8).repeat(6, 0).repeat(6, 1)
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    options: list[tuple[str, str, dict[str, Any]]] = [
        ("jpeg", "RGB", {"exif": exif}),
        ("jpeg", "L", {"progressive": True}),
        ("jpeg", "RGB", {"progressive": True, "quality": 40}),
        ("jpeg", "CMYK", {"restart_marker_blocks": 2}),
        *[("png", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
        *[("gif", mode, {}) for mode in ("P", "L")],
        *[("webp", mode, {"lossless": mode == "RGBA"}) for mode in ("RGB", "RGBA")],
        *[("tiff", mode, {}) for mode in ("1", "L", "F", "I;16", "RGBA", "CMYK", "LAB")],
        *[
            ("tiff", "RGB", {"compression": f"tiff_{name}"})
            for name in ("lzw", "deflate", "jpeg", "adobe_deflate")
        ],
        ("tiff", "1", {"compression": "group4"}),
        *[("bmp", mode, {}) for mode in ("1", "P", "RGB", "RGBA")],
    ]
    found = [
        encoded(image if mode == "LAB" else image.convert(mode), kind, more) for kind, mode, more in options
    ]
    heic = io.BytesIO()
    pillow_heif.from_pillow(image).save(heic, quality=50)
    tiles = bombs.flat_tiff((40, 40), (16, 16), bits=16, samples=3, tiled=True)
    text = bombs.chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(b"text" * 100))
    return *found, heic.getvalue(), tiles, bombs.bmp_of_runs(20, 20), bombs.flat_png((32, 32), 2, 3, text)


def encoded(image: Image.Image, picture_format: str, options: dict[str, Any]) -> Content:
    """Writes a picture with Pillow."""
    file = io.BytesIO()
    image.save(file, picture_format, **options)
    return file.getvalue()


def read_picture_file(content: Content) -> None:
    """Decodes a picture for features and for a palette."""
    decode(content, _LIMITS, max_side_px=20)
    decode_cheaply(content, _LIMITS, 10)


def forms() -> tuple[Content, ...]:
    """Bodies of forms with a picture."""
    disposed = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
    head = disposed + b"Content-Type: image/jpeg\r\n\r\n"
    field_ = b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nart\r\n'
    named = head.replace(b'"a.jpg"', b'"a b; c.jpg"')
    return head + b"\xff\xd8\r\n--x--\r\n", field_ + head + b"data\r\n--x--\r\n", named + b"data\r\n--x--\r\n"


def read_form(content: Content) -> None:
    """Reads a form as the gateway does."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    asyncio.run(read_picture(Request(scope, receive), 2**20))


def manifests() -> tuple[Content, ...]:
    """Manifests of bundles."""
    return (describe({layout.CLASSIFIER: b""}).to_json().encode(),)


def addresses() -> tuple[Content, ...]:
    """Addresses of every kind."""
    return (
        b"s3://museum/2024/a b.jpg",
        b"oci://bucket@namespace/key/",
        b"gs://bucket/key",
        b"https://museum.example:8443/a%20b.jpg?size=1",
        b"https://[2001:db8::1]/a.jpg",
        "https://museum.example/ä.jpg".encode(),
        b"file:///pictures/a.jpg",
    )


def archives() -> tuple[Content, ...]:
    """Zip files of a bundle's exemplars."""
    features = LocalFeatures(np.arange(5 * 8, dtype=np.uint8).reshape(5, 8), np.ones((5, 4), np.float32))
    return (Exemplars((Exemplar(1, features, (100.0, 80.0)),), "uint8").to_bytes(),)


TARGETS: Final[dict[str, Target]] = {
    "picture": Target(pictures, read_picture_file, (PictureError,)),
    "manifest": Target(manifests, Manifest.model_validate_json, (ValidationError,)),
    "form": Target(forms, read_form, (StatusError,)),
    "address": Target(
        addresses, lambda content: parse_address(content.decode(errors="replace")), (SourceError,)
    ),
    "archive": Target(
        archives,
        lambda content: read_exemplars(content, labels=3, dimension=8, kind="uint8"),
        (InvalidExemplars,),
    ),
}
