"""What Tamara's webhooks, and our own probes, point at."""

from datetime import timedelta
from typing import Any

import pytest

from payments_common import strict_json
from payments_common.errors import InvalidMessage, WebhookRefused
from payments_common.gateways.port import WebhookDelivery
from payments_common.gateways.tamara.webhooks import TamaraWebhooks
from support.tamara_payloads import CANCEL_ID, ORDER_ID, major, notice
from support.tamara_tokens import NEXT_SECRET, NOW, SECRET

SCHEME = TamaraWebhooks()


def refusal_of(sent: WebhookDelivery) -> str:
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(sent, [SECRET])
    return caught.value.code


def test_our_own_probe_is_authentic_in_either_place_and_about_no_order() -> None:
    probe = SCHEME.probe(SECRET, now=NOW)
    (header,) = probe.headers.items()
    (parameter,) = probe.query.items()
    for sent in (
        WebhookDelivery(probe.body, [header], "", NOW),
        WebhookDelivery(probe.body, [], "=".join(parameter), NOW),
    ):
        assert SCHEME.verify(sent, [NEXT_SECRET, SECRET]).secret_id == "current"
    assert SCHEME.parse(strict_json.loads(probe.body)) is None
    assert probe.body != SCHEME.probe(SECRET, now=NOW + timedelta(seconds=1)).body


def test_a_probe_names_the_issuer_that_is_asked_for() -> None:
    scheme = TamaraWebhooks("Other")
    probe = scheme.probe(SECRET, now=NOW)
    sent = WebhookDelivery(probe.body, list(probe.headers.items()), "", NOW)
    assert scheme.verify(sent, [SECRET])
    assert refusal_of(sent) == "issuer_unknown"


@pytest.mark.parametrize(
    ("document", "claims"),
    [
        (notice("order_approved"), "order_approved"),
        (notice("order_expired", data={}), "order_expired"),
        (notice("order_expired", data=None), "order_expired"),
        (notice("order_on_hold"), "order_on_hold"),
        (
            notice("order_captured", {"capture_id": "c", "captured_amount": major("149.50")}),
            "order_captured, 149.50 SAR",
        ),
        (
            notice("order_refunded", {"refunded_amount": [major("49.50")], "comment": "private"}),
            "order_refunded, 49.50 SAR",
        ),
        (
            notice(
                "order_canceled",
                {"cancel_id": CANCEL_ID, "canceled_amount": major("12.75", "KWD")},
            ),
            "order_canceled, 12.75 KWD",
        ),
        (
            notice("order_declined", {"declined_code": "limit\n", "declined_reason": "private"}),
            "order_declined, limit?",
        ),
        ({"order_id": ORDER_ID, "order_status": "approved", "data": []}, "approved"),
        ({"order_id": ORDER_ID}, "no event"),
        ({"order_id": ORDER_ID, "event_type": "a\nb" + "x" * 99}, "a?b" + "x" * 37),
        (notice("order_captured", {"captured_amount": "150"}), "order_captured"),
    ],
)
def test_a_notice_is_a_hint_at_its_order(document: dict[str, Any], claims: str) -> None:
    hint = SCHEME.parse(document)
    assert hint is not None
    assert (hint.payment_id, hint.claims) == (ORDER_ID, claims)


@pytest.mark.parametrize(
    ("reference", "expected"), [("order-1", "order-1"), ("", None), (None, None), (7, None)]
)
def test_a_hint_names_the_order_if_the_notice_does(reference: Any, expected: str | None) -> None:
    hint = SCHEME.parse(notice(order_reference_id=reference))
    assert hint is not None
    assert hint.order_reference == expected


@pytest.mark.parametrize(
    "document",
    [
        {"event_type": "OrderDisputeAwaitingMerchantResponse", "dispute_id": "d-1"},
        {"event_type": "OrderDisputeClosed", "order_id": None},
        {"type": "dispute"},
    ],
)
def test_a_notice_of_a_dispute_concerns_no_payment(document: dict[str, Any]) -> None:
    assert SCHEME.parse(document) is None


def test_a_notice_of_a_dispute_that_names_its_order_is_a_hint_all_the_same() -> None:
    assert SCHEME.parse({"event_type": "OrderDisputeClosed", "order_id": ORDER_ID})


@pytest.mark.parametrize(
    "body",
    [
        None, [], "x", 7, {}, {"order_id": None}, {"order_id": 7}, {"order_id": "abc"},
        {"event_type": "order_approved"}, {"order_id": ORDER_ID + "x"},
    ],
)  # fmt: skip
def test_a_body_that_tamara_cannot_have_sent_is_refused(body: Any) -> None:
    with pytest.raises(InvalidMessage):
        SCHEME.parse(body)
