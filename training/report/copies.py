"""Further versions of training pictures: those to learn from, and the one to test with."""

from __future__ import annotations

from itertools import islice
from typing import Final

from drawing.pictures import fitted, jpeg_uri
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report.sight import spread

_SHOWN: Final = 5
_SIDE_PX: Final = 240


def copy_pictures(model: TrainedModel, image_set: ImageSet) -> list[dict[str, str]]:
    """Draws the versions of one picture: `uri` and `caption` of each; empty where there are none.

    The copies are those that training made: they depend on the picture, the seed and the recipe alone.
    """
    extractor, settings = model.recipe.create_extractor(), model.recipe.augmentation
    [index] = spread(image_set, 1)
    picture = image_set.pictures[index]
    data = (image_set.root / picture.path).read_bytes()
    learnt = list(islice(settings.distortions(model.seed), _SHOWN))
    tested = settings.tested_with(model.seed)
    made = {each.suffix: (each.title, each.applied(data, extractor, picture.digest)) for each in learnt}
    if tested is not None and tested.suffix not in made:
        shown = tested.applied(data, extractor, picture.digest)
        made[tested.suffix] = (f"{tested.title}, to test with", shown)
    return [
        {"uri": jpeg_uri(fitted(pixels, _SIDE_PX)), "caption": caption} for caption, pixels in made.values()
    ]
