"""The README's own commands, as a newcomer would type them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.S)
    for line in block.splitlines()
    if line.startswith("lienzo ")
]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `photos/`, one folder per class, and `photo.jpg`, which is in none of them."""
    pytest.importorskip("skimage", reason="the photographs are made from scikit-image's pictures")
    from cli.commands.demo import pictures

    folder = tmp_path_factory.mktemp("workplace")
    pictures.write_image_set(folder / "photos", per_class=5, seed=1)
    for label in list(pictures.PICTURES)[4:]:
        shutil.rmtree(folder / "photos" / label)
    known, unknown = pictures.write_unseen(folder, seed=2)
    known.rename(folder / "photo.jpg")
    unknown.rename(folder / "wall.jpg")
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENZO_")}
    environment["XDG_CACHE_HOME"] = str(folder / "cache")
    words = [sys.executable, "-m", "cli", *shlex.split(command)[1:]]
    return subprocess.run(
        words,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_command_of_the_readme_does_what_it_says(workplace: Path) -> None:
    assert [command.split()[1] for command in COMMANDS] == [
        "train",
        "evaluate",
        "classify",
        "explain",
        "palette",
        "models",
    ]
    for command in COMMANDS:
        done = run(command, workplace)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), f"{command} says nothing"
        assert "Traceback" not in done.stderr

    known = json.loads(run("lienzo classify photo.jpg --model artworks --json", workplace).stdout)
    assert known["label"] == "astronaut"
    wall = json.loads(run("lienzo classify wall.jpg --model artworks --json", workplace).stdout)
    assert wall["recognized"] is False
