"""The life of a server process: listening, serving, draining, and being asked whether it serves."""
