"""Golden files: inputs with expected answers, so that every run time can be asked for the same."""

from __future__ import annotations

import io
import json

import numpy as np
import onnx
from numpy.typing import NDArray

from training.extractors import feature_kind
from training.graphs.session import GraphSession
from training.trainer import TrainedModel

_MAX_CASES = 20


def golden_files(model: TrainedModel, graph: onnx.ModelProto, targets: NDArray[np.int64]) -> dict[str, bytes]:
    """Files of the folder `golden` by path from the bundle's root.

    `golden/expected.json` lists cases: `input` names an .npy file with descriptors (uint8 or float32, shape
    (N, D)); `probabilities` are onnxruntime's, in the order of the manifest's labels. One case per label for
    up to twenty labels, and one without descriptors (none where the extractor gives one vector).

    Args:
        model: Its first picture of each label becomes a case.
        graph: What is asked.
        targets: Label index of every picture.
    """
    session = GraphSession(graph)
    labels, firsts = np.unique(targets, return_index=True)
    values, offsets = model.descriptors.values, model.descriptors.offsets
    inputs = {
        f"{label:04d}.npy": values[offsets[first] : offsets[first + 1]]
        for label, first in list(zip(labels, firsts, strict=True))[:_MAX_CASES]
    }
    if feature_kind(model.recipe.create_extractor()) == "local":
        inputs["nothing.npy"] = values[:0]
    cases = []
    files: dict[str, bytes] = {}
    for name, descriptors in inputs.items():
        stream = io.BytesIO()
        np.save(stream, descriptors, allow_pickle=False)
        files[f"golden/{name}"] = stream.getvalue()
        probabilities = session.run(np.asarray(descriptors, np.float32))[0]
        cases.append(
            {
                "input": name,
                "label": model.labels[int(probabilities.argmax())],
                "probabilities": [float(f"{each:.9g}") for each in probabilities],
            }
        )
    text = json.dumps({"cases": cases}, indent=1, ensure_ascii=False) + "\n"
    return {**files, "golden/expected.json": text.encode()}
