"""What phones do once more, in Swift: the groups that are expected, and what is read from a package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundle.hierarchy import PARENT
from export.description import CENTRED, CROP
from vision.answers import Group
from vision.hierarchy import Hierarchy

PHONE = Path(__file__).resolve().parents[2] / "clients/ios"
GOLDEN = json.loads((PHONE / "Tests/LienzoTests/groups.json").read_text("utf-8"))


def expected(case: dict[str, Any]) -> Group | None:
    return Group(case["group"], case["probability"]) if case["group"] else None


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_the_phone_s_groups_are_the_server_s(case: dict[str, Any]) -> None:
    hierarchy = Hierarchy.of(GOLDEN["parents"], GOLDEN["labels"])
    found = hierarchy.surest(np.array(case["probabilities"], np.float32), case["threshold"])
    told = expected(case)
    assert (found and found.name) == (told and told.name)
    assert (found.probability if found else 0) == pytest.approx(told.probability if told else 0, abs=1e-9)


def test_every_kind_of_answer_is_among_them() -> None:
    groups = {case["group"] for case in GOLDEN["cases"]}
    # None, deep and less deep, side by side, one that is a label itself; never the top, to which all belong.
    assert groups == {None, "cat", "animal", "vehicle", "dog"}
    assert "dog" in GOLDEN["labels"]
    assert "thing" in GOLDEN["parents"].values()


def test_the_phone_reads_the_words_that_packages_have() -> None:
    sources = PHONE / "Sources/Lienzo"
    assert f'entry("{CROP}")?.hasPrefix("{CENTRED}")' in (sources / "PictureRecognizer.swift").read_text(
        "utf-8"
    )
    assert f'["{PARENT}"]' in (sources / "LabelGroups.swift").read_text("utf-8")
