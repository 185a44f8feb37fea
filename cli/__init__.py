"""The `lienzo` command."""

import os

# gRPC's core writes every failed handshake to standard error, which is reported as an error anyway. It reads
# the variable once, when it is imported by the commands.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
