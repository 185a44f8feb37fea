"""JSON Web Tokens, checked with a public key."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

LEAST_RSA_BITS: Final = 2048

SKEW_SECONDS: Final = 30
"""So far the clock of whoever makes tokens may be from this machine's (RFC 7519, section 4.1)."""

_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512", "secp256k1": "ES256K"}


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
        algorithms = algorithms_of(key)
        claims = jwt.decode(
            token,
            key,
            algorithms,
            audience=audience,
            leeway=SKEW_SECONDS,
            options={"require": ["exp", "aud"]},
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return f"{claims.get('iss', '')} {claims['sub']}" if claims.get("sub") else token


@lru_cache(maxsize=4)
def algorithms_of(text: str) -> tuple[str, ...]:
    """Lists the algorithms of tokens that a public key can check: those of its own kind and no others.

    Raises:
        ValueError: When it is not a public key in PEM, or one that checks no tokens.
    """
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("not a public key in PEM") from error
    match key:
        case rsa.RSAPublicKey(key_size=bits) if bits < LEAST_RSA_BITS:
            raise ValueError(f"an RSA key of {bits} bits; tokens are checked with {LEAST_RSA_BITS} or more")
        case rsa.RSAPublicKey():
            return tuple(f"{kind}{bits}" for kind in ("RS", "PS") for bits in (256, 384, 512))
        case ec.EllipticCurvePublicKey(curve=curve) if curve.name in _CURVES:
            return (_CURVES[curve.name],)
        case ec.EllipticCurvePublicKey(curve=curve):
            raise ValueError(f"a key on the curve {curve.name}; tokens use {', '.join(_CURVES)}")
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return ("EdDSA",)
    kind = type(key).__name__.lstrip("_").removesuffix("PublicKey")
    raise ValueError(f"a {kind} key, which checks no tokens; expected RSA, an elliptic curve, or Ed25519")
