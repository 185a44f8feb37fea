"""Search: compares candidates by cross-validation, caches finished work on disk, selects the best."""
