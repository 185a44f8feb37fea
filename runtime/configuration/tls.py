"""Checks certificates and keys when a process starts: gRPC would only fail handshakes later."""

from __future__ import annotations

import ssl
from pathlib import Path


def check_tls_pair(certificate: Path, key: Path) -> None:
    """Loads both as a server would.

    Raises:
        ValueError: When one of them is not PEM, or they do not belong together.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError) as error:
        raise ValueError(f"{certificate} and {key} are not a certificate and its key ({error})") from error


def check_certificates(path: Path) -> None:
    """Loads root certificates as a client would.

    Raises:
        ValueError: When the file is missing or has no certificate.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (ssl.SSLError, OSError) as error:
        raise ValueError(f"{path} is not a file of certificates ({error})") from error
