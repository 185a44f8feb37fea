"""An import that is killed anywhere loses no finished work and repeats none."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalogue.reader import Reader
from catalogue.writer import open_writer
from tests.support.works import make_catalogue

KILLS = 6

# Puts the same work under new ids until it is killed, and says each id once the work is in the file.
WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from catalogue.reader import Reader
from catalogue.work import Record, Work
from catalogue.writer import open_writer
root = Path(sys.argv[1])
reference = Reader(root / "museum").view().reference(0)
with open_writer(root, "museum") as writer:
    number = len(writer.records)
    while True:
        writer.put(Work(Record(f"work-{number}"), reference), sync=False)
        print(f"work-{number}", flush=True)
        number += 1
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_no_finished_work_and_repeats_none(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [0])
    reader = Reader(tmp_path / "museum")
    got = ["work-0"]
    for kill in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            got.append(process.stdout.readline().strip())
            time.sleep(random.Random(kill).uniform(0, 0.05))
            process.kill()
            got += process.stdout.read().split()
        found = list(reader.view().numbers)  # the reader was open all the time
        assert found[: len(got)] == got
        # One more may be complete that could not be told any more.
        assert len(found) <= len(got) + 1
        assert len(set(found)) == len(found)
        with open_writer(tmp_path, "museum") as writer:
            assert list(writer.records) == found
        got = found
    assert list(Reader(tmp_path / "museum").view().numbers) == got
