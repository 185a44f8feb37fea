"""Works judged for their curator."""

from __future__ import annotations

from pathlib import Path

import cv2
from threadpoolctl import threadpool_info

from catalogue.curating import judge_many, judge_works
from catalogue.reader import Reader
from catalogue.work import Record, Work
from catalogue.writer import open_writer
from tests.support.works import make_catalogue, work


def test_many_works_are_judged_in_order_as_each_alone(tmp_path: Path) -> None:
    reader = Reader(make_catalogue(tmp_path, range(6)))
    with open_writer(tmp_path, "museum") as writer:
        writer.put(Work(Record("copy"), work(2).reference))
        writer.remove("work-4")
    ids = ["work-5", "copy", "work-0", "work-4", "gone", "work-2", "work-1"]
    judged = list(judge_many(reader, ids, 2))
    assert [each.work_id for each in judged] == ["work-5", "copy", "work-0", "work-2", "work-1"]
    assert judged == list(judge_works(reader.view(), ids))
    assert [name for name, _ in judged[1].look_alikes] == ["work-2"]


def test_works_that_are_judged_side_by_side_have_one_thread_each(tmp_path: Path) -> None:
    def threads() -> set[int]:
        return {cv2.getNumThreads(), *(each["num_threads"] for each in threadpool_info())}

    reader = Reader(make_catalogue(tmp_path, range(2)))
    before = threads()
    assert [threads() for _ in judge_many(reader, ["work-0", "work-1"], 2)] == [{1}, {1}]
    assert threads() == before
