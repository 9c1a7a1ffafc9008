"""Tamara's token, held to the verdicts of Tamara's own authenticator (section 10.1)."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments_common.errors import WebhookRefused
from payments_common.gateways.tamara import tokens
from payments_common.gateways.tamara.tokens import (
    LEEWAY_SECONDS,
    LIFETIME_SECONDS,
    LONGEST_TOKEN,
    check_claims,
    kept,
    mint,
    read_kept,
    read_token,
)
from support.tamara_tokens import (
    GOOD_HEADER,
    KEY,
    NOW,
    V1,
    V2,
    V3,
    V4,
    V5,
    V6,
    V7,
    V8,
    claims_token,
    signed_token,
)


def verdict_of(token: str, *, issuer: str = "Tamara", now: datetime = NOW, key: str = KEY) -> str:
    """The code of the refusal, "" where it is accepted."""
    try:
        read = read_token(token)
        if not read.is_signed_with(key):
            return "signature_invalid"
        check_claims(read.claims, issuer=issuer, received_at=now)
    except WebhookRefused as refusal:
        return "the key is told" if key and key in str(refusal) else refusal.code
    return ""


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (V1, ""),
        (V2, "signature_invalid"),
        (V3, "token_expired"),
        (V6, "token_malformed"),
        (V7, "token_malformed"),
        (V8, "token_not_yet_valid"),
    ],
)
def test_tamara_s_own_authenticator_agrees(token: str, verdict: str) -> None:
    assert verdict_of(token) == verdict


@pytest.mark.parametrize(("token", "verdict"), [(V4, "token_malformed"), (V5, "issuer_unknown")])
def test_we_are_stricter_about_a_missing_expiry_and_another_issuer(
    token: str, verdict: str
) -> None:
    assert verdict_of(token) == verdict


def test_the_vectors_that_are_made_here_are_those_of_the_sheet() -> None:
    assert V3.endswith(".HnE7c-Lr3QsRo02nZCgXJfQA6C7F8XTMpJqVlbqTQf4")
    assert V5.endswith(".dFzjzaP2NYKlVdfJrCoNdZfV6oLqpfG0LYLUzcwD6Uo")


def test_another_issuer_passes_where_none_is_asked_for() -> None:
    assert verdict_of(V5, issuer="") == ""
    assert verdict_of(V5, issuer="Evil") == ""


def test_the_sample_of_the_documents_is_reproduced_byte_for_byte() -> None:
    """Its secret is not public, so that its signature can't be (section 5.4)."""
    minted = mint(KEY, issuer="Tamara", now=datetime.fromtimestamp(1681215543, UTC))
    payload = minted.split(".")[1]
    claims = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert claims == b'{"exp":1681216443,"iat":1681215543,"iss":"Tamara"}'
    assert minted.split(".")[0] == GOOD_HEADER


@pytest.mark.parametrize(
    ("age_seconds", "verdict"),
    [
        (0, ""),
        (LIFETIME_SECONDS + LEEWAY_SECONDS - 1, ""),
        (LIFETIME_SECONDS + LEEWAY_SECONDS, "token_expired"),
        (-LEEWAY_SECONDS, ""),
        (-LEEWAY_SECONDS - 1, "token_not_yet_valid"),
    ],
)
def test_clocks_may_disagree_by_three_minutes(age_seconds: int, verdict: str) -> None:
    minted_at = datetime.fromtimestamp(int(NOW.timestamp()) - age_seconds, UTC)
    assert verdict_of(mint(KEY, issuer="Tamara", now=minted_at)) == verdict


@pytest.mark.parametrize(
    ("claims", "verdict"),
    [
        ({}, ""),
        ({"iat": None}, ""),
        ({"nbf": int(NOW.timestamp()) + 181}, "token_not_yet_valid"),
        ({"order_id": "unasked", "jti": "x"}, ""),
        ({"exp": None}, "token_malformed"),
        ({"exp": "4102444800"}, "token_malformed"),
        ({"exp": True}, "token_malformed"),
        ({"iat": []}, "token_malformed"),
        ({"iss": None}, "issuer_unknown"),
        ({"iss": "tamara"}, "issuer_unknown"),
        ({"iss": ["Tamara"]}, "issuer_unknown"),
    ],
)
def test_a_signed_token_is_held_to_its_claims(claims: dict[str, Any], verdict: str) -> None:
    assert verdict_of(claims_token(**claims)) == verdict


