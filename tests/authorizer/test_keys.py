"""The key gate and the strict readers below it."""

import base64
import json
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.authorizer import base64url
from functions.authorizer.errors import RejectedError
from functions.authorizer.keys import KeySetError, has_roca_fingerprint, read_key_set
from functions.authorizer.token import MAX_TOKEN_BYTES, parse_token
from functions.shared import strict_json

from .keyring import jwk, key_set, number, private_key

ALL = frozenset({"RS256", "PS256", "ES256", "ES384", "EdDSA"})


def kids(entries: list[Any], algorithms: frozenset[str] = ALL) -> list[str | None]:
    try:
        return [key.key_id for key in read_key_set({"keys": entries}, algorithms).keys]
    except KeySetError:
        return []


def rsa_patched(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in {**jwk("rsa1"), **members}.items() if value is not None}


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(rsa_patched(use="enc"), id="use-enc"),
        pytest.param(rsa_patched(use=["sig"]), id="use-list"),
        pytest.param(rsa_patched(key_ops=["encrypt"]), id="key-ops"),
        pytest.param(rsa_patched(key_ops="verify"), id="key-ops-text"),
        pytest.param(rsa_patched(alg="ES256"), id="other-family"),
        pytest.param(rsa_patched(alg="RS512"), id="not-allowed"),
        pytest.param(rsa_patched(alg="none"), id="none"),
        pytest.param(rsa_patched(alg=256), id="alg-number"),
        pytest.param(rsa_patched(kid=5), id="kid-number"),
        pytest.param(rsa_patched(kid=""), id="kid-empty"),
        pytest.param(rsa_patched(e="AQ"), id="e-1"),
        pytest.param(rsa_patched(e="Aw"), id="e-3"),
        pytest.param(rsa_patched(e=number(65538)), id="e-even"),
        pytest.param(rsa_patched(e=number(2**65 + 1)), id="e-huge"),
        pytest.param(rsa_patched(n=5), id="n-number"),
        pytest.param(rsa_patched(n=None), id="n-missing"),
        pytest.param(rsa_patched(n=number(2**2047 + 1) + "="), id="n-padded"),
        pytest.param(jwk("rsa_weak"), id="1024-bit"),
        pytest.param(rsa_patched(n=number(2**8200 + 1)), id="8201-bit"),
        pytest.param({**jwk("ec1"), "y": "A" * 43}, id="off-curve"),
        pytest.param({**jwk("ec1"), "crv": "P-384", "alg": "ES384"}, id="wrong-curve"),
        pytest.param({**jwk("ec1"), "x": None}, id="ec-x-null"),
        pytest.param({**jwk("ed1"), "x": "AAAA"}, id="ed-short"),
        pytest.param({**jwk("ed1"), "crv": "X25519"}, id="ed-other-curve"),
        pytest.param({"kty": "PQC", "kid": "pq", "alg": "ML-DSA-44"}, id="unknown-type"),
        pytest.param({}, id="empty"),
    ],
)
def test_a_key_that_may_verify_nothing_is_left_out_and_the_others_stay(entry: dict[str, Any]) -> None:
    assert kids([entry, jwk("ec2")]) == ["ec-2"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="array"),
        pytest.param({}, id="no-keys"),
        pytest.param({"keys": []}, id="empty"),
        pytest.param({"keys": [jwk("rsa1"), "x"]}, id="entry-no-object"),
        pytest.param({"keys": [jwk("rsa1")] * 101}, id="too-many"),
        pytest.param(key_set(["rsa1", "hs1"]), id="mixed"),
        pytest.param(key_set(["hs1"]), id="secret"),
        pytest.param({"keys": [jwk("rsa1"), {**jwk("ec1"), "d": "AA"}]}, id="private-member"),
    ],
)
def test_a_set_that_cannot_be_trusted_is_refused_as_a_whole(document: Any) -> None:
    with pytest.raises(KeySetError):
        read_key_set(document, ALL)


def test_keys_that_share_a_kid_are_both_left_out() -> None:
    assert kids([jwk("rsa1"), jwk("issB_rsa"), jwk("ec1")]) == ["ec-1"]


def test_an_encryption_key_may_share_the_kid_of_a_signing_key() -> None:
    assert kids([jwk("rsa1"), {**jwk("rsa_enc"), "kid": "rsa-1"}]) == ["rsa-1"]


def test_hmac_keys_are_as_long_as_the_hash_and_only_for_issuers_that_ask_for_nothing_else() -> None:
    assert kids([jwk("hs1")], frozenset({"HS256"})) == ["hs-1"]
    assert kids([jwk("hs_short")], frozenset({"HS256"})) == []
    assert kids([{**jwk("hs1"), "alg": "HS512"}], frozenset({"HS512"})) == []
    assert kids([jwk("hs1")], frozenset({"HS256", "RS256"})) == []


def test_a_key_of_the_broken_generator_of_2017_is_left_out() -> None:
    # p = k * M + (65537 ** a mod M), M the product of the first primes: how those chips made primes (CVE-2017-15361).
    primes = [n for n in range(2, 168) if all(n % divisor for divisor in range(2, n))]
    product = prod(primes)
    weak = ((7 << 850) * product + pow(65537, 5, product)) * ((9 << 850) * product + pow(65537, 8, product))
    entry = rsa_patched(n=number(weak))

    assert weak.bit_length() >= 2048
    assert has_roca_fingerprint(weak)
    assert not has_roca_fingerprint(private_key("rsa1").public_key().public_numbers().n)
    assert kids([entry, jwk("ec2")]) == ["ec-2"]


@given(data=st.binary(max_size=64))
@settings(derandomize=True, deadline=None)
def test_base64url_reads_its_one_spelling(data: bytes) -> None:
    text = base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    assert base64url.decode(text) == data


@given(text=st.text(alphabet="ABab01-_=+/ \n?.", max_size=12))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_base64url_refuses_every_other_spelling(text: str) -> None:
    try:
        data = base64url.decode(text)
    except ValueError:
        return
    assert base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text


@given(text=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{0,12}(\.[A-Za-z0-9_=-]{0,12}){0,4}", fullmatch=True))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_the_token_reader_knows_one_exception(text: str) -> None:
    with pytest.raises(RejectedError):
        parse_token(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=values)
@settings(derandomize=True, deadline=None)
def test_strict_json_reads_what_json_writes(value: Any) -> None:
    assert strict_json.loads(json.dumps(value).encode(), max_depth=20) == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"\\u0062":2}}',
        b"[NaN]",
        b"[-Infinity]",
        b'["\\ud800"]',
        b'{"\\udfff":1}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'"\xff"',
        b"[" * 21 + b"]" * 21,
        b"[" * 100_000,
        b'{"a":' * 3_000,
        b"[1]x",
        b"",
        b"9" * 401,
    ],
    ids=range(15),
)
def test_strict_json_refuses_what_two_readers_could_read_differently(text: bytes) -> None:
    with pytest.raises(strict_json.StrictJsonError):
        strict_json.loads(text, max_depth=20)


def test_brackets_inside_texts_are_no_depth() -> None:
    assert strict_json.loads(json.dumps(["[" * 50]).encode(), max_depth=20) == ["[" * 50]


def test_the_size_is_checked_before_anything_is_read() -> None:
    with pytest.raises(RejectedError, match=r"token\.too-long"):
        parse_token("." * (MAX_TOKEN_BYTES + 1))
