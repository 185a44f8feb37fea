"""The contract keeps its promises: `make buf` compares it with protos/baseline.binpb."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROTOS = Path(__file__).resolve().parents[2] / "protos"
REQUEST = "message ClassifyImageRequest {"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    return shutil.copytree(PROTOS, tmp_path / "protos", ignore=shutil.ignore_patterns("python"))


def breaks(contract: Path) -> subprocess.CompletedProcess[str]:
    buf = Path(sys.executable).with_name("buf")
    command = [str(buf), "breaking", "--against", "baseline.binpb"]
    return subprocess.run(command, cwd=contract, capture_output=True, text=True, check=False, timeout=60)


def changed(contract: Path, old: str, new: str) -> Path:
    file = contract / "lienzo/gateway/v1/gateway.proto"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return contract


def test_the_contract_breaks_no_promise(contract: Path) -> None:
    done = breaks(contract)
    assert done.returncode == 0, done.stdout


def test_a_field_under_another_number_is_a_break(contract: Path) -> None:
    done = breaks(changed(contract, "top_k = 3;", "top_k = 33;"))
    assert done.returncode != 0
    assert '"top_k" on message "ClassifyImageRequest" was deleted' in done.stdout


def test_a_new_field_is_no_break(contract: Path) -> None:
    done = breaks(changed(contract, REQUEST, f"{REQUEST}\n  string asked_by = 99;"))
    assert done.returncode == 0, done.stdout