def test_a_time_with_a_fraction_is_a_time() -> None:
    assert verdict_of(signed_token(b'{"exp":4102444800.5,"iss":"Tamara"}')) == ""
    assert verdict_of(signed_token(b'{"exp":1700000000.5,"iss":"Tamara"}')) == "token_expired"


@pytest.mark.parametrize(
    "claims",
    [
        b"[]",
        b"{",
        b"",
        b"\xff",
        b'{"exp":4102444800,"exp":1,"iss":"Tamara"}',
        b'{"exp":NaN,"iss":"Tamara"}',
        b'{"exp":1e999,"iss":"Tamara"}',
    ],
)
def test_claims_that_two_parsers_could_read_differently_are_refused(claims: bytes) -> None:
    assert verdict_of(signed_token(claims)) == "token_malformed"


@pytest.mark.parametrize(
    "header",
    [
        b'{"typ":"JWT","alg":"none"}',
        b'{"typ":"JWT","alg":"hs256"}',
        b'{"typ":"JWT","alg":["HS256"]}',
        b'{"typ":"JWT"}',
        b'{"alg":"HS256","crit":["exp"]}',
        b'{"alg":"HS256","alg":"none"}',
    ],
)
def test_the_algorithm_is_ours_to_choose(header: bytes) -> None:
    assert verdict_of(signed_token(header=header)) == "token_malformed"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        V1 + ".",
        "." + V1,
        V1 + "=",
        V1.replace("_", "/"),
        V2.replace("-", "+"),
        V1 + " ",
        V1 + "\n",
        " " + V1,
        V1.replace(".", ".\u0661", 1),
        V1[:-1] + "p",
        "a" * (LONGEST_TOKEN + 1),
    ],
)
def test_only_the_one_spelling_of_a_token_is_read(token: str) -> None:
    assert verdict_of(token) == "token_malformed"


def test_a_key_that_everybody_has_signs_nothing() -> None:
    assert verdict_of(mint("", issuer="Tamara", now=NOW), key="") == "signature_invalid"


@given(st.integers(0, 255))
def test_any_flipped_bit_of_a_signature_is_refused(bit: int) -> None:
    signed, _, signature = V1.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "="))
    raw[bit // 8] ^= 1 << bit % 8
    forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert verdict_of(f"{signed}.{forged}") == "signature_invalid"


@given(st.integers(0, len(V1) - 1), st.characters(exclude_categories=()))
def test_any_other_character_in_a_token_is_refused(position: int, character: str) -> None:
    changed = V1[:position] + character + V1[position + 1 :]
    assert changed == V1 or verdict_of(changed)


@given(st.text(st.characters(exclude_categories=()), max_size=300))
@example("\udcff.\ud800.\udfff")
def test_nothing_that_somebody_writes_is_a_token(text: str) -> None:
    assert verdict_of(text) == "token_malformed"


@given(st.binary(max_size=64), st.binary(max_size=40))
def test_no_bytes_are_accepted_without_the_key(claims: bytes, signature: bytes) -> None:
    assert verdict_of(signed_token(claims, signature=signature))


@given(st.text(min_size=1, max_size=60).filter(lambda key: key != KEY))
def test_no_other_key_signs(key: str) -> None:
    assert verdict_of(mint(key, issuer="Tamara", now=NOW)) == "signature_invalid"


def test_what_is_kept_can_be_checked_and_not_sent() -> None:
    shown = kept(V1)
    assert V1.rpartition(".")[2] not in shown
    assert read_kept(shown).is_signed_with(KEY)
    assert not read_kept(shown).is_signed_with("another-token")
    assert verdict_of(shown) == "token_malformed"
    with pytest.raises(WebhookRefused):
        read_kept(V1)


@pytest.mark.parametrize("secret", [KEY, "a.b.c", V6, V7, "Basic-user:password"])
def test_of_what_is_no_token_only_a_digest_is_kept(secret: str) -> None:
    shown = kept(secret)
    assert shown.startswith("sha256:")
    assert len(shown) == len("sha256:") + 64
    with pytest.raises(WebhookRefused):
        read_kept(shown)


def test_a_token_prints_no_signature() -> None:
    signature = tokens.read_token(V1).proof
    assert repr(signature) not in repr(read_token(V1))
