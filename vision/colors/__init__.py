"""Colours: spaces, differences, histograms, clusters, names, feelings."""
