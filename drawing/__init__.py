"""Drawings in the project's own style: plots, pages, keypoints, matches; arrays in, SVG or pixels out."""
