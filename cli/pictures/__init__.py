"""The pictures that a command line names, and their contents."""
