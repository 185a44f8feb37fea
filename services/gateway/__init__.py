"""The gateway: the only service that apps call, by gRPC and HTTP, and the web page."""
