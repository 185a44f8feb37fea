"""`onnx2coreml FILE.onnx`: converts a file, or lists what can be converted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from lienzo_coreml.errors import CoreMLError, CoremltoolsMissing, UnsupportedModel
from lienzo_coreml.flags import MOST_ROWS, shortened, whole_number
from lienzo_coreml.loading import load_coremltools

FAULT, WRONG_INPUT = 1, 2


def run() -> None:
    """Entry point of the distribution."""
    raise SystemExit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Runs one command line.

    Returns:
        Exit status: 0 done, 2 wrong input, 1 anything else; what is wrong is one line on standard error.
    """
    given = vars(parser().parse_args(arguments))
    as_json, only_list = given.pop("json"), given.pop("supported")
    try:
        if only_list:
            print(json.dumps(supported(), indent=2) if as_json else "\n".join(supported_lines()))  # noqa: T201
            return 0
        if given["file"] is None:
            raise UnsupportedModel("which FILE.onnx? See: onnx2coreml --help")
        load_coremltools()
        from lienzo_coreml.files import convert_file

        made = convert_file(**given)
    except (CoreMLError, OSError) as error:
        print(f"onnx2coreml: {error}", file=sys.stderr)  # noqa: T201
        return FAULT if isinstance(error, CoremltoolsMissing) else WRONG_INPUT
    for line in () if as_json else made.lines():
        print(line, file=sys.stderr)  # noqa: T201
    print(json.dumps(made.to_json()) if as_json else made.path)  # noqa: T201
    return 0


def parser() -> argparse.ArgumentParser:
    """The flags; `lienzo onnx2coreml` has the same."""
    made = _Parser(prog="onnx2coreml", description="Convert an ONNX model to a Core ML package.")
    made.add_argument("file", nargs="?", type=Path, metavar="FILE.onnx")
    made.add_argument("--output", type=Path, metavar="PATH", help="by default beside FILE.onnx")
    made.add_argument("--supported", action="store_true", help="list what can be converted")
    made.add_argument("--image", default="", metavar="INPUT", help="the input that is a picture, 0 to 255")
    made.add_argument(
        "--normalise", choices=["imagenet", "clip", "unit", "symmetric"], help="scale and bias by name"
    )
    made.add_argument(
        "--scale", default="1", metavar="N[,N,N]", help="what every channel, or each, is multiplied by"
    )
    made.add_argument(
        "--bias",
        default="0",
        metavar="N[,N,N]",
        help="what is added then; write --bias=-1 where it is negative",
    )
    made.add_argument(
        "--color", choices=["rgb", "bgr", "grey"], default="rgb", help="channels that the model expects"
    )
    made.add_argument(
        "--size", default="", metavar="SIDE", help="of the picture, where the model leaves it open"
    )
    made.add_argument("--labels", type=Path, metavar="FILE", help="one label per line: makes a classifier")
    made.add_argument(
        "--softmax",
        choices=["auto", "yes", "no"],
        default="auto",
        help="append a softmax; auto: to a classifier whose model ends in scores",
    )
    made.add_argument(
        "--outputs", action="append", default=[], metavar="NAME", help="an output to keep, by default all"
    )
    made.add_argument(
        "--fix", action="append", default=[], metavar="NAME=SIZE", help="a size that the model leaves open"
    )
    made.add_argument("--max-rows", type=_count, default=2000, metavar="N", help="bound of sizes left open")
    made.add_argument("--precision", choices=["fp32", "fp16"], default="fp32", help="of numbers and weights")
    made.add_argument(
        "--quantize", choices=["int8", "palette8"], help="weights of linear layers and convolutions in 8 bits"
    )
    made.add_argument(
        "--target", choices=["iOS15", "iOS16", "iOS17", "iOS18"], default="iOS16", help="oldest system"
    )
    made.add_argument("--author", default="", help="who made the model")
    made.add_argument("--license", default="", help="terms of use")
    made.add_argument("--description", default="", help="what the model does, in a sentence")
    made.add_argument("--version", default="", help="version of the model")
    made.add_argument("--json", action="store_true", help="answer as JSON")
    return made


def supported() -> dict[str, Any]:
    """The opsets and operators that can be converted, and their limits, for machines."""
    load_coremltools()
    from lienzo_coreml.registry import OPSETS, supported_ops

    operators = [
        {"op": each.title, "newest": each.newest, "fixed": list(each.fixed.values()), "limits": each.limits}
        for each in supported_ops()
    ]
    return {"opsets": {key or "ai.onnx": value for key, value in OPSETS.items()}, "operators": operators}


def supported_lines() -> Iterator[str]:
    """The same for people."""
    known = supported()
    for domain, (lowest, highest) in known["opsets"].items():
        yield f"opset {domain} {lowest} to {highest}"
    for each in known["operators"]:
        fixed = f"known in advance: {', '.join(each['fixed'])}" if each["fixed"] else ""
        yield "  ".join(filter(None, (f"{each['op']:38}", each["limits"], fixed))).rstrip()


def _count(text: str) -> int:
    number = whole_number(text, MOST_ROWS)
    if number is None:
        raise argparse.ArgumentTypeError(f"{shortened(text)} is not a number from 1 to {MOST_ROWS}")
    return number


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_INPUT, f"{self.prog}: {message}. See: {self.prog} --help\n")
