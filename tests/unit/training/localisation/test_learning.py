"""Learning the localiser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from training.graphs.extractors.localiser import LOOK_PX, read_localiser
from training.localisation.__main__ import main
from training.localisation.boxes import found_boxes
from training.networks.localiser import learn_localiser, overlap


@pytest.mark.slow
def test_bright_boxes_are_learnt_and_found_by_the_graph_as_by_the_network() -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 0.4, (512, 2))
    boxes = np.hstack([low, low + rng.uniform(0.3, 0.6, (512, 2))]).astype(np.float32)
    photos = np.full((512, LOOK_PX, LOOK_PX, 3), 40, np.uint8)
    for photo, box in zip(photos, boxes, strict=True):
        left, top, right, bottom = np.round(box * LOOK_PX).astype(int)
        photo[top:bottom, left:right] = 220
    told: list[str] = []
    learnt = learn_localiser(photos[64:], boxes[64:], 0, epochs=8, progress=told.append)
    kept = read_localiser(learnt.to_bytes())
    middle = np.array([[0.2, 0.2, 0.65, 0.65]] * 64, np.float32)
    found = found_boxes(kept, photos[:64])
    assert overlap(found, boxes[:64]).mean() > overlap(middle, boxes[:64]).mean() + 0.15
    assert [each.split(":")[0] for each in told] == [f"epoch {each + 1} of 8" for each in range(8)]


def test_the_overlap_of_boxes() -> None:
    boxes = np.array([[0, 0, 1, 1], [0, 0, 0.5, 0.5], [0, 0, 0.2, 0.2]], np.float32)
    others = np.array([[0, 0, 0.5, 1], [0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]], np.float32)
    np.testing.assert_allclose(overlap(boxes, others), [0.5, 1, 0])


@pytest.mark.parametrize(
    ("given", "said"), [([], "required: FILE.npz"), (["nowhere/weights.npz"], "nowhere: not a folder")]
)
def test_a_file_that_cannot_be_written_is_told_before_learning(
    given: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["training.localisation", *given])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
