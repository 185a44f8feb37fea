"""Reads sizes, labels and outputs from flags; refuses what cannot be meant before anything is converted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.sizes import MOST_NUMBERS, open_sizes

if TYPE_CHECKING:
    import onnx  # takes a while, and the flags are listed without it

MOST_OF_AN_AXIS = 1_000_000
"""Largest size of `--fix`: inputs of the fixed size are made for the comparison."""
MOST_ROWS = 2**31 - 1
"""Largest bound of `--max-rows`: Core ML's sizes are int32."""
SHOWN = 60


def shortened(text: str) -> str:
    """Returns a text that fits a message.

    >>> shortened("224"), shortened("9" * 5000)[-4:]
    ('224', '999…')
    """
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def whole_number(text: str, most: int) -> int | None:
    """Reads a number from 1 to `most`; None for any other text, of however many digits.

    >>> whole_number("224", 1000), whole_number("0", 1000), whole_number("9" * 5000, 1000)
    (224, None, None)
    """
    digits = text.lstrip("0")
    # Python refuses to read a number of more than 4,300 digits, so their count is looked at first.
    if not (text.isascii() and text.isdecimal()) or not 1 <= len(digits) <= len(str(most)):
        return None
    return int(digits) if int(digits) <= most else None


def labels_of(file: Path) -> list[str]:
    """Reads the names of the classes, one per line; a byte order mark is not part of the first.

    Raises:
        UnsupportedModel: When the file cannot be read, or is not text.
    """
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UnsupportedModel(f"--labels {file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UnsupportedModel(f"--labels {file}: not UTF-8 text (byte {error.start})") from error


def check_outputs(names: Sequence[str]) -> None:
    """Raises UnsupportedModel when an output is named twice."""
    for number, name in enumerate(names):
        if name in names[:number]:
            raise UnsupportedModel(f"--outputs {name} is given twice")


def fixed_sizes(entries: Sequence[str], model: onnx.ModelProto) -> dict[str, int]:
    """Reads the sizes of `--fix NAME=SIZE`.

    Raises:
        UnsupportedModel: When an entry has another form, stands twice, names a size that the inputs of the
            model do not have, or makes an input too large to compare.
    """
    names = open_sizes(model)
    sizes: dict[str, int] = {}
    for entry in entries:
        name, _, text = entry.rpartition("=")
        flag = f"--fix {shortened(entry)}"
        if not name or not text.isdecimal():
            raise UnsupportedModel(f"{flag}: NAME=SIZE is expected, such as batch=1")
        size = whole_number(text, MOST_OF_AN_AXIS)
        if size is None:
            raise UnsupportedModel(f"{flag}: a size from 1 to {MOST_OF_AN_AXIS} is expected")
        if name not in names:
            there = f"there are {', '.join(names)}" if names else "the inputs have no such size"
            raise UnsupportedModel(f'{flag}: no open size "{shortened(name)}"; {there}')
        if sizes.setdefault(name, size) != size:
            raise UnsupportedModel(f"{flag}: {name} is fixed at {sizes[name]} already")
    for info in model.graph.input if sizes else ():
        dimensions = info.type.tensor_type.shape.dim
        numbers = math.prod(sizes.get(each.dim_param, max(each.dim_value, 1)) for each in dimensions)
        if numbers > MOST_NUMBERS:
            flags = " ".join(f"--fix {name}={size}" for name, size in sizes.items())
            raise UnsupportedModel(
                f'{flags}: input "{info.name}" would have {numbers} numbers, and {MOST_NUMBERS} are the most'
            )
    return sizes
