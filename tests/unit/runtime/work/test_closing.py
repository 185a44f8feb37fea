from __future__ import annotations

from runtime.work.closing import shutting_down


def test_callers_learn_what_to_do() -> None:
    error = shutting_down()
    assert (error.code.name, error.reason) == ("UNAVAILABLE", "SHUTTING_DOWN")
    # Another replica may answer, so that channels are not told to leave it.
    assert "grpc-retry-pushback-ms" not in dict(error.trailing_metadata("r-1"))
