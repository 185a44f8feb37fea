"""Writes the Python stubs of the contract: `python protos/generate.py [--check]`.

With `--check` nothing is written; the exit status is 1 when the committed stubs differ from what the
`.proto` files give.
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent
STUBS = ROOT / "python"


def generate(destination: Path) -> None:
    """Writes messages, services and their types for every `.proto` file.

    Args:
        destination: Existing folder that becomes the root of the `lienzo` namespace.

    Raises:
        SystemExit: When the compiler refuses a file, after its own message on standard error.
    """
    sources = sorted(str(path) for path in (ROOT / "lienzo").rglob("*.proto"))
    plugins = Path(sys.executable).parent
    status = protoc.main(
        [
            "protoc",
            f"--plugin=protoc-gen-mypy={plugins / 'protoc-gen-mypy'}",
            f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
            f"--proto_path={ROOT}",
            f"--proto_path={Path(grpc_tools.__file__).parent / '_proto'}",
            f"--python_out={destination}",
            f"--grpc_python_out={destination}",
            f"--mypy_out=quiet:{destination}",
            f"--mypy_grpc_out=quiet:{destination}",
            *sources,
        ]
    )
    if status != 0:
        raise SystemExit(status)
    for folder in {path.parent for path in destination.rglob("*_pb2.py")}:
        (folder / "py.typed").touch()
    for source in map(Path, sources):
        if "\nservice " not in source.read_text(encoding="utf-8"):
            for stub in (destination / source.parent.relative_to(ROOT)).glob(f"{source.stem}_pb2_grpc.py*"):
                stub.unlink()


def differences(left: Path, right: Path) -> list[str]:
    """Names the files that differ between two trees, or are in one only."""
    names = {
        str(path.relative_to(tree))
        for tree in (left, right)
        for path in tree.rglob("*_pb2*.py*")
        if path.suffix in {".py", ".pyi"}
    }
    return sorted(
        name
        for name in names
        if not (left / name).is_file()
        or not (right / name).is_file()
        or not filecmp.cmp(left / name, right / name, shallow=False)
    )


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        if not arguments.check:
            shutil.rmtree(STUBS / "lienzo", ignore_errors=True)
            shutil.copytree(fresh / "lienzo", STUBS / "lienzo")
            return 0
        stale = differences(fresh, STUBS)
    for name in stale:
        print(f"protos/python/{name}: differs from the .proto files; run: make stubs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
