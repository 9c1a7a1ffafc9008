"""Our session as Tamara's request, and Tamara's session as ours."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments_common.errors import InvalidMessage
from payments_common.gateways.port import SessionCreated
from payments_common.gateways.tamara.checkout import checkout_request, session_outcome
from payments_common.gateways.tamara.config import read_config
from payments_common.gateways.tamara.wire import TamaraSession
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import ObservationSource, PaymentFacts
from payments_common.schemas.parties import Address, Customer, Item
from support.tamara_payloads import (
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
    CANARY_STREET,
    CHECKOUT_ID,
    ORDER_ID,
    WEBHOOK_URL,
    create_session,
    major,
    session_answer,
    tamara_account,
)

WITNESS = Witness("tamara-ksa", ObservationSource.ANSWER, datetime(2026, 3, 2, tzinfo=UTC))


def request_for(session: CreateSession, **options: str) -> dict[str, Any]:
    return checkout_request(session, config=read_config(tamara_account(options=options)))


def outcome_of(**changes: Any) -> SessionCreated:
    return session_outcome(TamaraSession.model_validate(session_answer(**changes)), WITNESS)


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
    names = {"first_name": "Canary", "last_name": "Nightingale"}
    assert request_for(create_session()) == {
        "total_amount": major(),
        "shipping_amount": major(0),
        "tax_amount": major(0),
        "order_reference_id": "order-1",
        "items": [
            {
                "name": "Lamp",
                "quantity": 1,
                "reference_id": "N/A",
                "type": "general",
                "sku": "N/A",
                "unit_price": major(),
                "total_amount": major(),
            }
        ],
        "consumer": {**names, "phone_number": CANARY_PHONE, "email": CANARY_EMAIL},
        "country_code": "SA",
        "description": "order-1",
        "merchant_url": {
            "success": "https://shop.example.com/success?order=1",
            "failure": "https://shop.example.com/failure",
            "cancel": "https://shop.example.com/cancel",
        },
        "shipping_address": {
            **names,
            "line1": CANARY_STREET,
            "city": "Riyadh",
            "country_code": "SA",
            "phone_number": CANARY_PHONE,
        },
        "locale": "en_US",
        "payment_type": "PAY_BY_INSTALMENTS",
    }


@given(st.integers(1, 10**12), st.sampled_from(["SAR", "AED", "KWD", "BHD", "OMR"]))
def test_amounts_are_exact_decimals_with_the_currency_s_digits(minor: int, currency: str) -> None:
    request = request_for(create_session(minor, currency))
    told = request["total_amount"]["amount"]
    digits = 2 if currency in {"SAR", "AED"} else 3
    assert isinstance(told, Decimal)
    assert told * 10**digits == minor
    assert told.as_tuple().exponent == -digits
    assert request["shipping_amount"] == {"amount": Decimal(0), "currency": currency}


def test_an_item_s_total_is_its_price_so_many_times() -> None:
    item = Item(title="Lamp", quantity=3, unit_price=Money(3335, "SAR"), item_reference="sku-7")
    (wire,) = request_for(create_session(items=(item,)))["items"]
    assert (wire["quantity"], wire["total_amount"]) == (3, major("100.05"))
    assert (wire["reference_id"], wire["sku"]) == ("sku-7", "sku-7")


def test_no_float_is_sent() -> None:
    assert not any(isinstance(leaf, float) for leaf in leaves_of(request_for(create_session())))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Noor Example", "Noor", "Example"),
        ("Noor  bint Example", "Noor", "bint Example"),
        ("Noor", "Noor", "N/A"),
        (" ", "N/A", "N/A"),
        (
            "\u0646\u0648\u0631 \u0645\u062b\u0627\u0644",
            "\u0646\u0648\u0631",
            "\u0645\u062b\u0627\u0644",
        ),
    ],
)
def test_a_name_has_two_parts_or_says_so(name: str, first: str, last: str) -> None:
    customer = Customer(name=name, email=CANARY_EMAIL, phone=CANARY_PHONE)
    request = request_for(create_session(customer=customer))
    for person in (request["consumer"], request["shipping_address"]):
        assert (person["first_name"], person["last_name"]) == (first, last)


def test_goods_that_are_not_shipped_have_no_address() -> None:
    address = request_for(create_session(shipping_address=None))["shipping_address"]
    assert (address["line1"], address["city"], address["country_code"]) == ("N/A", "N/A", "SA")
    assert address["first_name"] == "Canary"


def test_a_postal_code_is_told_where_there_is_one() -> None:
    address = Address(city="Riyadh", line="1", postal_code="00000")
    wire = request_for(create_session(shipping_address=address))["shipping_address"]
    assert wire["postal_code"] == "00000"


@pytest.mark.parametrize(("language", "locale"), [("ar", "ar_SA"), ("en", "en_US")])
def test_a_language_is_a_locale(language: str, locale: str) -> None:
    assert request_for(create_session(language=language))["locale"] == locale


def test_the_account_s_options_are_told_with_each_session() -> None:
    request = request_for(
        create_session(),
        country_code="AE",
        notification="true",
        instalments="4",
        platform="house",
    )
    assert request["merchant_url"]["notification"] == WEBHOOK_URL
    assert (request["payment_type"], request["instalments"]) == ("PAY_BY_INSTALMENTS", 4)
    assert (request["platform"], request["country_code"]) == ("house", "AE")


def test_another_way_to_pay_than_by_instalments_is_told_where_the_account_names_it() -> None:
    request = request_for(create_session(), payment_type="PAY_NOW")
    assert request["payment_type"] == "PAY_NOW"
    assert "instalments" not in request


def test_long_text_is_clipped_to_what_tamara_takes() -> None:
    long = "\u0645" * 250 + "x" * 5
    item = Item(title=long, unit_price=Money(15000, "SAR"), item_reference=long, category=long)
    customer = Customer(name=CANARY_NAME, email=CANARY_EMAIL, phone=CANARY_PHONE)
    request = request_for(create_session(items=(item,), customer=customer, description=long))
    texts = [leaf for leaf in leaves_of(request) if isinstance(leaf, str)]
    assert max(len(text) for text in texts) == 255
    assert len(request["items"][0]["sku"]) == 128


def test_a_created_session_says_where_to_pay_and_names_no_amount() -> None:
    created = outcome_of()
    assert created.redirect_url.startswith("https://checkout.example.com/")
    assert (created.session_id, created.observation.payment_id) == (CHECKOUT_ID, ORDER_ID)
    assert created.observation.facts == PaymentFacts()
    assert created.observation.gateway_status == "new"
    assert created.expires_at is None


def test_a_session_may_be_answered_without_its_status_and_checkout_id() -> None:
    created = outcome_of(status=None, checkout_id=None)
    assert (created.session_id, created.observation.gateway_status) == (ORDER_ID, "new")


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "checkout"])
def test_a_session_that_nobody_can_pay_is_no_session(url: str | None) -> None:
    with pytest.raises(InvalidMessage, match="no checkout_url"):
        outcome_of(checkout_url=url)
