"""Catalogues in Qdrant: a collection for each, a point for each work."""
