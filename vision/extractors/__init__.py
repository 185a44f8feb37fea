"""Extractors that run on OpenCV: upright picture in, descriptors at keypoints out."""

from vision.extractors.features import DescriptorType, Extractor, GlobalFeatures, LocalFeatures, Parameter
from vision.extractors.registry import create_extractor, extractor_names

__all__ = [
    "DescriptorType",
    "Extractor",
    "GlobalFeatures",
    "LocalFeatures",
    "Parameter",
    "create_extractor",
    "extractor_names",
]
