"""Classifies thousands of pictures over one stream; prints the answers or keeps them in a file."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.errors import INTERRUPTED, CliError
from cli.output.console import answers, messages, print_json_line, say
from cli.pictures.queue import PictureQueue
from cli.results.lines import answer_line, error_line, error_to_json, to_json
from cli.results.parquet_file import ParquetFile
from cli.results.text_file import ResultsFile, Row
from lienzo_client import Classification, Client, LienzoError, Picture, StreamItem

Results = ResultsFile | ParquetFile

# Codes of errors that may pass, which are not kept as answers.
_PASSING = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "CANCELLED", "INTERNAL", "UNKNOWN")

_KINDS = ("recognised", "of a group alone", "not recognised", "failed")


class Sink(Protocol):
    """Destination of answers."""

    def take(self, name: str, answer: Classification | LienzoError) -> None:
        """Takes the answer for one picture."""


@dataclasses.dataclass
class Lines:
    """Prints a line per picture, for people or for machines."""

    as_json: bool
    name_cells: int

    def take(self, name: str, answer: Classification | LienzoError) -> None:
        """Prints the answer; an error goes to standard error as well."""
        if isinstance(answer, LienzoError):
            say(error_line(name, answer))
            if self.as_json:
                print_json_line(error_to_json(name, answer))
        elif self.as_json:
            print_json_line(to_json(name, answer))
        else:
            answers().print(answer_line(name, answer, self.name_cells), soft_wrap=True)


@dataclasses.dataclass
class Rows:
    """Keeps a row per picture; prints errors that may pass instead, so that the next run tries again."""

    file: Results

    def take(self, name: str, answer: Classification | LienzoError) -> None:
        """Writes the answer at once."""
        if isinstance(answer, LienzoError) and answer.code in _PASSING:
            say(error_line(name, answer))
        else:
            self.file.write(_row(name, answer))


def open_results(path: Path, model: str) -> Results:
    """Opens the file for answers by its extension; raises as its class does."""
    return ParquetFile(path, model) if path.suffix == ".parquet" else ResultsFile(path, model)


def stream_to_lines(client: Client, queue: PictureQueue, model: str, *, as_json: bool) -> int:
    """Prints answers as they come, in any order.

    Returns:
        Number of failed pictures.
    """
    sink = Lines(as_json, max((len(photo.name) for photo in queue.photos), default=40))
    counts: Counter[str] = Counter()
    _stream(client, queue, model, sink, counts)
    return counts["failed"]


def stream_to_file(client: Client, queue: PictureQueue, model: str, results: Results) -> int:
    """Keeps answers in a file; the queue must skip pictures with an answer in the file.

    Returns:
        Number of failed pictures.

    Raises:
        CliError: When it is interrupted; the message has the progress.
    """
    started = time.monotonic()
    counts: Counter[str] = Counter()
    with results:
        try:
            _stream(client, queue, model, Rows(results), counts)
        except KeyboardInterrupt:
            raise CliError(_stopped(counts, queue, results.path), INTERRUPTED) from None
    say(_summary(counts, queue.skipped, time.monotonic() - started, results.path))
    return counts["failed"]


def _stream(client: Client, queue: PictureQueue, model: str, sink: Sink, counts: Counter[str]) -> None:
    names: dict[str, str] = {}
    unread: deque[tuple[str, LienzoError]] = deque()  # filled by the thread that reads the queue

    def take(name: str, answer: Classification | LienzoError) -> None:
        counts[_kind(answer)] += 1
        sink.take(name, answer)

    def take_unread() -> None:
        while unread:
            take(*unread.popleft())

    def requests() -> Iterator[tuple[str, Picture]]:
        for number, (name, picture) in enumerate(queue.pictures()):
            if isinstance(picture, LienzoError):
                unread.append((name, picture))
            else:
                names[str(number)] = name
                yield str(number), picture

    for item in _watched(client.stream_classify_images(requests(), model=model), queue.total):
        answer = (
            item.classification or item.error or LienzoError("INTERNAL", "", "The answer has no content.")
        )
        take(names.pop(item.request_id), answer)
        take_unread()
    take_unread()


def _watched(items: Iterator[StreamItem], total: int | None) -> Iterator[StreamItem]:
    console = messages()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total, rate="")
        started = time.monotonic()
        for count, item in enumerate(items, start=1):
            rate = count / max(1e-3, time.monotonic() - started)
            progress.update(task, completed=count, rate=f"{rate:.0f}/s")
            yield item


def _kind(answer: Classification | LienzoError) -> str:
    if isinstance(answer, LienzoError):
        return "failed"
    if answer.recognized:
        return "recognised"
    return "not recognised" if answer.group is None else "of a group alone"


def _row(name: str, answer: Classification | LienzoError) -> Row:
    if isinstance(answer, LienzoError):
        return {"picture": name, "error": answer.reason or answer.code, "message": answer.message}
    return {
        "picture": name,
        "label": answer.label,
        "probability": round(answer.probability, 6),
        "recognized": answer.recognized,
        "threshold": answer.threshold,
        "best_label": answer.labels[0].name if answer.labels else None,
        "model": answer.model.name,
        "version": answer.model.version,
        "total_ms": round(answer.timings_ms.get("total", 0.0), 3),
        "group": answer.group.name if answer.group else None,
        "group_probability": round(answer.group.probability, 6) if answer.group else None,
    }


def _summary(counts: Counter[str], before: int, seconds: float, path: Path) -> str:
    done = counts.total()
    parts = [f"{counts[kind]} {kind}" for kind in _KINDS if counts[kind]]
    pace = f", {done / seconds:.0f} per second" if seconds > 0 and done else ""
    already = f" {before} were there already." if before else ""
    return f"{done} pictures: {', '.join(parts) or 'nothing to do'}{pace}. Answers: {path}.{already}"


def _stopped(counts: Counter[str], queue: PictureQueue, path: Path) -> str:
    of = "" if queue.total is None else f" of {queue.total}"
    return f"Stopped after {counts.total()}{of}. The same command continues from there ({path})."
