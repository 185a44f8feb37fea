"""Checks certificates and keys when a process starts: gRPC would only fail handshakes later."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path


def check_tls_pair(certificate: Path, key: Path) -> None:
    """Loads both as a server would.

    Raises:
        ValueError: When one of them is not PEM, they do not belong together, or it is out of date.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError) as error:
        raise ValueError(f"{certificate} and {key} are not a certificate and its key ({error})") from error
    _check_dates(certificate)


def _check_dates(path: Path) -> None:
    # Only here: a server without TLS does not need to look into certificates.
    from cryptography import x509

    certificate, now = x509.load_pem_x509_certificate(path.read_bytes()), datetime.now(UTC)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > ends:
        raise ValueError(f"{path} expired on {ends:%Y-%m-%d at %H:%M} UTC, and clients refuse it")
    if now < begins:
        raise ValueError(
            f"{path} is valid from {begins:%Y-%m-%d, %H:%M} UTC on, and this machine's clock says "
            f"{now:%Y-%m-%d, %H:%M}"
        )


def check_certificates(path: Path) -> None:
    """Loads root certificates as a client would.

    Raises:
        ValueError: When the file is missing or has no certificate.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (ssl.SSLError, OSError) as error:
        raise ValueError(f"{path} is not a file of certificates ({error})") from error


def certificate_name(path: Path) -> str:
    """Returns a name that a server's certificate is valid for: its first DNS name or IP address.

    Raises:
        ValueError: When it has none.
    """
    # Only here, as above.
    from cryptography import x509

    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        found = [str(each.value) for each in common]
    else:
        addresses = [str(each) for each in names.get_values_for_type(x509.IPAddress)]
        found = [*names.get_values_for_type(x509.DNSName), *addresses]
    if not found:
        raise ValueError(f"{path} names no host")
    return found[0].replace("*", "any", 1)
