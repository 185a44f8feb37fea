"""The bundle: the format in which training and export hand models to the services."""
