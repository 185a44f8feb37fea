"""Reasons about models, their packages, and the features that they are given."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

UNKNOWN_MODEL: Final = Reason(
    "UNKNOWN_MODEL",
    StatusCode.NOT_FOUND,
    "The server has no such model, or not in that version. Choose one of those it has (`ListModels`).",
    values=("model", "version", "known", "suggestion"),
    worded=True,
)
MODEL_NOT_NAMED: Final = Reason(
    "MODEL_NOT_NAMED",
    StatusCode.INVALID_ARGUMENT,
    "The server has several models, no default, and the request names none. Name one; an operator chooses a "
    "default.",
    values=("known",),
    worded=True,
)
BROKEN_BUNDLE: Final = Reason(
    "BROKEN_BUNDLE",
    StatusCode.FAILED_PRECONDITION,
    "The model's files are damaged or incomplete. Choose another version; an operator replaces them.",
    values=("model", "version", "problem"),
    worded=True,
)
MODEL_NOT_EVERYWHERE: Final = Reason(
    "MODEL_NOT_EVERYWHERE",
    StatusCode.UNAVAILABLE,
    "A new version of the model is still being copied to some of the servers. Try again in a moment.",
    "A version of {model} is on its way to the services. Try again in a moment.",
    ("model",),
)
NO_COREML_PACKAGE: Final = Reason(
    "NO_COREML_PACKAGE",
    StatusCode.NOT_FOUND,
    "The model was not exported to Core ML, so that there is nothing to download. "
    "An operator makes one: `lienzo export NAME --to coreml`.",
    "{model} version {version} has no Core ML package. Make one: lienzo export {model} --to coreml",
    ("model", "version"),
)
OFFSET_PAST_END: Final = Reason(
    "OFFSET_PAST_END",
    StatusCode.OUT_OF_RANGE,
    "A download was asked to go on past its last byte. Begin again at 0: the package is another one now.",
    "The package has {total_bytes} bytes, {offset_bytes} lies past its end.",
    ("total_bytes", "offset_bytes"),
)
MISSING_EXTRACTOR: Final = Reason(
    "MISSING_EXTRACTOR",
    StatusCode.INVALID_ARGUMENT,
    "The request names neither a model nor an extractor. Name one of them.",
    "The request names neither a model nor an extractor.",
)
UNKNOWN_EXTRACTOR: Final = Reason(
    "UNKNOWN_EXTRACTOR",
    StatusCode.NOT_FOUND,
    "The server has no extractor of that name, or not the library that it needs. See `ListExtractors`.",
    values=("name", "known", "library"),
)
INVALID_EXTRACTOR_PARAMETER: Final = Reason(
    "INVALID_EXTRACTOR_PARAMETER",
    StatusCode.INVALID_ARGUMENT,
    "The extractor has no such parameter, or not with that value. See `ListExtractors`.",
    values=("extractor", "parameter"),
)
FEATURES_MISMATCH: Final = Reason(
    "FEATURES_MISMATCH",
    StatusCode.INVALID_ARGUMENT,
    "The features were made by another extractor than the model's, or are not well formed. "
    "Extract them with the model's own.",
    values=("problem",),
)
