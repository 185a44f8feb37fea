"""Writes `docs/errors.md` from the tables of reasons: `python docs/generate/errors.py [--check]`.

With `--check` nothing is written; the exit status is 1 when the committed page differs from the tables.
"""

from __future__ import annotations

from page import code, table, write_or_check

from lienzo_client.errors import error_class
from lienzo_client.reasons import REASONS as CLIENT_REASONS
from runtime.reasons.table import AREAS

INTRODUCTION = """\
# Errors

Generated from the tables in `runtime/reasons/` and `clients/python/lienzo_client/reasons.py`
by `make reference`.

A call that fails carries a gRPC status, a stable reason, one English sentence, and the values in that
sentence as metadata. Decide by the reason: sentences may change, and an app has texts of its own in its
user's language. Any version may add reasons; treat unknown ones by their status.

| protocol | the reason is in |
|---|---|
| gRPC | `google.rpc.ErrorInfo` (domain `lienzo`) and `RequestInfo` in `grpc-status-details-bin` |
| an item of a stream | `lienzo.image.v1.ItemError` |
| HTTP | `reason` of the RFC 9457 problem details, beside `code`, `metadata` and `request_id` |
| Connect, gRPC-Web | the same details as over gRPC; the HTTP status is the protocol's own |
| `lienzo-client` | `reason` of the exception; the column *Python* has its class |

`UNAVAILABLE`, `DEADLINE_EXCEEDED` and `RESOURCE_EXHAUSTED` may pass, `COLLECTION_TOO_LARGE` apart: try again,
with exponential backoff (`google.rpc.RetryInfo`, or over HTTP the header `retry-after`, has the first pause).
With any other status the same request fails again. `INTERNAL` is a fault of the server: report it with the
request id, which is in its log.

A message above the transport's own limit is refused by gRPC itself, as `RESOURCE_EXHAUSTED` without a reason;
`lienzo-client` reports `PICTURE_TOO_LARGE`."""

CLIENT = """
## On the client's side

Errors of `lienzo-client` and its reference app themselves, where no server was reached or nothing was sent.
Exceptions: `ServerUnavailable`, `DeadlineExceeded`, `InvalidPicture` for files, and the app's own."""


def lines() -> list[str]:
    """Makes the page: a table for each area, then one for the client."""
    page = [INTRODUCTION]
    for title, reasons in AREAS.items():
        page += ["", f"## {title}"]
        page += table(
            ("reason", "gRPC", "HTTP", "Python", "meaning and remedy", "metadata"),
            [
                (
                    code(each.name),
                    code(each.code.name),
                    str(each.http_status),
                    code(error_class(each.code.name, each.name).__name__),
                    each.meaning,
                    ", ".join(map(code, each.values)),
                )
                for each in reasons
            ],
        )
    page.append(CLIENT)
    page += table(
        ("reason", "gRPC", "meaning and remedy", "metadata"),
        [
            (code(each.name), code(each.code), each.meaning, ", ".join(map(code, each.values)))
            for each in CLIENT_REASONS.values()
        ],
    )
    return page


if __name__ == "__main__":
    raise SystemExit(write_or_check("errors.md", __doc__, lines))
