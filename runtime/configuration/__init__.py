"""Settings of a process, and what they are checked with."""
