"""The `lienzo` command."""

import os

# gRPC's core writes every failed handshake to standard error; what matters of it comes as an error. It looks
# at this once, when it is loaded, which happens while the commands are.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
