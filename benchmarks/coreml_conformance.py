"""All conformance cases of the `onnx` package through converter and interpreter.

`python -m benchmarks.coreml_conformance` prints the counts, the operators, and why cases are skipped.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import onnx

from benchmarks.command_line import new_parser
from lienzo_coreml.conformance import Outcome, load_cases, run_case

ROOT = Path(__file__).resolve().parents[1]
PASSED = ROOT / "tests" / "export" / "coreml" / "conformance_passed.txt"
SKIPPED = ROOT / "export" / "coreml" / "CONFORMANCE.md"
HEAD = """# Conformance cases that are skipped

Of the {all} node cases inside the `onnx` package {version}, {passed} are converted, saved, loaded,
interpreted and equal to what they expect; none fails. Tolerances are their own, but that bfloat16, which is
computed in fp32, is compared to 2⁻⁶, and Fourier transforms to four roundings of their largest number.
{skipped} are skipped, each for a reason that the converter names. `make conformance` compares with this
table, and `python -m benchmarks.coreml_conformance --write` renews it.

| cases | reason | names |
|---:|---|---|
"""


def main() -> int:
    parser = new_parser(__doc__)
    parser.add_argument("--list", action="store_true", help="every case with its outcome, too")
    parser.add_argument(
        "--write",
        action="store_true",
        help="renew what make conformance compares with: names of cases that pass, table of the others",
    )
    arguments = parser.parse_args()
    begin = time.perf_counter()
    outcomes = [run_case(case) for case in load_cases()]
    if arguments.list:
        for outcome in outcomes:
            print(f"{outcome.result:8}{outcome.name}  {outcome.reason}")
    counts = Counter(outcome.result for outcome in outcomes)
    ops = sorted({op for outcome in outcomes if outcome.result == "passed" for op in outcome.ops})
    print(f"{len(outcomes)} cases in {time.perf_counter() - begin:.0f} s: {dict(counts)}")
    print(f"{len(ops)} operators in cases that passed: {', '.join(ops)}")
    print("skipped because:")
    for reason, names in by_reason(outcomes):
        print(f"{len(names):5}  {reason}")
    if arguments.write and not counts["failed"]:
        renew(outcomes)
    return 1 if counts["failed"] else 0


def by_reason(outcomes: Sequence[Outcome]) -> list[tuple[str, list[str]]]:
    """Groups the skipped cases, the largest group first."""
    groups: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.result == "skipped":
            groups[outcome.plain_reason].append(outcome.name)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def renew(outcomes: Sequence[Outcome]) -> None:
    """Writes the names of the cases that pass, and the table of the others."""
    passed = sorted(outcome.name for outcome in outcomes if outcome.result == "passed")
    PASSED.write_text("\n".join(passed) + "\n")
    groups = by_reason(outcomes)
    skipped = sum(len(names) for _, names in groups)
    head = HEAD.format(all=len(outcomes), version=onnx.__version__, passed=len(passed), skipped=skipped)
    rows = [f"| {len(names)} | {reason} | {', '.join(names)} |" for reason, names in groups]
    SKIPPED.write_text(head + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
