"""Writes `docs/settings.md` from the settings classes: `python docs/generate/settings.py [--check]`.

With `--check` nothing is written; the exit status is 1 when the committed page differs from the classes.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from page import code, table, write_or_check
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import services
from runtime.configuration.settings import ServerSettings

INTRODUCTION = """\
# Settings

Generated from the settings classes by `make reference`. Each service is a process with settings of its own;
there are no settings files. A value is taken from the first of:

1. a flag: `--grpc-port 50051`;
2. `LIENZO_<PROCESS>_<NAME>`, for one process: `LIENZO_FEATURES_GRPC_PORT=50051`;
3. `LIENZO_<NAME>`, for all processes: `LIENZO_LOG_FORMAT=json`;
4. the default.

An empty variable counts as not set; an empty path or address as a flag is refused. All problems are reported
at the start, one line each, and the exit status is 2. A switch takes no value as a flag (`--insecure`,
`--no-insecure`) and `true` or `false` as a variable.

`lienzo serve` without a service starts all of them on this machine. Its flags then go to the gateway, and so
do the variables of its addresses and credentials; the other services listen on loopback."""

TYPES = {str: "text", int: "whole number", float: "number", bool: "switch", Path: "path"}
HEADINGS = ("flag", "variable", "type", "default", "range", "what")


def settings_classes() -> list[type[ServerSettings]]:
    """Lists the settings classes of all services, by their gRPC ports."""
    found = []
    for module in pkgutil.iter_modules(services.__path__):
        if module.ispkg:
            loaded = vars(importlib.import_module(f"services.{module.name}.settings")).values()
            found += [each for each in loaded if getattr(each, "process", "") == module.name]
    return sorted(found, key=lambda kind: int(kind.model_fields["grpc_port"].default))


def lines() -> list[str]:
    """Makes the page: one table for the settings that the same processes have."""
    kinds = settings_classes()
    names = dict.fromkeys(name for kind in kinds for name in kind.model_fields)
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        owners = tuple(kind.process for kind in kinds if name in kind.model_fields)
        groups.setdefault(owners, []).append(name)
    page = [INTRODUCTION]
    for owners in sorted(groups, key=len, reverse=True):
        everyone = len(owners) == len(kinds)
        page += ["", f"## {'Every process' if everyone else ', '.join(owners)}"]
        fields = {kind.process: kind.model_fields for kind in kinds if kind.process in owners}
        page += table(HEADINGS, [_row(name, fields) for name in groups[owners]])
    return page


def _row(name: str, fields: Mapping[str, Mapping[str, FieldInfo]]) -> list[str]:
    one = {process: each[name] for process, each in fields.items()}
    prefix = f"LIENZO_{next(iter(one)).upper()}_" if len(one) == 1 else "LIENZO_"
    columns = (_type, _default, _range, lambda _, field: field.description)
    cells = [_cell({process: column(name, field) for process, field in one.items()}) for column in columns]
    return [code(f"--{name.replace('_', '-')}"), code(prefix + name.upper()), *cells]


def _cell(values: Mapping[str, str]) -> str:
    """Formats the value that most processes have, then those of the others, each by its process."""
    (usual, count), *others = Counter(values.values()).most_common()
    if not others:
        return usual
    if count == 1:
        return ", ".join(f"{process} {value}" for process, value in values.items())
    odd = [f"{process}: {value}" for process, value in values.items() if value != usual]
    return "; ".join([usual, *odd])


def _type(_: str, field: FieldInfo) -> str:
    return _type_name(field.annotation)


def _type_name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(code(value) for value in get_args(annotation))
    if origin in (Union, UnionType):
        return _type_name(get_args(annotation)[0])
    return TYPES[getattr(annotation, "__origin__", annotation)]


def _default(name: str, field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "computed"
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    size = f" ({value // 2**20} MiB)" if name.endswith("_bytes") else ""
    return code(str(value)) + size


def _range(_: str, field: FieldInfo) -> str:
    return ", ".join(_bounds([*field.metadata, *_inner_metadata(field.annotation)]))


def _inner_metadata(annotation: Any) -> Iterator[Any]:
    """Yields the bounds inside `Port | None`, where they belong to the part that is not None."""
    for part in get_args(annotation):
        for extra in getattr(part, "__metadata__", ()):
            yield from getattr(extra, "metadata", ())


def _bounds(metadata: Sequence[Any]) -> Iterator[str]:
    for each in metadata:
        if isinstance(each, Ge):
            yield f"at least {each.ge:,}"
        elif isinstance(each, Gt):
            yield f"above {each.gt:,}"
        elif isinstance(each, Le):
            yield f"at most {each.le:,}"
        elif words := re.fullmatch(r"\^\(\?i:(.*)\)\$", getattr(each, "pattern", "")):
            yield ", ".join(map(code, words[1].split("|")))


if __name__ == "__main__":
    raise SystemExit(write_or_check("settings.md", __doc__, lines))
