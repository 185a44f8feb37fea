"""TLS of `https://` targets: the authorities to trust, and the client's own certificate."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

import httpx

from lienzo_client.channel import Connection


def tls_context(connection: Connection) -> ssl.SSLContext | bool:
    """Makes the context for a connection; False for plain text.

    Raises:
        ValueError: When a certificate or key cannot be read.
    """
    if connection.plain_text:
        return False
    try:
        context = _trusting(connection.root_certificates)
        if connection.client_certificate is not None and connection.client_key is not None:
            _introduce(context, connection.client_certificate, connection.client_key)
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise ValueError(f"a certificate or key cannot be used; PEM is expected ({error})") from error
    return context


def _trusting(root_certificates: bytes | None) -> ssl.SSLContext:
    if root_certificates is None:
        return httpx.create_ssl_context()
    return ssl.create_default_context(cadata=root_certificates.decode("ascii"))


def _introduce(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:  # the library reads them from files only
        path = Path(folder, "client.pem")
        path.touch(0o600)
        path.write_bytes(certificate + b"\n" + key)
        context.load_cert_chain(path)
