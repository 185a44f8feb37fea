"""Spoilt pictures, manifests, forms, addresses and archives: `python -m benchmarks.fuzzing [--minutes N]`.

Each target runs in a process of its own for so long. Exit status 1 when one ends by a signal, raises what it
must not, or takes longer than five seconds for one input. `--seed S --target T --input N` tries one again.
"""

from __future__ import annotations

import argparse
import faulthandler
import itertools
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.fuzzing import TARGETS, fuzz, mutated

HANG_S = 5.0


def run_target(name: str, seed: int, minutes: float, progress: Path) -> None:
    """Fuzzes in this process, and prints the outcome as JSON; a hang ends the process with a traceback."""
    end = time.monotonic() + 60 * minutes
    with progress.open("wb", buffering=0) as file:

        def ends(number: int) -> bool:
            faulthandler.dump_traceback_later(20 * HANG_S, exit=True)
            file.seek(0)
            file.write(b"%12d" % number)
            return time.monotonic() > end

        outcome = fuzz(name, itertools.count(), seed, ends=ends)
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps(vars(outcome)))


def report_on(name: str, seed: int, minutes: float) -> bool:
    """Fuzzes in a child process, and prints a line; returns whether all was well."""
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder, "progress")
        command = [sys.executable, "-m", "benchmarks.fuzzing", "--target", name, "--seed", str(seed)]
        command += ["--minutes", str(minutes), "--progress", str(progress)]
        child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if child.returncode:
            at = progress.read_text() if progress.exists() else "0"
            print(f"{name:10} ended with status {child.returncode} at input {int(at)}")
            return False
    outcome = json.loads(child.stdout)
    print(
        f"{name:10}{outcome['runs']:9} runs {outcome['refused']:9} refused  slowest "
        f"{outcome['slowest_s']:.2f} s{len(outcome['faults']):4} faults"
    )
    for number, fault in outcome["faults"][:10]:
        print(f"           input {number}: {fault}")
    return not outcome["faults"] and outcome["slowest_s"] < HANG_S


def main() -> None:
    """Prints a line for each target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, help="one target; all when not given")
    parser.add_argument("--input", type=int, help="try only the input of this number, and show its fault")
    parser.add_argument("--progress", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable()
    if options.input is not None:
        target = TARGETS[options.target]
        chance = random.Random(f"{options.target} {options.seed} {options.input}")
        print(target.read(mutated(target.samples(), chance)))
    elif options.progress:
        run_target(options.target, options.seed, options.minutes, options.progress)
    else:
        names = [options.target] if options.target else list(TARGETS)
        wells = [report_on(name, options.seed, options.minutes) for name in names]
        raise SystemExit(not all(wells))


if __name__ == "__main__":
    main()
