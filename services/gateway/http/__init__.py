"""The gateway over HTTP, for clients without gRPC: the same answers and the same errors."""
