"""Names of a bundle's files, as paths from its root: whoever writes or reads one takes them from here.

What its two graphs take and give is named in `vision.ports`.
"""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "manifest.json"
"""What the bundle is, and the digest of every other file."""
FEATURES: Final = "features.onnx"
"""Picture to features; only where the extractor is a graph."""
CLASSIFIER: Final = "classifier.onnx"
"""Features to probabilities: encoder, classifier and calibration in one graph."""
EXEMPLARS: Final = "exemplars.npz"
"""A few pictures of each label, to verify doubtful answers with; only with `verification` in the manifest."""
PACKAGE: Final = "model.mlpackage"
"""Folder of the Core ML package, once it was exported."""

GOLDEN: Final = "golden"
"""Folder of inputs with the answers expected to them."""
EXPECTED: Final = f"{GOLDEN}/expected.json"
"""The cases: which file, which label, which probabilities."""
REFERENCE: Final = f"{GOLDEN}/scikit_learn.npy"
"""scikit-learn's own answers, by digest of the descriptors."""

REPORT: Final = "report"
"""Folder of what people read; nothing in it changes an answer."""
PAGE: Final = f"{REPORT}/index.html"
"""The report as one page."""
METRICS: Final = f"{REPORT}/metrics.json"
"""Its figures for machines."""
PARITY: Final = f"{REPORT}/parity.json"
"""How far the run times are apart."""
PICTURES: Final = f"{REPORT}/pictures.json"
"""Digests and perceptual hashes of the pictures that the model was trained on."""
