"""The bundle: the format in which making hands models to serving."""
