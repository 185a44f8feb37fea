"""The four processes of serving."""
