"""Writes `docs/api.md` and descriptions for OpenAPI from the contract: `python protos/document.py [--check]`.

With `--check` nothing is written; the exit status is 1 when a committed file differs from the comments.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import grpc_tools
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent
PAGE = ROOT.parent / "docs" / "api.md"
DESCRIPTIONS = ROOT.parent / "services" / "gateway" / "http" / "descriptions.json"
DESCRIBED = ("lienzo.gateway.v1", "lienzo.image.v1", "lienzo.catalogue.v1")
FIRST = ("gateway", "image", "features", "classification", "palette", "catalogue")
"""Areas in the order of the page; others follow by name."""
AREAS = (*FIRST, *sorted({path.name for path in (ROOT / "lienzo").iterdir() if path.is_dir()} - set(FIRST)))

_TYPES = {
    value.number: name.removeprefix("TYPE_").lower()
    for name, value in descriptor_pb2.FieldDescriptorProto.Type.DESCRIPTOR.values_by_name.items()
}
# Field numbers of descriptor.proto, which the paths of comments are made of.
_PACKAGE, _MESSAGE, _ENUM, _SERVICE = 2, 4, 5, 6
_METHOD = _FIELD = _VALUE = 2
_ONEOF = 8


class Comments:
    """The comments of one file, by the path of the element that they precede."""

    def __init__(self, file: descriptor_pb2.FileDescriptorProto) -> None:
        self._texts = {tuple(each.path): each.leading_comments for each in file.source_code_info.location}

    def paragraph(self, *path: int) -> str:
        """Returns a comment as one line."""
        return " ".join(self._texts.get(path, "").split())

    def text(self, *path: int) -> str:
        """Returns a comment with its paragraphs."""
        paragraphs = self._texts.get(path, "").split("\n\n")
        return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def read_files() -> list[descriptor_pb2.FileDescriptorProto]:
    """Compiles all files of the contract with their comments, the gateway's first.

    Raises:
        SystemExit: When the compiler refuses one, after its own message on standard error.
    """
    sources = [str(path) for area in AREAS for path in sorted((ROOT / "lienzo" / area).rglob("*.proto"))]
    with tempfile.NamedTemporaryFile(suffix=".binpb") as output:
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={ROOT}",
                f"--proto_path={Path(grpc_tools.__file__).parent / '_proto'}",
                "--include_source_info",
                f"--descriptor_set_out={output.name}",
                *sources,
            ]
        )
        if status != 0:
            raise SystemExit(status)
        return list(descriptor_pb2.FileDescriptorSet.FromString(Path(output.name).read_bytes()).file)


def page(files: Sequence[descriptor_pb2.FileDescriptorProto]) -> str:
    """Makes the whole page."""
    lines = [
        "# The contract",
        "",
        "Generated from the comments in `protos/` by `make stubs`. An app needs `lienzo.gateway.v1` and "
        "`lienzo.image.v1`.",
    ]
    package = ""
    order = {f"lienzo.{area}.v1": number for number, area in enumerate(AREAS)}
    for file in sorted(files, key=lambda each: (order[each.package], each.name)):
        comments = Comments(file)
        if file.package != package:
            package = file.package
            lines += ["", f"## {package}"]
        if introduction := comments.text(_PACKAGE):
            lines += ["", introduction]
        lines += _services(file, comments)
        lines += _messages(file, comments)
        lines += _enums(file, comments)
    return "\n".join(lines) + "\n"


def descriptions(files: Sequence[descriptor_pb2.FileDescriptorProto]) -> str:
    """Makes the comments of the gateway's messages and their fields as JSON, by full name."""
    found: dict[str, str] = {}
    for file in files:
        if file.package not in DESCRIBED:
            continue
        comments = Comments(file)
        for number, message in enumerate(file.message_type):
            name = f"{file.package}.{message.name}"
            found[name] = comments.paragraph(_MESSAGE, number)
            for index, field in enumerate(message.field):
                found[f"{name}.{field.name}"] = comments.paragraph(_MESSAGE, number, _FIELD, index)
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _services(file: descriptor_pb2.FileDescriptorProto, comments: Comments) -> Iterator[str]:
    for number, service in enumerate(file.service):
        yield from ("", f"### {service.name}", "", comments.text(_SERVICE, number))
        for index, method in enumerate(service.method):
            request = ("stream " if method.client_streaming else "") + _short(method.input_type)
            response = ("stream " if method.server_streaming else "") + _short(method.output_type)
            yield from ("", f"**{method.name}** ({request}) → {response}", "")
            yield comments.paragraph(_SERVICE, number, _METHOD, index)
            if method.options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS:
                yield from ("", "No side effects: it may be repeated, and Connect may send it by GET.")


def _messages(file: descriptor_pb2.FileDescriptorProto, comments: Comments) -> Iterator[str]:
    for number, message in enumerate(file.message_type):
        yield from ("", f"### {message.name}", "", comments.text(_MESSAGE, number))
        if message.field:
            yield from ("", "| field | type | what |", "|---|---|---|")
        for index, field in enumerate(message.field):
            comment = comments.paragraph(_MESSAGE, number, _FIELD, index).replace("|", "\\|")
            yield f"| `{field.name}` | {_type(field, message)} | {comment} |"
        for index, oneof in enumerate(message.oneof_decl):
            members = [f"`{each.name}`" for each in message.field if _is_in(each, index)]
            if comment := comments.paragraph(_MESSAGE, number, _ONEOF, index):
                yield from ("", f"`{oneof.name}`, one of {', '.join(members)}: {comment}")


def _enums(file: descriptor_pb2.FileDescriptorProto, comments: Comments) -> Iterator[str]:
    for number, enum in enumerate(file.enum_type):
        yield from (
            "",
            f"### {enum.name}",
            "",
            comments.text(_ENUM, number),
            "",
            "| value | what |",
            "|---|---|",
        )
        for index, value in enumerate(enum.value):
            yield f"| `{value.name}` | {comments.paragraph(_ENUM, number, _VALUE, index)} |"


def _type(field: descriptor_pb2.FieldDescriptorProto, message: descriptor_pb2.DescriptorProto) -> str:
    for nested in message.nested_type:
        if nested.options.map_entry and field.type_name.endswith(f".{nested.name}"):
            return f"map of {_TYPES[nested.field[0].type]} to {_TYPES[nested.field[1].type]}"
    name = _short(field.type_name) if field.type_name else _TYPES[field.type]
    if field.label == descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED:
        return f"repeated {name}"
    if field.HasField("oneof_index"):
        return f"{name}, one of `{message.oneof_decl[field.oneof_index].name}`"
    return name


def _is_in(field: descriptor_pb2.FieldDescriptorProto, oneof: int) -> bool:
    return field.HasField("oneof_index") and field.oneof_index == oneof


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    files = read_files()
    stale = 0
    for path, text in ((PAGE, page(files)), (DESCRIPTIONS, descriptions(files))):
        if not arguments.check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            name = path.relative_to(ROOT.parent)
            print(f"{name}: differs from the comments in the .proto files; run: make stubs", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    raise SystemExit(main())
