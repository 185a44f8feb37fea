"""Has an ONNX model read in a process of its own, with limited memory and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bundle import layout
from export.errors import ExportError
from export.imported.preprocessing import Preprocessing

MOST_BYTES: Final = 2**31 - 1
"""Largest file: what one ONNX message can hold."""
_MEMORY_BYTES: Final = 3 * 2**30
_TIMES_FILE: Final = 8
CPU_S: Final = 300
_WALL_S: Final = 900.0


@dataclass(frozen=True)
class ImportedModel:
    """A model that was trained elsewhere: read, checked, and converted to a feature graph.

    Attributes:
        graph: `features.onnx`, from the picture to a number for each class.
        input: Name of the input that takes the picture.
        output: Name of the output.
        layout: `NCHW` or `NHWC`.
        side_px: Side of the model's own input.
        square_px: Side of the square that the graph takes, of which the rim may be cut off.
        classes: Number of classes.
        scores: Whether its numbers are scores, from which a softmax makes probabilities; else probabilities.
        has_softmax: Whether it ends in a softmax of its own, which is moved behind the calibration.
        opset: Version of its operators.
        ir_version: Version of the format.
        nodes: Number of its nodes.
        parameters: Number of its weights.
        milliseconds: Median time of one picture on one core.
    """

    graph: bytes
    input: str
    output: str
    layout: str
    side_px: int
    square_px: int
    classes: int
    scores: bool
    has_softmax: bool
    opset: int
    ir_version: int
    nodes: int
    parameters: int
    milliseconds: float


def understand(
    file: Path,
    preprocessing: Preprocessing,
    output: str = "",
    *,
    memory_bytes: int | None = None,
    cpu_s: int = CPU_S,
) -> ImportedModel:
    """Reads, checks, converts and times a model.

    Args:
        file: The ONNX file.
        preprocessing: How the picture is prepared.
        output: The output to take; empty where there is one.
        memory_bytes: Memory of the process that reads it; by default 3 GiB and eight times the file.
        cpu_s: Seconds of a core after which it is stopped.

    Raises:
        ExportError: When it cannot be read or is refused; the message names the file.
    """
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ExportError(f"{file}: cannot be read ({error.strerror})") from error
    if size > MOST_BYTES:
        raise ExportError(f"{file}: {size / 2**30:.1f} GiB; 2 GiB are the most in one file")
    with tempfile.TemporaryDirectory(prefix="lienzo-") as folder:
        written = Path(folder) / layout.FEATURES
        order = {
            "file": str(file.resolve()),
            "output": output,
            "written": str(written),
            "preprocessing": preprocessing.to_json(),
            "memory_bytes": memory_bytes or _MEMORY_BYTES + _TIMES_FILE * size,
            "cpu_s": cpu_s,
        }
        answer = _answered(file, order)
        return ImportedModel(graph=written.read_bytes(), **answer)


def _answered(file: Path, order: dict[str, object]) -> dict[str, Any]:
    command = [sys.executable, "-m", "lienzo_application", "export.imported.child"]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            command,
            input=json.dumps(order),
            capture_output=True,
            text=True,
            check=False,
            timeout=_WALL_S,
            env={**os.environ, **one_thread},
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"{file}: reading it takes more than {_WALL_S:.0f} seconds") from error
    if done.returncode:
        raise ExportError(f"{file}: {_ended(done.returncode, done.stderr, order)}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise ExportError(f"{file}: {answer['error']}")
    return answer


def _ended(status: int, log: str, order: dict[str, object]) -> str:
    memory = int(str(order["memory_bytes"])) / 2**30
    if status in (-24, -9):  # the kernel's answer to the limit of processor time
        return f"reading it takes more than {order['cpu_s']} seconds of a core"
    if "bad_alloc" in log or "MemoryError" in log or "memory" in log.lower():
        return f"reading it takes more than {memory:.1f} GiB of memory"
    last = log.strip().splitlines()[-1:] or ["no message"]
    return f"the process that read it ended with status {status} ({last[0][:200]})"
