"""The processes of serving; `table` says which."""
