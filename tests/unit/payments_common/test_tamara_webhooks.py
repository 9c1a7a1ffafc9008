"""Tamara's webhooks: one good token, wherever it is, and a body that is only a hint."""

import ast
import inspect

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments_common.errors import WebhookRefused
from payments_common.gateways.port import WebhookDelivery, WebhookSecret
from payments_common.gateways.tamara import deliveries, tokens
from payments_common.gateways.tamara.webhooks import TamaraWebhooks, webhook_scheme
from support.tamara_payloads import tamara_account
from support.tamara_tokens import (
    KEY,
    NEXT_SECRET,
    NOW,
    SECRET,
    V1,
    V2,
    V3,
    V5,
    V6,
    V7,
    V8,
    delivery,
)

SCHEME = TamaraWebhooks()


def refusal_of(sent: WebhookDelivery, *secrets: WebhookSecret) -> str:
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(sent, secrets)
    assert not any(secret.value in str(caught.value) for secret in secrets)
    return caught.value.code


@pytest.mark.parametrize(
    "sent",
    [
        delivery(f"Bearer {V1}"),
        delivery(query=f"tamaraToken={V1}"),
        delivery(f"Bearer {V1}", query=f"tamaraToken={V2}"),
        delivery(f"Bearer {V1}", query=f"tamaraToken={V1}"),
    ],
)
def test_what_tamara_s_own_authenticator_accepts_is_accepted(sent: WebhookDelivery) -> None:
    assert SCHEME.verify(sent, [SECRET]).secret_id == "current"


@pytest.mark.parametrize(
    "sent",
    [
        delivery(f"Bearer {V2}", query=f"tamaraToken={V1}"),
        delivery("Basic dXNlcjpwYXNzd29yZA==", query=f"tamaraToken={V1}"),
        delivery(f"bearer {V1}"),
    ],
)
def test_where_tamara_s_own_reads_one_place_only_we_are_more_tolerant(
    sent: WebhookDelivery,
) -> None:
    assert SCHEME.verify(sent, [SECRET]).secret_id == "current"


@pytest.mark.parametrize("token", [V1, f"Token {V1}", f"Bearer{V1}", f"Bearer {V1} {V1}"])
def test_a_header_that_is_not_a_bearer_s_holds_no_token(token: str) -> None:
    assert refusal_of(delivery(token), SECRET) == "signature_missing"


@pytest.mark.parametrize("held", [[f"Bearer {V2}", f"Bearer {V1}"], [f"Bearer {V2}, Bearer {V1}"]])
def test_a_header_of_ours_beside_tamara_s_does_no_harm(held: list[str]) -> None:
    """The documents' own example registers a header named authorization (section 5.4)."""
    assert SCHEME.verify(delivery(*held), [SECRET]).secret_id == "current"


@pytest.mark.parametrize(
    "query",
    [
        f"tamaraToken={V1}",
        f"v=1&tamaraToken={V1}",
        f"v=1?tamaraToken={V1}",
        f"&tamaraToken={V1}",
        f"?tamaraToken={V1}&v=1",
        f"tamaratoken={V1}",
        f"tamaraToken={V2}&tamaraToken={V1}",
        f"tamaraToken={V1.replace('.', '%2E')}",
        f"tamaraToken=&tamaraToken={V1}#x",
    ],
)
def test_a_token_is_found_however_it_was_joined_to_the_url(query: str) -> None:
    assert SCHEME.verify(delivery(query=query), [SECRET]).secret_id == "current"


@pytest.mark.parametrize("query", ["", "v=1", f"nottamaraToken={V1}", f"token={V1}", V1])
def test_without_a_token_a_delivery_is_refused(query: str) -> None:
    assert refusal_of(delivery(query=query), SECRET) == "signature_missing"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (V2, "signature_invalid"),
        (V3, "token_expired"),
        (V5, "issuer_unknown"),
        (V6, "token_malformed"),
        (V7, "token_malformed"),
        (V8, "token_not_yet_valid"),
        (KEY, "token_malformed"),
    ],
)
def test_a_bad_token_is_refused_with_what_is_wrong(token: str, code: str) -> None:
    assert refusal_of(delivery(f"Bearer {token}"), SECRET) == code
    assert refusal_of(delivery(query=f"tamaraToken={token}"), SECRET) == code


@pytest.mark.parametrize("first", [V6, V2, "rubbish"])
def test_of_several_bad_tokens_the_one_that_came_nearest_says_why(first: str) -> None:
    for sent in (
        delivery(f"Bearer {first}", query=f"tamaraToken={V3}"),
        delivery(f"Bearer {V3}", query=f"tamaraToken={first}"),
    ):
        assert refusal_of(sent, SECRET) == "token_expired"


def test_any_of_the_account_s_secrets_authenticates() -> None:
    token = tokens.mint(NEXT_SECRET.value, issuer="Tamara", now=NOW)
    verified = SCHEME.verify(delivery(f"Bearer {token}"), [SECRET, NEXT_SECRET])
    assert verified.secret_id == "next"
    assert refusal_of(delivery(f"Bearer {token}"), SECRET) == "signature_invalid"


def test_without_a_configured_secret_nothing_is_authentic() -> None:
    assert refusal_of(delivery(f"Bearer {V1}")) == "secret_not_configured"
    empty = delivery("Bearer " + tokens.mint("", issuer="Tamara", now=NOW))
    with pytest.raises(WebhookRefused, match="none of the account's webhook secrets"):
        SCHEME.verify(empty, [WebhookSecret("empty", "")])


def test_the_account_s_options_say_whose_tokens_are_taken() -> None:
    for issuer in ("", "Evil"):
        scheme = webhook_scheme(tamara_account(options={"webhook_issuer": issuer}, credentials={}))
        assert scheme.verify(delivery(f"Bearer {V5}"), [SECRET]).secret_id == "current"
    default = webhook_scheme(tamara_account(credentials={}))
    with pytest.raises(WebhookRefused, match="not issued by Tamara"):
        default.verify(delivery(f"Bearer {V5}"), [SECRET])


def test_so_many_tokens_as_nobody_sends_are_not_all_tried() -> None:
    held = [f"Bearer {V2}"] * deliveries.MOST_TOKENS
    assert refusal_of(delivery(*held, f"Bearer {V1}"), SECRET) == "signature_invalid"
    assert SCHEME.verify(delivery(*held[1:], f"Bearer {V1}"), [SECRET])


@given(st.text(st.characters(exclude_categories=()), max_size=80), st.text(max_size=80))
@example("Bearer \udcff.\ud800.x", "tamaraToken=%ff%00..")
@example("Bearer sha256:" + "0" * 64, "tamaraToken=sha256:" + "0" * 64)
def test_nothing_is_authentic_without_the_secret(value: str, query: str) -> None:
    sent = delivery(value, f"Bearer {value}", query=query + "&tamaraToken=" + query)
    assert refusal_of(sent, SECRET) in {"token_malformed", "signature_missing"}


def test_no_signature_is_compared_with_an_operator() -> None:
    """An `==` or `in` stops at the first difference, and its time tells where that is."""
    tree = ast.parse(inspect.getsource(tokens))
    secretive = {"signature", "proof", "key", "expected", "_signature", "_digest"}
    compared: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            compared |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            compared |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    assert not compared & secretive
    assert "hmac.compare_digest" in ast.unparse(tree)
