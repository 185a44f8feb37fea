"""The stages of a bundle from picture to probabilities: as the graphs of the server, and joined in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import compose, version_converter

from bundle import layout
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from bundle.meanings import Meanings, read_meanings
from lienzo_coreml.errors import UnsupportedModel
from vision import ports
from vision.answers import Classifier
from vision.extractors import Extractor
from vision.graph import FeatureGraph
from vision.joined import open_extractor


@dataclass(frozen=True)
class Pipeline:
    """The stages with which a bundle answers.

    Attributes:
        folder: The bundle's folder.
        manifest: The bundle's description.
        classifier: `classifier.onnx`.
        features: `features.onnx` where it gives all features; None where OpenCV extracts.
        extractor: Extracts features on the server.
        served: The classifier as the server runs it.
        meanings: What its labels mean to people.
    """

    folder: Path
    manifest: Manifest
    classifier: onnx.ModelProto
    features: onnx.ModelProto | None
    extractor: Extractor | FeatureGraph
    served: Classifier
    meanings: Meanings = field(default_factory=dict)

    def descriptors(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Extracts the classifier's input from a picture (uint8, RGB, (H, W, 3)): float32, (N, D); N ≥ 0."""
        return np.asarray(self.extractor.extract(pixels).rows, np.float32)

    def probabilities(self, descriptors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Computes the server's answer: one probability per label, by onnxruntime."""
        return self.served.probabilities(descriptors).astype(np.float64)

    def graph(self) -> onnx.ModelProto:
        """Joins the graph for the phone: from the picture where a graph gives all features, else from these.

        Raises:
            UnsupportedModel: When the two graphs do not fit each other.
        """
        if self.features is None:
            return self.classifier
        output = self.features.graph.output[0].name
        try:
            features, classifier = _of_one_version(self.features, self.classifier)
            front = compose.add_prefix(features, "features.", rename_inputs=False, rename_outputs=False)
            back = compose.add_prefix(classifier, "classifier.", rename_outputs=False)
            return compose.merge_models(
                front,
                back,
                io_map=[(output, back.graph.input[0].name)],
                outputs=[ports.PROBABILITIES],
            )
        except (ValueError, RuntimeError, onnx.checker.ValidationError) as error:
            problem = f"{layout.FEATURES} and {layout.CLASSIFIER} do not fit: {error}"
            raise UnsupportedModel(problem) from error


def _of_one_version(
    features: onnx.ModelProto, classifier: onnx.ModelProto
) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """Converts the older of two graphs to the operators of the newer: a network may be of another age."""
    versions = [_version(each) for each in (features, classifier)]
    newest = max(versions)
    graphs = [
        graph if version == newest else version_converter.convert_version(graph, newest)
        for graph, version in zip((features, classifier), versions, strict=True)
    ]
    ir_version = max(each.ir_version for each in graphs)
    for number, each in enumerate(graphs):
        if each.ir_version != ir_version:
            graphs[number] = onnx.ModelProto()
            graphs[number].CopyFrom(each)
            graphs[number].ir_version = ir_version
    return graphs[0], graphs[1]


def _version(graph: onnx.ModelProto) -> int:
    return next(each.version for each in graph.opset_import if each.domain in ("", "ai.onnx"))


def read_pipeline(folder: Path) -> Pipeline:
    """Reads a bundle and checks every digest.

    Raises:
        BundleError: When it is missing or damaged.
        UnsupportedModel: When the parts cannot be loaded.
    """
    manifest = read_bundle(folder)
    content = (folder / layout.CLASSIFIER).read_bytes()
    features_file = folder / layout.FEATURES
    features = features_file.read_bytes() if layout.FEATURES in manifest.files else None
    extractor = open_extractor(manifest.extractor.name, manifest.extractor.parameters, features)
    return Pipeline(
        folder,
        manifest,
        onnx.load_from_string(content),
        onnx.load_from_string(features) if features and isinstance(extractor, FeatureGraph) else None,
        extractor,
        Classifier.load(content),
        read_meanings(manifest, folder),
    )
