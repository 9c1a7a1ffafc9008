"""Our session as Tabby's request, and Tabby's session as ours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from payments_common.errors import InvalidMessage
from payments_common.gateways.port import Declined, SessionCreated
from payments_common.gateways.tabby.checkout import checkout_request, session_outcome
from payments_common.gateways.tabby.config import read_config
from payments_common.gateways.tabby.wire import TabbySession
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import ObservationSource
from payments_common.schemas.parties import Customer
from support.tabby_payloads import (
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
    PAYMENT_ID,
    create_session,
    rejected_session_answer,
    session_answer,
    tabby_account,
)

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
WITNESS = Witness("tabby-ksa", ObservationSource.ANSWER, NOW)


def request_for(session: CreateSession) -> dict[str, Any]:
    return checkout_request(session, config=read_config(tabby_account()), order_id="0192", now=NOW)


def outcome_of(document: dict[str, Any]) -> SessionCreated | Declined:
    return session_outcome(TabbySession.model_validate(document), WITNESS)


def leaves_of(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for member in value.values():
            yield from leaves_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves_of(member)
    else:
        yield value


def test_the_request_holds_every_member_that_is_required() -> None:
    assert request_for(create_session()) == {
        "payment": {
            "amount": "150.00",
            "currency": "SAR",
            "description": "",
            "buyer": {"name": CANARY_NAME, "email": CANARY_EMAIL, "phone": CANARY_PHONE},
            "shipping_address": {"city": "Riyadh", "address": "1 Example Street", "zip": ""},
            "order": {
                "reference_id": "order-1",
                "items": [
                    {"title": "Lamp", "quantity": 1, "unit_price": "150.00", "category": "general"}
                ],
            },
            "buyer_history": {"registered_since": "2026-03-02T00:00:00Z", "loyalty_level": 0},
            "order_history": [],
            "meta": {"order_id": "0192", "customer": None},
        },
        "lang": "en",
        "merchant_code": "SA",
        "merchant_urls": {
            "success": "https://shop.example.com/success?order=1",
            "cancel": "https://shop.example.com/cancel",
            "failure": "https://shop.example.com/failure",
        },
    }


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(10000, "SAR", "100.00"), (1, "AED", "0.01"), (41250, "KWD", "41.250"), (7, "KWD", "0.007")],
)
def test_amounts_have_all_of_the_currency_s_digits(minor: int, currency: str, text: str) -> None:
    payment = request_for(create_session(minor, currency))["payment"]
    assert (payment["amount"], payment["order"]["items"][0]["unit_price"]) == (text, text)


def test_no_float_is_sent() -> None:
    assert not any(isinstance(leaf, float) for leaf in leaves_of(request_for(create_session())))


def test_long_text_is_clipped_to_what_tabby_reads() -> None:
    long = "\u0645" * 300
    item = create_session().items[0].model_copy(update={"title": long, "description": long})
    session = create_session().model_copy(update={"items": (item,), "description": long})
    texts = [leaf for leaf in leaves_of(request_for(session)) if isinstance(leaf, str)]
    assert max(len(text) for text in texts) == 255


def test_what_is_known_of_the_customer_is_told() -> None:
    customer = Customer(
        name=CANARY_NAME,
        email=CANARY_EMAIL,
        phone=CANARY_PHONE,
        customer_reference="c-118",
        date_of_birth=date(1990, 1, 2),
        registered_since=date(2020, 5, 6),
        successful_orders=3,
    )
    payment = request_for(create_session(customer=customer))["payment"]
    assert payment["buyer"]["dob"] == "1990-01-02"
    assert payment["buyer_history"] == {
        "registered_since": "2020-05-06T00:00:00Z",
        "loyalty_level": 3,
    }
    assert payment["meta"]["customer"] == "c-118"


def test_goods_that_are_not_shipped_say_so() -> None:
    payment = request_for(create_session(shipping_address=None))["payment"]
    assert set(payment["shipping_address"]) == {"city", "address", "zip"}
    assert payment["shipping_address"]["city"] == "not shipped"


def test_arabic_is_sent_as_it_is() -> None:
    session = create_session(language="ar")
    assert orjson.loads(orjson.dumps(request_for(session)))["lang"] == "ar"


def test_a_created_session_says_where_to_pay() -> None:
    created = outcome_of(session_answer())
    assert isinstance(created, SessionCreated)
    assert created.redirect_url == "https://checkout.tabby.example.com/?sessionId=b3f1"
    assert created.session_id != created.observation.payment_id == PAYMENT_ID
    assert created.expires_at == datetime(2026, 3, 2, 9, 35, 4, tzinfo=UTC)
    assert created.observation.gateway_status == "CREATED"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("not_available", "not_available"),
        ("order_amount_too_high", "order_amount_too_high"),
        ("order_amount_too_low", "order_amount_too_low"),
        ("something_new", "something_new"),
        (None, "not_available"),
    ],
)
@pytest.mark.parametrize("products", [None, {}, []])
def test_a_rejected_session_is_a_decline(reason: str | None, code: str, products: Any) -> None:
    declined = outcome_of(rejected_session_answer(reason, products))
    assert isinstance(declined, Declined)
    assert declined.code == code
    assert declined.message


def test_a_rejected_session_may_name_no_payment() -> None:
    declined = outcome_of({**rejected_session_answer("not_available"), "payment": None})
    assert isinstance(declined, Declined)
    assert declined.observation is None


@pytest.mark.parametrize(
    "changes",
    [
        {"payment": None},
        {"configuration": None},
        {"configuration": {"available_products": {"installments": []}}},
        {"configuration": {"available_products": {"installments": [{"web_url": None}]}}},
        {
            "configuration": {
                "available_products": {"installments": [{"web_url": "javascript:alert(1)"}]}
            }
        },
    ],
)
def test_a_session_that_nobody_can_pay_is_no_session(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage, match="no payment or no web_url"):
        outcome_of(session_answer(**changes))
