"""How often the works in a photo are among the ten that a phone shortlists without a network.

Run `python -m benchmarks.catalogue_shortlist`. The answers are those of onnxruntime, with which the package
is compared when it is written.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.catalogue import Query, measured_import, museum_queries, tell
from benchmarks.command_line import new_parser
from catalogue.view import View
from export.phone.shortlist import nearest_works, table_of


def main() -> None:
    """Prints one JSON object."""
    new_parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as root:
        measured(measured_import(Path(root)), museum_queries())


def measured(view: View, queries: Sequence[Query]) -> None:
    """Tells how many works are on the shortlist, and how many are its first."""
    ids = list(view.numbers)
    table = table_of([view.reference(number).preview for number in view.numbers.values()])
    begin = time.process_time()
    lists = [[ids[row] for row in nearest_works(table, query.picture.pixels)[0]] for query in queries]
    milliseconds = 1e3 * (time.process_time() - begin) / len(queries)
    shown = [(work, found) for found, query in zip(lists, queries, strict=True) for work in query.wanted]
    any_of = [bool(query.wanted & set(found)) for found, query in zip(lists, queries, strict=True)]
    tell(
        "shortlist",
        {
            "works": len(shown),
            "among_ten": sum(work in found for work, found in shown) / len(shown),
            "first": sum(work == found[0] for work, found in shown) / len(shown),
            "photos_with_one": sum(any_of) / len(queries),
            "processor_ms": milliseconds,
        },
    )


if __name__ == "__main__":
    main()
