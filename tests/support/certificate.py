"""A certificate for this machine, and the authority that signed it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """PEM files.

    Attributes:
        authority: What clients must trust.
        chain: The certificate.
        key: Its private key.
    """

    authority: Path
    chain: Path
    key: Path

    @property
    def roots(self) -> bytes:
        """The authority's PEM file, as clients take it."""
        return self.authority.read_bytes()

    @property
    def pair(self) -> tuple[bytes, bytes]:
        """Key and chain, as gRPC takes them."""
        return self.key.read_bytes(), self.chain.read_bytes()

    def server_context(self, *, mutual: bool = False) -> ssl.SSLContext:
        """Makes the context of a server that has it; a mutual one asks clients for theirs, too."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        if mutual:
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags with which a service uses it."""
        return ("--tls-certificate", str(self.chain), "--tls-key", str(self.key))


def make_certificate(folder: Path, *names: str, days: tuple[float, float] = (-1, 300)) -> Certificate:
    """Writes the files of a certificate for such names and addresses into a folder.

    Args:
        folder: Where to.
        names: What it is for.
        days: When it begins and ends to be valid, in days from now.
    """
    authority = trustme.CA()
    begins, ends = (datetime.now(UTC) + timedelta(each) for each in days)
    issued = authority.issue_cert(*names, not_before=begins, not_after=ends)
    made = Certificate(folder / "authority.pem", folder / "chain.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(made.authority)
    issued.private_key_pem.write_to_path(made.key)
    for each in issued.cert_chain_pems:
        each.write_to_path(made.chain, append=True)
    return made
