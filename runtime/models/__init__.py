"""The models that a process serves."""
