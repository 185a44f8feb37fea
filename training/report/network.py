"""What a convolutional network sees: changed pictures, its filters, and what each layer makes of one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from drawing.maps import MAX_MAPS, draw_filters, draw_maps, draw_row
from drawing.pictures import png_file, png_uri
from training.imagesets.imageset import ImageSet
from training.networks.fitted import ConvolutionalNetwork
from training.report.sight import spread
from training.trainer import TrainedModel

_EXAMPLES: Final = 8


def network_pictures(model: TrainedModel, image_set: ImageSet) -> dict[str, Any] | None:
    """Draws what the page shows of a network; None for other classifiers."""
    network = model.estimator
    if not isinstance(network, ConvolutionalNetwork):
        return None
    [index] = spread(image_set, 1)
    row = model.features[index : index + 1]
    as_it_is = np.rint(255 * network.pictures_of(row).transpose(0, 2, 3, 1)).astype(np.uint8)
    changed = network.examples(row, _EXAMPLES, model.seed)
    maps = network.maps(row)
    return {
        "weights": f"{network.weight_count:,}",
        "flip": network.settings.flip,
        "label": image_set.pictures[index].label,
        "examples": png_uri(png_file(draw_row(np.concatenate([as_it_is, changed])))),
        "filters": png_uri(png_file(draw_filters(network.filters))),
        "filter_count": len(network.filters),
        "maps": [
            {
                "uri": png_uri(png_file(draw_maps(each))),
                "number": number,
                "count": len(each),
                "shown": min(len(each), MAX_MAPS),
                "side": each.shape[1],
            }
            for number, each in enumerate(maps, 1)
        ],
    }
