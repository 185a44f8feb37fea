"""`lienzo catalogue`: keeps the works of a catalogue on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from catalogue.curating import Judgement, judge_many, judge_works
from catalogue.enrolment import enrol
from catalogue.errors import CatalogueError, UnknownCatalogue, UnusableReference, WorkExists
from catalogue.importing import import_works
from catalogue.records import read_rows
from catalogue.sharing import export_catalogue, import_catalogue
from catalogue.shelves import find_catalogue, open_shelf
from catalogue.work import Record
from cli.catalogues.call import Call
from cli.catalogues.evaluation import evaluate_catalogue
from cli.catalogues.listing import count_works, judgement_to_json, works_table, works_text, works_to_json
from cli.catalogues.mistakes import write_page
from cli.catalogues.phone import export_to_phone
from cli.errors import WRONG_INPUT, CliError, ended
from cli.options import DEFAULT_CATALOGUES, AsJson, Catalogues
from cli.output.console import answers, print_json, say
from cli.output.progress import stage_bars
from cli.pictures.files import read_picture
from runtime.configuration.processors import usable_processors
from vision.errors import PictureError
from vision.memory import keep_freed_memory

Action = Literal["import", "add", "remove", "list", "evaluate", "export"]
_WAIT_S: Final = 2.0


def catalogue(
    action: Annotated[Action, typer.Argument(help="What to do.")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DIR|PICTURE|ID|NAME QUERIES.csv]",
            help="A folder to import, a picture to add, an id to remove; to evaluate: catalogue and table.",
        ),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The catalogue.")] = "",
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            dir_okay=False,
            help="Records to import: file, title, artist, perhaps id, and any other columns.",
        ),
    ] = None,
    work_id: Annotated[
        str, typer.Option("--id", help="Id of the added work; by default the file's name.")
    ] = "",
    title: Annotated[str, typer.Option("--title", help="Title of the added work.")] = "",
    artist: Annotated[str, typer.Option("--artist", help="Artist of the added work.")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="NAME=VALUE", help="Anything else about the added work."),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace the work that has the id already, its record included."),
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", help="File to export to.")] = None,
    to: Annotated[
        Literal["file", "coreml"],
        typer.Option("--to", help="Export one file, or a package that shortlists works on a phone."),
    ] = "file",
    catalogues: Catalogues = DEFAULT_CATALOGUES,
    as_json: AsJson = False,
) -> None:
    """Keep a catalogue: import, add, remove, list, evaluate or export its works.

    `import DIR --csv FILE --name NAME` adds a work for each line of the table, passes over those that it
    has, and goes on where it was when it is called again. Running servers find new works at once.
    """
    keep_freed_memory()
    record = Record(work_id, title, artist, _columns(column or []))
    call = Call(arguments or [], name, open_shelf(catalogues), csv, record, replace, output, to, as_json)
    _ACTIONS[action](call)


def _import(call: Call) -> None:
    folder = Path(call.only("folder"))
    if not folder.exists():
        raise CliError(f"{folder}: no such file or folder.")
    if folder.is_file():
        total = import_catalogue(folder, call.shelf, call.named())
        _tell(call, {"catalogue": call.name, "works": total}, f"{call.name}: {works_text(total)}.")
        return
    rows = read_rows(folder, call.csv)
    if not rows:
        raise CliError(f"No works in {call.csv or folder}.")
    counts: Counter[str] = Counter()
    failures, new = [], []
    with call.shelf.writer(call.named()) as writer, stage_bars() as bars:
        for done, outcome in enumerate(import_works(writer, rows, usable_processors()), start=1):
            bars("works", done, len(rows))
            counts[outcome.kind] += 1
            if outcome.kind in ("added", "changed"):
                new.append(outcome.row.record.id)
            if outcome.problem:
                failures.append({"id": outcome.row.record.id, "problem": outcome.problem})
        total = len(writer.records)
    _compact(call)
    judgements = _judgements(call, new)
    by_kind = {kind: counts[kind] for kind in ("added", "changed", "unchanged", "failed")}
    if call.as_json:
        doubts = [judgement_to_json(each) for each in judgements if each.line]
        print_json(
            {"catalogue": call.name, "works": total, **by_kind, "failures": failures, "doubts": doubts}
        )
    else:
        for failure in failures:
            say(ended(failure["problem"]))
        for line in filter(None, (each.line for each in judgements)):
            say(f"  ! {line}")
        answers().print(
            f"{call.name}: {works_text(total)} ({', '.join(f'{n} {kind}' for kind, n in by_kind.items())})."
        )
    if failures:
        raise typer.Exit(WRONG_INPUT)


def _judgements(call: Call, new: list[str]) -> list[Judgement]:
    """Judges the works that were imported; others may change works meanwhile."""
    found = []
    reader = call.shelf.reader(call.name)
    reader.view()
    reader.keep()  # first, because the checks of many works take long, and may be interrupted
    with stage_bars() as bars:
        for done, judgement in enumerate(judge_many(reader, new, usable_processors()), start=1):
            bars("checks", done, len(new))
            found.append(judgement)
    return found


def _add(call: Call) -> None:
    path = Path(call.only("picture"))
    record = call.record if call.record.id else Record(**{**vars(call.record), "id": path.stem})
    try:
        work = enrol(record, read_picture(path))
    except (PictureError, UnusableReference) as error:
        raise CliError(ended(f"{path}: {error}")) from error
    with call.shelf.writer(call.named(), wait_seconds=_WAIT_S) as writer:
        is_known = record.id in writer.records
        if is_known and not call.replaces:
            exists = WorkExists(call.name, record.id)
            raise CliError(f"{exists}. Give another id with --id, or replace it with --replace.") from exists
        writer.put(work)
        total = len(writer.records)
    _compact(call)
    reader = call.shelf.reader(call.name)
    (judgement,) = judge_works(reader.view(), [record.id])
    reader.keep()
    if judgement.line and not call.as_json:
        say(f"  ! {judgement.line}")
    done = "replaced" if is_known else "added"
    _tell(
        call,
        {"works": total, **judgement_to_json(judgement)},
        f"{call.name}: {done} {record.id}, {works_text(total)}.",
    )


def _remove(call: Call) -> None:
    work_id = call.only("id")
    if call.named() not in call.shelf.names():
        raise UnknownCatalogue(call.name, call.shelf.names())
    with call.shelf.writer(call.name, wait_seconds=_WAIT_S) as writer:
        writer.remove(work_id)
        total = len(writer.records)
    _compact(call)
    _tell(call, {"id": work_id, "works": total}, f"{call.name}: removed {work_id}, {works_text(total)}.")


def _compact(call: Call) -> None:
    """Compacts a catalogue that needs it; the change before has been made, and stays where that fails."""
    try:
        call.shelf.compact(call.name, wait_seconds=_WAIT_S)
    except CatalogueError as error:
        say(ended(f"Not compacted, which the next change tries again: {error}"))


def _list(call: Call) -> None:
    if name := call.chosen():
        view = call.shelf.reader(find_catalogue(call.shelf, name)).view()
        if call.as_json:
            print_json(works_to_json(view))
        else:
            answers().print(works_table(view))
        return
    counts, problems = count_works(call.shelf)
    for problem in problems.values():
        say(ended(problem))
    lines = [f"{name}: {works_text(count)}" for name, count in counts.items()]
    found = [{"name": name, "works": count} for name, count in counts.items()]
    broken = [{"name": name, "problem": problem} for name, problem in problems.items()]
    none = "" if problems else f"No catalogues in {call.shelf.place}."
    if call.as_json or lines or none:
        _tell(call, {"catalogues": found, "unreadable": broken}, "\n".join(lines) or none)
    if problems:
        raise typer.Exit(WRONG_INPUT)


def _tell(call: Call, facts: Mapping[str, object], line: str) -> None:
    if call.as_json:
        print_json(facts)
    else:
        answers().print(line, soft_wrap=True)


def _columns(given: list[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise CliError(f"--column takes NAME=VALUE, not {each}.")
        found[name] = value
    return found


def _evaluate(call: Call) -> None:
    if len(call.arguments) != 2:
        raise CliError("Name catalogue and table: lienzo catalogue evaluate NAME QUERIES.csv")
    name, table = call.arguments
    scores = evaluate_catalogue(call.shelf.reader(find_catalogue(call.shelf, name)).view(), Path(table))
    for each in scores.unread:
        say(ended(f"{each.path}: {each.problem}"))
    if not scores.queries:
        raise CliError(f"{table}: none of its photos could be read.")
    if call.output is not None:
        write_page(scores, call.output)
    if call.as_json:
        print_json({"catalogue": name, **scores.to_json()})
    else:
        for line in scores.lines():
            answers().print(line, soft_wrap=True)
    if scores.unread:
        raise typer.Exit(WRONG_INPUT)


def _export(call: Call) -> None:
    name = find_catalogue(call.shelf, call.chosen())
    if call.to == "coreml":
        package = call.output or Path(f"{name}.mlpackage")
        _tell(call, *export_to_phone(call.shelf.reader(name).view(), package))
        return
    file = call.output or Path(f"{name}.catalogue")
    digest = export_catalogue(call.shelf.reader(name).view(), file)
    _tell(call, {"catalogue": name, "file": str(file), "sha256": digest}, f"{file}: SHA-256 {digest}")


_ACTIONS: Final[Mapping[Action, Callable[[Call], None]]] = {
    "import": _import,
    "add": _add,
    "remove": _remove,
    "list": _list,
    "evaluate": _evaluate,
    "export": _export,
}
