"""Who may call: API keys, kept as hashes, or JSON Web Tokens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from runtime.calls.call import Call, CallInterceptor
from runtime.reasons.calls import INVALID_CREDENTIALS, MISSING_CREDENTIALS
from runtime.reasons.reason import refused


@dataclass(frozen=True)
class Credentials:
    """The credentials that this server accepts; without any, everybody may call.

    Attributes:
        key_hashes: SHA-256 (hexadecimal) of API keys, by the name of their holder.
        jwt_key: Public key in PEM that signed tokens are checked with; empty accepts none.
        jwt_audience: The `aud` that a token must carry.
    """

    key_hashes: Mapping[str, str]
    jwt_key: str = ""
    jwt_audience: str = "lienzo"

    @property
    def required(self) -> bool:
        """Whether callers need a credential at all."""
        return bool(self.key_hashes or self.jwt_key)

    def accept(self, token: str) -> bool:
        """Whether an API key or token is one of ours; keys are compared in constant time."""
        offered = hashlib.sha256(token.encode()).hexdigest()
        matches = [hmac.compare_digest(offered, known) for known in self.key_hashes.values()]
        return any(matches) or (bool(self.jwt_key) and _is_token(token, self.jwt_key, self.jwt_audience))


def parse_key_hashes(text: str) -> dict[str, str]:
    """Reads `name:sha256` lines; skips blank lines and `#` comments.

    Raises:
        ValueError: Names the first line of another form.
    """
    hashes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.split("#", 1)[0].strip()
        if not entry:
            continue
        name, _, digest = entry.rpartition(":")
        digest = digest.strip().lower()
        if not name or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise ValueError(f"line {number} is not `name:sha256 of the key`")
        hashes[name.strip()] = digest
    return hashes


def authentication_interceptor(credentials: Credentials) -> CallInterceptor:
    """Makes an interceptor that refuses calls without a credential, where the server requires one.

    Raises (when used):
        StatusError: UNAUTHENTICATED, MISSING_CREDENTIALS or INVALID_CREDENTIALS.
    """

    @contextmanager
    def authenticate(call: Call) -> Iterator[None]:
        if credentials.required:
            _check(credentials, call)
        yield

    return authenticate


def _check(credentials: Credentials, call: Call) -> None:
    scheme, _, token = call.metadata.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = call.metadata.get("x-api-key", "")
    if not token:
        raise refused(MISSING_CREDENTIALS)
    if not credentials.accept(token.strip()):
        raise refused(INVALID_CREDENTIALS)


def _is_token(token: str, key: str, audience: str) -> bool:
    # Only here: the cryptography behind it is 9 MiB that most processes never need.
    from runtime.calls.tokens import is_accepted

    return is_accepted(token, key, audience)
