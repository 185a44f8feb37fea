"""Writes the contract's messages for other platforms: `python clients/generate.py FOLDER`.

Java, Kotlin, Objective-C and C# are what protoc writes by itself. Service stubs, and all of Swift, come from
plugins that each platform's own build brings along: see the README of each in `clients/`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
THIRD_PARTY = PROTOS / "third_party"
PACKAGES = ("image", "gateway")
PLATFORMS = ("java", "kotlin", "objc", "csharp")
ERRORS_COME_ALONG = {"objc"}
"""The platforms without a package of `google.rpc.Status`: they get it from `protos/third_party`."""


def generate(folder: Path, platform: str) -> list[Path]:
    """Writes the messages that an app needs for one platform, and returns the files.

    Raises:
        subprocess.CalledProcessError: When the compiler refuses a file; it has then said why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = sorted(str(path) for area in PACKAGES for path in (PROTOS / "lienzo" / area).rglob("*.proto"))
    if platform in ERRORS_COME_ALONG:
        sources += sorted(map(str, THIRD_PARTY.rglob("*.proto")))
    options = "base_namespace=:" if platform == "csharp" else ""
    protoc = Path(sys.executable).with_name("protoc")
    command = [str(protoc), f"--proto_path={THIRD_PARTY}", f"--proto_path={PROTOS}"]
    command += [f"--{platform}_out={options}{folder}", *sources]
    subprocess.run(command, check=True)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Runs the command line."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python clients/generate.py FOLDER")
    for platform in PLATFORMS:
        folder = Path(sys.argv[1]) / platform
        print(f"{platform}: {len(generate(folder, platform))} files in {folder}")


if __name__ == "__main__":
    main()
