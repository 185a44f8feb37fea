from __future__ import annotations

from pathlib import Path

from bundle.errors import BundleError


def test_callers_are_not_told_where_the_models_are() -> None:
    folder = Path("/srv/secret/art/3")
    error = BundleError(folder, f"onnxruntime refuses it (Load model from {folder}/classifier.onnx failed)")
    assert str(error).startswith("/srv/secret/art/3: ")  # for whoever runs a command here
    got = (error.for_callers, *error.details.values())
    assert not [each for each in got if "secret" in each]
    assert error.for_callers == (
        "Model art version 3 cannot be used: onnxruntime refuses it (Load model from classifier.onnx failed)."
    )


def test_what_a_library_says_is_one_line_with_one_full_stop() -> None:
    error = BundleError(Path("models/art/3"), "its parts do not fit: Node (a)\n  has no input.\n")
    assert str(error) == "models/art/3: its parts do not fit: Node (a) has no input"
    assert error.for_callers == (
        "Model art version 3 cannot be used: its parts do not fit: Node (a) has no input."
    )
    assert error.details["problem"] == "its parts do not fit: Node (a) has no input"
