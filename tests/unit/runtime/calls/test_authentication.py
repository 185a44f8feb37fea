from __future__ import annotations

import datetime
import hashlib
from typing import Any

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from runtime.calls.authentication import Credentials, authentication_interceptor, parse_key_hashes
from runtime.calls.call import Call
from runtime.calls.tokens import algorithms_of
from runtime.status import StatusError

PEM = serialization.Encoding.PEM
KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
KEYS["PS256"] = KEYS["RS512"] = KEYS["RS256"]


def public_pem(key: Any) -> str:
    pem: bytes = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def token(algorithm: str = "RS256", key: Any = None, **claims: Any) -> str:
    in_a_minute = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)
    payload = {"aud": "lienzo", "exp": in_a_minute, **claims}
    return jwt.encode(payload, key or KEYS[algorithm], algorithm=algorithm)


SHORT_RSA = public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))
RSA_CREDENTIALS = Credentials({}, public_pem(KEYS["RS256"]))


@pytest.mark.parametrize("algorithm", sorted(KEYS))
def test_accepts_a_token_signed_with_the_key(algorithm: str) -> None:
    assert Credentials({}, public_pem(KEYS[algorithm])).accept(token(algorithm))


@pytest.mark.parametrize(("seconds", "is_accepted"), [(5, True), (90, False)])
def test_a_clock_that_is_a_little_ahead_makes_tokens_too(seconds: int, is_accepted: bool) -> None:
    made = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    ends = made + datetime.timedelta(minutes=5)
    with_times = token(iat=made, nbf=made, exp=ends)
    assert bool(RSA_CREDENTIALS.accept(with_times)) is is_accepted


def test_refuses_an_expired_token() -> None:
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)
    assert not RSA_CREDENTIALS.accept(token(exp=past))


def test_refuses_a_token_for_somebody_else_or_without_an_end() -> None:
    assert not RSA_CREDENTIALS.accept(token(aud="other"))
    endless = jwt.encode({"aud": "lienzo"}, KEYS["RS256"], algorithm="RS256")
    assert not RSA_CREDENTIALS.accept(endless)


def test_refuses_a_token_of_another_key() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert not RSA_CREDENTIALS.accept(token(key=other))


def test_refuses_tokens_that_are_not_signed_with_a_private_key() -> None:
    unsigned = jwt.encode({"aud": "lienzo", "exp": 2**33}, "", algorithm="none")
    assert not RSA_CREDENTIALS.accept(unsigned)
    # The well-known confusion: the public key, which everybody has, taken for a shared secret.
    header, payload = unsigned.split(".")[:2]
    assert not RSA_CREDENTIALS.accept(f"{header}.{payload}.c2lnbmVk")


def test_accepts_only_the_keys_it_knows() -> None:
    credentials = Credentials({"ana": hashlib.sha256(b"one").hexdigest()})
    assert credentials.accept("one")
    assert not any(map(credentials.accept, ["", "two", "ONE", credentials.key_hashes["ana"]]))


def test_knows_a_holder_by_the_name_of_the_key_and_by_the_subject_of_a_renewed_token() -> None:
    ana = Credentials({"ana": hashlib.sha256(b"one").hexdigest()}, RSA_CREDENTIALS.jwt_key)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=9)
    assert ana.holder("one") == "key ana"
    assert ana.holder(token(sub="ben")) == ana.holder(token(sub="ben", exp=later))
    holders = [ana.holder(each) for each in ("one", token(sub="ana"), token(sub="ben"), token(), token(n=1))]
    assert len({*holders}) == 5
    assert ana.holder("two") == ""


@pytest.mark.parametrize("line", ["secret", "ana:123", "ana:" + "g" * 64, ":" + "0" * 64])
def test_names_the_line_that_is_no_key(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 is not"):
        parse_key_hashes(f"# first\n{line}\n")


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "not a public key in PEM"),
        (
            public_pem(ec.generate_private_key(ec.BrainpoolP256R1())),
            "curve brainpoolP256r1; tokens use",
        ),
        (public_pem(x25519.X25519PrivateKey.generate()), "a X25519 key, which checks no tokens"),
        (SHORT_RSA, "an RSA key of 1024 bits"),
    ],
)
def test_names_what_a_key_is_that_checks_no_tokens(key: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        algorithms_of(key)


def refusal(metadata: dict[str, str]) -> str:
    interceptor = authentication_interceptor(Credentials({"ana": hashlib.sha256(b"one").hexdigest()}))
    try:
        with interceptor(Call.received("/a.B/C", metadata.items(), "")):
            return ""
    except StatusError as error:
        return error.reason if error.code is grpc.StatusCode.UNAUTHENTICATED else error.code.name


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"authorization": "Bearer one"}, ""),
        ({"Authorization": "bearer  one "}, ""),
        ({"x-api-key": "one"}, ""),
        ({}, "MISSING_CREDENTIALS"),
        ({"authorization": "Basic one"}, "MISSING_CREDENTIALS"),
        ({"authorization": "Bearer "}, "MISSING_CREDENTIALS"),
        ({"authorization": "Bearer two"}, "INVALID_CREDENTIALS"),
        ({"authorization": "Bearer ünö"}, "INVALID_CREDENTIALS"),
    ],
)
def test_reads_the_credential_where_it_is(metadata: dict[str, str], reason: str) -> None:
    assert refusal(metadata) == reason
