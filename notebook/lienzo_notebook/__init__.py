"""What the command `lienzo` does, as functions for notebooks and scripts.

Pictures are paths, file contents (bytes), arrays (uint8, RGB, shape (height, width, 3)) or PIL pictures.
Results are arrays and frozen dataclasses; what plots returns a matplotlib figure, which a notebook shows.

>>> import numpy as np
>>> import lienzo_notebook as lz
>>> lz.palette(np.full((32, 32, 3), (200, 30, 40), np.uint8)).colors[0].hex
'#c81e28'
"""

from lienzo_notebook._application import show_application

# In a wheel the application's packages lie inside `lienzo_application`; from here on they can be imported.
show_application()

from lienzo_notebook.colors import folder_palette, palette  # noqa: E402
from lienzo_notebook.estimators import DescriptorExtractor, PictureClassifier, VisualWords  # noqa: E402
from lienzo_notebook.explaining import explain  # noqa: E402
from lienzo_notebook.features import extract, extractors, match  # noqa: E402
from lienzo_notebook.models import Evaluation, Model, Prediction, evaluate, load, models, train  # noqa: E402
from lienzo_notebook.phone import to_coreml  # noqa: E402
from lienzo_notebook.pictures import PictureLike, read_images, read_picture  # noqa: E402
from lienzo_notebook.plots import (  # noqa: E402
    plot_colors,
    plot_confusion,
    plot_keypoints,
    plot_matches,
    plot_palette,
)
from lienzo_notebook.samples import sample_digits, sample_images, sample_photos  # noqa: E402

__all__ = [
    "DescriptorExtractor",
    "Evaluation",
    "Model",
    "PictureClassifier",
    "PictureLike",
    "Prediction",
    "VisualWords",
    "evaluate",
    "explain",
    "extract",
    "extractors",
    "folder_palette",
    "load",
    "match",
    "models",
    "palette",
    "plot_colors",
    "plot_confusion",
    "plot_keypoints",
    "plot_matches",
    "plot_palette",
    "read_images",
    "read_picture",
    "sample_digits",
    "sample_images",
    "sample_photos",
    "to_coreml",
    "train",
]
