"""Names of a bundle's files, as paths from its root, for all code that writes or reads bundles.

The inputs and outputs of its two graphs are in `vision.ports`.
"""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "manifest.json"
"""The description of the bundle, with the digest of every other file."""
FEATURES: Final = "features.onnx"
"""Picture to features; only where the extractor is a graph."""
CLASSIFIER: Final = "classifier.onnx"
"""Features to probabilities: encoder, classifier and calibration in one graph."""
GRAPH: Final = "whole.onnx"
"""Both in one graph, once it was exported: for other run times, not for the services."""
EXEMPLARS: Final = "exemplars.npz"
"""A few pictures of each label, to verify doubtful answers with; only with `verification` in the manifest."""
LABELS: Final = "labels.json"
"""What the labels mean to people; only where the model's maker says it."""
TEMPLATES: Final = "templates.npy"
"""Averaged template of each label, to look at; only where the classifier compares with templates."""
PACKAGE: Final = "model.mlpackage"
"""Folder of the Core ML package, once it was exported."""

GOLDEN: Final = "golden"
"""Folder of inputs with expected answers."""
EXPECTED: Final = f"{GOLDEN}/expected.json"
"""The cases: file, label and probabilities of each."""
REFERENCE: Final = f"{GOLDEN}/scikit_learn.npy"
"""scikit-learn's own answers, by digest of the descriptors."""

REPORT: Final = "report"
"""Folder of the report for people; nothing in it changes an answer."""
PAGE: Final = f"{REPORT}/index.html"
"""The report as one page."""
METRICS: Final = f"{REPORT}/metrics.json"
"""The report's figures for machines."""
PARITY: Final = f"{REPORT}/parity.json"
"""The differences between run times."""
PICTURES: Final = f"{REPORT}/pictures.json"
"""Digests and perceptual hashes of the pictures that the model was trained on."""
WORDS: Final = f"{REPORT}/words.json"
"""The mean histogram of visual words over the pictures of each label; only where an encoder has words."""
