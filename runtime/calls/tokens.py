"""JSON Web Tokens, checked with a public key."""

from __future__ import annotations

from typing import Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

ALGORITHMS: Final = ["RS256", "ES256", "EdDSA"]


def subject_of(token: str, key: str, audience: str) -> str | None:
    """Checks that a token was signed with a key, is for this audience, and has not expired.

    Args:
        token: As the caller sent it.
        key: Public key in PEM.
        audience: The `aud` that it must carry.

    Returns:
        Who the token speaks for: its issuer and subject, which stay the same when it is renewed; the token
        itself where it names no subject. None for a token that is not accepted.
    """
    try:
        claims = jwt.decode(
            token, key, algorithms=ALGORITHMS, audience=audience, options={"require": ["exp", "aud"]}
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return f"{claims.get('iss', '')} {claims['sub']}" if claims.get("sub") else token


def check_public_key(text: str) -> None:
    """Refuses a file that cannot be used to check tokens.

    Raises:
        ValueError: When it is not a public key in PEM.
    """
    try:
        load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("not a public key in PEM") from error
