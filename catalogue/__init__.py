"""Catalogues: works with their records and references, as folders that are only appended to."""
