"""The table of operators in the README, made from the handlers.

`python -m lienzo_coreml.operators export/coreml/README.md` renews it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from lienzo_coreml.control import CONTROL
from lienzo_coreml.registry import Handler, supported_ops

BEGIN, END = "<!-- operators: begin -->", "<!-- operators: end -->"
FAMILIES = {
    "arithmetic, trigonometry": ("elementwise",),
    "types": ("casting",),
    "logic": ("logic",),
    "reductions": ("reduction",),
    "shape": ("shape", "slicing"),
    "indexing": ("indexing",),
    "layers": ("convolution", "matrix", "pooling", "resizing", "grids"),
    "recurrent": ("recurrent",),
    "sequences": ("sequences",),
    "normalisation": ("normalization",),
    "activations": ("activation",),
    "detection": ("detection",),
    "quantised": ("quantised",),
    "`ai.onnx.ml`": ("ml_features", "ml_trees", "ml_vectors"),
    "control": ("scanning",),
}
"""Families of the table, and the modules of `lienzo_coreml.ops` that hold their handlers."""


def operator_table() -> Iterator[str]:
    """Yields the lines: a row for each family, with what is not covered behind an operator's name."""
    yield "| family | operators |"
    yield "|---|---|"
    for title, modules in FAMILIES.items():
        handlers = [each for each in supported_ops() if _module(each) in modules]
        cells = sorted({_cell(handler) for handler in handlers})
        if title == "control":
            cells += sorted(f"{op} ({NEEDS[op]})" for op in set(CONTROL) - {"Scan"})
        yield f"| {title} | {', '.join(cells)} |"


NEEDS = {
    "If": "a computed condition where both branches give the same shapes",
    "Loop": "a known number of turns, each of which becomes operations of its own",
}


def _module(handler: Handler) -> str:
    return handler.lower.__module__.rpartition(".")[2]


def _cell(handler: Handler) -> str:
    name = f"{handler.domain}.{handler.op}" if handler.domain == "com.microsoft" else handler.op
    return f"{name} ({handler.limits})" if handler.limits else name


def with_table(page: str) -> str:
    """Renews the table between its two marks in a page."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n" + "\n".join(operator_table()) + f"\n{END}{after}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(with_table(target.read_text("utf-8")), "utf-8")
