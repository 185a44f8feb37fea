"""The gateway over HTTP, for those who cannot speak gRPC: the same answers, the same errors."""
