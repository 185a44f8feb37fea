from __future__ import annotations

import subprocess
import sys

import pytest

PRINT_SWITCH = """
import os
from vision.inference import open_session
try:
    open_session(b"no model")
except Exception:
    print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


@pytest.mark.parametrize(("set_to", "expected"), [(None, "1"), ("0", "0")])
def test_nothing_is_told_to_anybody_unless_somebody_says_so(set_to: str | None, expected: str) -> None:
    environment = {"PATH": "", **({"ORT_DISABLE_TELEMETRY": set_to} if set_to else {})}

    done = subprocess.run(
        [sys.executable, "-c", PRINT_SWITCH], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == expected
