"""Tabby's webhooks: one header, compared in constant time, that does not cover the body."""

import ast
import inspect
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments_common.errors import InvalidMessage, WebhookRefused
from payments_common.gateways.authenticity import LONGEST_HEADER
from payments_common.gateways.port import VerifiesStored, WebhookDelivery, WebhookSecret
from payments_common.gateways.tabby import webhooks
from payments_common.gateways.tabby.webhooks import TabbyWebhooks
from support.tabby_payloads import PAYMENT_ID, WEBHOOK_SECRET, capture, payment

SCHEME = TabbyWebhooks("X-Payments-Webhook")
HEADER = "x-payments-webhook"
NEXT_SECRET = WebhookSecret("next", "77aa-next-example")
BODY = b'{"id":"3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44"}'


def delivery(*values: str, body: bytes = BODY, **headers: str) -> WebhookDelivery:
    others = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return WebhookDelivery(
        body=body,
        headers=[*others, *((HEADER, value) for value in values)],
        query="",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def refusal_of(sent: WebhookDelivery, *secrets: WebhookSecret) -> str:
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(sent, secrets)
    assert not any(secret.value in str(caught.value) for secret in secrets)
    return caught.value.code


def notice(status: str = "authorized", **changes: Any) -> dict[str, Any]:
    return {**payment(status, token="", closed_at=None, is_expired=False), **changes}


@pytest.mark.parametrize("secret", [WEBHOOK_SECRET, NEXT_SECRET])
def test_any_of_the_account_s_secrets_authenticates(secret: WebhookSecret) -> None:
    verified = SCHEME.verify(delivery(secret.value), [WEBHOOK_SECRET, NEXT_SECRET])
    assert verified.secret_id == secret.secret_id


def test_the_header_s_name_has_no_case() -> None:
    sent = WebhookDelivery(
        body=BODY,
        headers=[("X-PAYMENTS-Webhook", WEBHOOK_SECRET.value)],
        query="",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    assert SCHEME.verify(sent, [WEBHOOK_SECRET]).secret_id == "current"


@pytest.mark.parametrize("position", range(len(WEBHOOK_SECRET.value)))
def test_a_header_with_one_byte_flipped_is_refused(position: int) -> None:
    value = bytearray(WEBHOOK_SECRET.value, "ascii")
    value[position] ^= 1
    assert refusal_of(delivery(value.decode()), WEBHOOK_SECRET, NEXT_SECRET) == "signature_invalid"


@pytest.mark.parametrize(
    "value",
    ["", " ", WEBHOOK_SECRET.value[:-1], WEBHOOK_SECRET.value + "0", WEBHOOK_SECRET.value.upper()],
)
def test_a_header_that_almost_matches_is_refused(value: str) -> None:
    assert refusal_of(delivery(value), WEBHOOK_SECRET) == "signature_invalid"


@given(st.text(st.characters(exclude_categories=()), max_size=30))
@example("\udcff\ud800")
def test_no_header_value_breaks_the_comparison(value: str) -> None:
    assert refusal_of(delivery(value), WEBHOOK_SECRET) == "signature_invalid"


def test_a_missing_header_is_refused() -> None:
    assert refusal_of(delivery(), WEBHOOK_SECRET) == "signature_missing"


def test_a_repeated_header_is_refused_even_if_each_is_right() -> None:
    sent = delivery(WEBHOOK_SECRET.value, WEBHOOK_SECRET.value)
    assert refusal_of(sent, WEBHOOK_SECRET) == "signature_repeated"


def test_without_a_configured_secret_nothing_is_authentic() -> None:
    assert refusal_of(delivery("")) == "secret_not_configured"
    assert refusal_of(delivery(WEBHOOK_SECRET.value)) == "secret_not_configured"


def test_equal_bodies_have_equal_keys_and_others_have_others() -> None:
    first = SCHEME.verify(delivery(WEBHOOK_SECRET.value), [WEBHOOK_SECRET])
    again = SCHEME.verify(delivery(WEBHOOK_SECRET.value, date="later"), [WEBHOOK_SECRET])
    other = SCHEME.event_key(delivery(body=BODY + b" "))
    assert first.event_key == again.event_key != other
    assert first.event_key.startswith("sha256:")


def test_what_is_stored_explains_the_delivery_and_opens_no_door() -> None:
    sent = delivery(
        WEBHOOK_SECRET.value,
        Content_Type="application/json",
        user_agent="Go-http-client/1.1\r\nfake: 1",
        cookie="session=1",
        authorization="Bearer sk",
    )
    stored = SCHEME.stored_headers(sent)
    assert WEBHOOK_SECRET.value not in repr(stored)
    assert [name for name, _ in stored] == [HEADER, "content-type", "user-agent"]
    assert "\r" not in repr(dict(stored)["user-agent"])
    assert refusal_of(delivery(dict(stored)[HEADER]), WEBHOOK_SECRET) == "signature_invalid"


def test_what_is_stored_is_bounded() -> None:
    sent = WebhookDelivery(
        body=BODY,
        headers=[("user-agent", "x" * 10_000)] * 1000 + [(HEADER, "a" * 10_000)],
        query="",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    stored = SCHEME.stored_headers(sent)
    assert len(stored) == webhooks.MOST_HEADERS
    assert stored[0][0] == HEADER
    assert all(len(value) <= LONGEST_HEADER for _, value in stored)


def test_a_stored_delivery_is_verified_again_once_the_secret_is_right() -> None:
    scheme: VerifiesStored = SCHEME
    kept = SCHEME.stored_headers(delivery(NEXT_SECRET.value, date="today"))
    stored = WebhookDelivery(
        body=BODY, headers=kept, query="", received_at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    with pytest.raises(WebhookRefused):
        scheme.verify_stored(stored, [WEBHOOK_SECRET])
    verified = scheme.verify_stored(stored, [WEBHOOK_SECRET, NEXT_SECRET])
    assert verified.secret_id == "next"
    assert verified.stored_headers == kept


@pytest.mark.parametrize(
    ("document", "claims"),
    [
        (notice(amount="150.00", captures=[capture()]), "authorized, 150.00 SAR, 1 capture"),
        (notice("closed", refunds=[{}, {}]), "closed, 150 SAR, 2 refunds"),
        (notice("closed", captures=None, refunds=None), "closed, 150 SAR"),
        ({"id": PAYMENT_ID}, "no status"),
        ({"id": PAYMENT_ID, "status": "a\nb", "amount": "x" * 99}, "a?b, " + "x" * 40),
    ],
)
def test_a_notice_is_a_hint_at_its_payment(document: dict[str, Any], claims: str) -> None:
    hint = SCHEME.parse(document)
    assert hint is not None
    assert (hint.payment_id, hint.claims) == (PAYMENT_ID, claims)


def test_a_hint_names_the_order_if_the_notice_does() -> None:
    for order, expected in (({"reference_id": "order-1"}, "order-1"), (None, None), ([], None)):
        hint = SCHEME.parse(notice(order=order))
        assert hint is not None
        assert hint.order_reference == expected


@pytest.mark.parametrize(
    "document",
    [
        {"dispute_id": "d-1", "payment_id": PAYMENT_ID, "status": "pending"},
        {"token": "t-1", "status": "active"},
    ],
)
def test_a_notice_of_a_dispute_or_token_concerns_no_payment(document: dict[str, Any]) -> None:
    assert SCHEME.parse(document) is None


@pytest.mark.parametrize(
    "body", [None, [], "x", 7, {}, {"id": None}, {"id": 7}, {"id": "abc"}, {"id": PAYMENT_ID + "x"}]
)
def test_a_body_that_tabby_cannot_have_sent_is_refused(body: Any) -> None:
    with pytest.raises(InvalidMessage):
        SCHEME.parse(body)


def test_no_secret_is_compared_with_an_operator() -> None:
    """An `==` or `in` stops at the first difference, and its time tells where that is."""
    tree = ast.parse(inspect.getsource(webhooks))
    secretive = {"presented", "secret", "value", "_bytes", "_digest", "form", "compare_digest"}
    compared: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            compared |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            compared |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    assert not compared & secretive
    assert "hmac.compare_digest" in ast.unparse(tree)
