"""Colours: spaces, differences, histograms, clusters, names, emotions."""
