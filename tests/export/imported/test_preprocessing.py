"""What `--preprocess` says, read and refused."""

from __future__ import annotations

import json

import pytest

from export.errors import ExportError
from export.imported.preprocessing import Preprocessing, preprocessing_of
from lienzo_coreml.presets import PRESETS


def test_presets_are_those_of_the_converter() -> None:
    for name, (mean, deviation) in PRESETS.items():
        chosen = preprocessing_of(name)
        assert chosen.mean == tuple(255 * each for each in mean)
        assert chosen.deviation == tuple(255 * each for each in deviation)
    assert preprocessing_of("imagenet").side_before_crop(224) == 256
    assert preprocessing_of("imagenet").side_before_crop(299) == 342
    assert preprocessing_of("clip").side_before_crop(224) == 224


def test_words_change_a_preset() -> None:
    chosen = preprocessing_of("imagenet color=bgr resize=240 size=224")
    assert chosen.mean == tuple(255 * each for each in (0.406, 0.456, 0.485))
    assert (chosen.color, chosen.size_px, chosen.side_before_crop(224)) == ("bgr", 224, 240)
    assert preprocessing_of("imagenet crop=stretch").side_before_crop(224) == 224
    assert preprocessing_of("mean=0 std=1,0.5,0.25").deviation == (255, 127.5, 63.75)
    assert preprocessing_of("caffe").color == "bgr"


def test_plain_values_and_back() -> None:
    chosen = preprocessing_of("clip color=bgr size=96")
    assert Preprocessing.from_json(json.loads(json.dumps(chosen.to_json()))) == chosen


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("resnet", "--preprocess resnet: one of imagenet, clip, unit, symmetric, caffe, raw is expected"),
        ("", "--preprocess: one of imagenet"),
        ("mean=a", "mean=a: numbers with commas are expected"),
        ("mean=nan", "mean=nan: numbers with commas"),
        ("mean=1 mean=2", "mean=2: one of imagenet"),
        ("mean=1,2", "mean: 2 numbers for 3 channels"),
        ("imagenet color=grey", "mean: 3 numbers for 1 channels (color=grey)"),
        ("std=0", "std: 0 or infinite in float32"),
        ("color=cmyk", "color=cmyk: one of rgb, bgr, grey"),
        ("size=99999", "size=99999: 8 to 1024 pixels"),
        ("crop=left", "crop=left: one of centre, stretch"),
    ],
)
def test_refuses_what_it_does_not_know(text: str, sentence: str) -> None:
    with pytest.raises(ExportError) as caught:
        preprocessing_of(text)
    assert sentence in str(caught.value)


def test_refuses_a_crop_that_is_larger_than_the_picture() -> None:
    with pytest.raises(ExportError, match="resize=100: smaller than the model's input of 224 px"):
        preprocessing_of("imagenet resize=100").side_before_crop(224)
