"""The services, a process each; `table` lists them."""
