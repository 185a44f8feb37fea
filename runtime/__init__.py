"""The server that every process shares: settings, logs, health, interceptors, channels."""
