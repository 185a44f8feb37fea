"""A model of one vector per picture: colour moments, standardised, and logistic regression."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bundle import layout
from bundle.manifest import Component
from export.classifier.graph import join_classifier
from tests.support.bundle import describe, write_files
from tests.support.pictures import LABELS, draw
from training.classifiers.logistic_regression import LogisticRegressionSettings
from training.descriptors.extraction import DescriptorSet
from training.encoders.vector import VectorSettings
from training.evaluation.calibration import Calibration
from training.graphs.extractors.color_moments import ColorMoments
from vision.extractors.features import GlobalFeatures
from vision.graph import FeatureGraph


def write_vector_model(root: Path) -> Path:
    """Writes the bundle; returns its folder."""
    extractor = ColorMoments(side_px=32, grid=4)
    graph = extractor.model().SerializeToString(deterministic=True)
    running = FeatureGraph.load(graph)
    found = [running.extract(draw(label, seed)[..., ::-1].copy()) for label in LABELS for seed in range(5)]
    rows = [each.rows for each in found if isinstance(each, GlobalFeatures)]
    encoder = VectorSettings().fit(DescriptorSet.packed(rows, extractor.dimension), np.arange(15), 0)
    vectors = encoder.encode(DescriptorSet.packed(rows, extractor.dimension))
    estimator = LogisticRegressionSettings().fit(vectors, np.repeat(np.arange(3), 5), 0)
    joined = join_classifier(encoder.graph, estimator, Calibration(1.0, None), 3, vectors.shape[1])
    files = {layout.CLASSIFIER: joined.SerializeToString(deterministic=True), layout.FEATURES: graph}
    manifest = describe(
        files,
        name="whole",
        extractor=Component(name=extractor.name, parameters=dict(extractor.parameters)),
        features="global",
        dimension=extractor.dimension,
        classifier=Component(name="logistic_regression"),
        labels=LABELS,
    )
    return write_files(root / "whole" / "1", {**files, layout.MANIFEST: manifest.to_json().encode()})
