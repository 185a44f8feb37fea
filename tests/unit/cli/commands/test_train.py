"""`lienzo train` before it trains."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any


def test_a_mistake_about_a_label_ends_it_and_writes_nothing(
    lienzo: Any, image_folder: Path, tmp_path: Path
) -> None:
    folder = copytree(image_folder, tmp_path / "photos")
    (folder / "labels.csv").write_text("label,name\nrocket,Rocket\nrokket,Rocket\n")
    models = tmp_path / "models"
    ran = lienzo("train", str(folder), "--name", "things", "--models", str(models))
    assert (ran.status, ran.out) == (2, "")
    assert "labels.csv: rokket: the model has no such label; did you mean rocket?" in ran.err
    assert not models.exists()


def test_models_that_could_not_be_written_are_told_before_anything_is_read(
    lienzo: Any, image_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "things").touch()
    for models in (tmp_path / "file", tmp_path / "file" / "models", tmp_path / "models"):
        ran = lienzo("train", str(image_folder), "--name", "things", "--models", str(models))
        assert (ran.status, ran.out) == (1, "")
        assert ran.err == f"{models}: no model can be written there (Not a directory).\n"


def test_a_file_about_the_labels_may_lie_elsewhere(lienzo: Any, image_folder: Path, tmp_path: Path) -> None:
    ran = lienzo("train", str(image_folder), "--name", "things", "--labels", str(tmp_path / "away.toml"))
    assert ran.status == 2
    assert "away.toml: cannot be read" in ran.err


def test_a_recipe_for_a_network_asks_for_it_before_anything_is_read(
    lienzo: Any, image_folder: Path, tmp_path: Path
) -> None:
    ran = lienzo("train", str(image_folder), "--name", "things", "--recipe", "embeddings")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "recipe embeddings: add --extractor onnx:FILE.onnx, a network that was trained elsewhere.\n"
    )
