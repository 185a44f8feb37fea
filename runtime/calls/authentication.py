"""Who may call: API keys, kept as hashes, or JSON Web Tokens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from runtime.calls.call import Call, CallInterceptor
from runtime.reasons.calls import INVALID_CREDENTIALS, MISSING_CREDENTIALS
from runtime.reasons.reason import refused

CREDENTIALS: Final = ("authorization", "x-api-key")
"""Request metadata that may have a key or a token."""
KEEPER_KEY: Final = "x-lienzo-keeper-key-bin"
"""Request metadata of a change to works that the gateway passes on: a key that its caller offered.

Where it is there, only a keeper's key will do: the call comes from wherever the gateway can be reached.
"""

_holder: ContextVar[str] = ContextVar("lienzo_holder", default="")


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
        """Whether an API key or token is one of ours."""
        return bool(self.holder(token))

    def holder(self, token: str) -> str:
        """Who holds an API key or token, the same on every server; empty for one that is not ours.

        Keys are compared in constant time.
        """
        offered = hashlib.sha256(token.encode()).hexdigest()
        matches = [name for name, known in self.key_hashes.items() if hmac.compare_digest(offered, known)]
        if matches:
            return f"key {matches[0]}"
        subject = _subject_of(token, self.jwt_key, self.jwt_audience) if self.jwt_key else None
        return "" if subject is None else f"token {hashlib.sha256(subject.encode()).hexdigest()}"


def current_holder() -> str:
    """Returns who makes the call that this task works on; empty where everybody may call."""
    return _holder.get()


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
        token = _holder.set(_checked(credentials, call) if credentials.required else "")
        try:
            yield
        finally:
            with suppress(ValueError):  # see `runtime.calls.call.within`
                _holder.reset(token)

    return authenticate


def offered_keys(metadata: Mapping[str, str]) -> list[str]:
    """Returns the keys or tokens that come with a call: the bearer token, then that of `x-api-key`.

    >>> offered_keys({"authorization": "Bearer one", "x-api-key": "two"}), offered_keys({"x-api-key": " "})
    (['one', 'two'], [])
    """
    authorization, key = (metadata.get(name, "") for name in CREDENTIALS)
    scheme, _, token = authorization.partition(" ")
    offered = (token if scheme.lower() == "bearer" else "", key)
    return [each.strip() for each in offered if each.strip()]


def _checked(credentials: Credentials, call: Call) -> str:
    offered = offered_keys(call.metadata)
    if not offered:
        raise refused(MISSING_CREDENTIALS)
    holder = credentials.holder(offered[0])
    if not holder:
        raise refused(INVALID_CREDENTIALS)
    return holder


def _subject_of(token: str, key: str, audience: str) -> str | None:
    # Only here: the cryptography behind it is 9 MiB that most processes never need.
    from runtime.calls.tokens import subject_of

    return subject_of(token, key, audience)
