"""Output of the command line: console, progress, bars, training results."""
