"""Services as child processes, and the gateway that a command asks."""
