"""What is kept of a delivery: it can be verified again, and it opens no door."""

from dataclasses import replace
from datetime import timedelta

import pytest

from payments_common.errors import WebhookRefused
from payments_common.gateways.authenticity import LONGEST_HEADER
from payments_common.gateways.port import VerifiesStored, WebhookDelivery
from payments_common.gateways.tamara import tokens, webhooks
from payments_common.gateways.tamara.webhooks import TamaraWebhooks
from support.tamara_tokens import BODY, KEY, NEXT_SECRET, NOW, SECRET, V1, delivery

SCHEME = TamaraWebhooks()


def refusal_of(sent: WebhookDelivery) -> str:
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(sent, [SECRET])
    return caught.value.code


def test_equal_bodies_have_equal_keys_and_others_have_others() -> None:
    first = SCHEME.verify(delivery(f"Bearer {V1}"), [SECRET])
    again = SCHEME.verify(delivery(query=f"tamaraToken={V1}"), [SECRET])
    other = SCHEME.event_key(delivery(body=BODY + b" "))
    assert first.event_key == again.event_key != other


def test_what_is_stored_explains_the_delivery_and_opens_no_door() -> None:
    sent = delivery(
        f"Bearer {V1}",
        "Bearer " + KEY,
        query=f"v=1&tamaraToken={V1}&w=2",
        headers=[
            ("content-type", "application/json"),
            ("user-agent", "Tamara\r\nfake: 1"),
            ("cookie", "session=1"),
        ],
    )
    stored = SCHEME.stored_headers(sent)
    shown = repr(stored) + SCHEME.stored_query(sent)
    for secret in (KEY, V1, V1.rpartition(".")[2]):
        assert secret not in shown
    assert "\r" not in dict(stored)["user-agent"]
    assert SCHEME.stored_query(sent) == "v=1&tamaraToken=***&w=2"
    held = [f"Bearer {value}" for _, value in stored]
    assert refusal_of(delivery(*held, headers=stored)) == "token_malformed"


@pytest.mark.parametrize(
    "query",
    [
        f"tamaraToken={V1}",
        f"v=1?tamaraToken={V1}",
        f"TAMARATOKEN={V1}",
        f"x=tamaraToken%3D{V1}",
        f"token={V1}",
        f"x={V1.replace('.', '%2e')}",
        V1,
        f"tamaraToken={KEY}",
    ],
)
def test_no_stored_query_holds_a_token(query: str) -> None:
    shown = SCHEME.stored_query(delivery(query=query))
    assert V1.rpartition(".")[2] not in shown
    assert KEY not in shown


def test_a_query_that_holds_no_token_is_stored_as_it_is() -> None:
    query = "account=tamara-ksa&v=1.2.3&host=shop.example.com"
    assert SCHEME.stored_query(delivery(query=query)) == query


def test_what_is_stored_is_bounded() -> None:
    sent = WebhookDelivery(
        body=BODY,
        headers=[("user-agent", "x" * 10_000), ("authorization", "Bearer " + "a" * 10_000)] * 1000,
        query=f"tamaraToken={V1}&" * 1000,
        received_at=NOW,
    )
    stored = SCHEME.stored_headers(sent)
    assert len(stored) == webhooks.MOST_HEADERS
    assert all(len(value) <= LONGEST_HEADER for _, value in stored)


@pytest.mark.parametrize(
    "sent",
    [delivery(f"Bearer {V1}", headers=[("date", "today")]), delivery(query=f"tamaraToken={V1}")],
)
def test_a_stored_delivery_is_verified_again_once_the_secret_is_right(
    sent: WebhookDelivery,
) -> None:
    scheme: VerifiesStored = SCHEME
    kept = SCHEME.stored_headers(sent)
    stored = WebhookDelivery(
        body=BODY, headers=kept, query=SCHEME.stored_query(sent), received_at=NOW
    )
    with pytest.raises(WebhookRefused):
        scheme.verify_stored(stored, [NEXT_SECRET])
    verified = scheme.verify_stored(stored, [NEXT_SECRET, SECRET])
    assert (verified.secret_id, verified.stored_headers) == ("current", kept)
    assert verified.event_key == SCHEME.event_key(sent)


def test_a_stored_delivery_is_judged_as_at_the_time_when_it_came() -> None:
    token = tokens.mint(KEY, issuer="Tamara", now=NOW)
    kept = SCHEME.stored_headers(delivery(f"Bearer {token}"))
    stored = WebhookDelivery(body=BODY, headers=kept, query="", received_at=NOW)
    assert SCHEME.verify_stored(stored, [SECRET]).secret_id == "current"
    late = replace(stored, received_at=NOW + timedelta(hours=1))
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify_stored(late, [SECRET])
    assert caught.value.code == "token_expired"


def test_a_stored_delivery_is_not_taken_from_the_network_and_the_other_way_round() -> None:
    kept = SCHEME.stored_headers(delivery(f"Bearer {V1}"))
    assert refusal_of(delivery(headers=kept)) == "signature_missing"
    with pytest.raises(WebhookRefused):
        SCHEME.verify_stored(delivery(f"Bearer {V1}", query=f"tamaraToken={V1}"), [SECRET])
