"""All conformance cases of the `onnx` package through converter and interpreter.

`python -m benchmarks.coreml_conformance [--list]` prints the counts, the operators, and why
cases are skipped.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter

from lienzo_coreml.conformance import load_cases, run_case


def main(*, listed: bool) -> int:
    begin = time.perf_counter()
    outcomes = [run_case(case) for case in load_cases()]
    if listed:
        for outcome in outcomes:
            print(f"{outcome.result:8}{outcome.name}  {outcome.reason}")
    counts = Counter(outcome.result for outcome in outcomes)
    ops = sorted({op for outcome in outcomes if outcome.result == "passed" for op in outcome.ops})
    reasons = Counter(
        re.sub(r" \(node [^)]*\)|\d+", "", outcome.reason)
        for outcome in outcomes
        if outcome.result == "skipped"
    )
    print(f"{len(outcomes)} cases in {time.perf_counter() - begin:.0f} s: {dict(counts)}")
    print(f"{len(ops)} operators in cases that passed: {', '.join(ops)}")
    print("skipped because:")
    for reason, count in reasons.most_common():
        print(f"{count:5}  {reason}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(listed="--list" in sys.argv))
