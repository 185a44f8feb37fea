from __future__ import annotations

import threading

from runtime.work.closing import Closing, shutting_down


def test_whoever_waits_is_told_once() -> None:
    closing, told = Closing(), []
    with closing.telling(lambda: told.append("first")), closing.telling(lambda: told.append("second")):
        assert not closing.is_set
        closing.close()
        closing.close()
    assert (closing.is_set, told) == (True, ["first", "second"])


def test_who_has_stopped_waiting_is_not_told() -> None:
    closing, told = Closing(), []
    with closing.telling(lambda: told.append("left")):
        pass
    closing.close()
    assert told == []


def test_who_comes_late_is_told_at_once() -> None:
    closing, told = Closing(), []
    closing.close()
    with closing.telling(lambda: told.append("late")):
        assert told == ["late"]


def test_nobody_is_missed_who_comes_while_it_closes() -> None:
    for _ in range(50):
        closing, told = Closing(), threading.Event()
        closer = threading.Thread(target=closing.close)
        closer.start()
        with closing.telling(told.set):
            closer.join()
            assert told.wait(5)


def test_callers_learn_what_to_do() -> None:
    error = shutting_down()
    assert (error.code.name, error.reason) == ("UNAVAILABLE", "SHUTTING_DOWN")
    # Another replica may answer, so that channels are not told to leave it.
    assert "grpc-retry-pushback-ms" not in dict(error.trailing_metadata("r-1"))
