"""Requests as gateways/tamara.md sections 2, 4 and 5.1 describe them, and how they are refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway_sandbox.strict_body import dump
from gateway_sandbox.tamara.decode_checkout import decode_checkout
from gateway_sandbox.tamara.decode_payments import decode_capture
from gateway_sandbox.tamara.decode_webhook import decode_webhook
from gateway_sandbox.tamara.errors import TamaraError
from gateway_sandbox.tamara.settings import TamaraSettings
from support.tamara_sandbox import checkout_body, money

SETTINGS = TamaraSettings()


def test_a_checkout_is_decoded_whole() -> None:
    body = checkout_body(
        amount="149.50",
        reference_id="order-1",
        phone="0544337866",
        order_number="20417",
        discount={"name": "Voucher", "amount": money(10)},
        shipping_amount=money("12.25"),
        tax_amount=money(7.5),
        instalments=4,
        locale="en_US",
        additional_data=[],
        risk_assessment=[],
    )
    wanted = decode_checkout(dump(body), SETTINGS)
    assert (wanted.total_minor, wanted.currency, wanted.country_code) == (14950, "SAR", "SA")
    assert (wanted.reference_id, wanted.order_number) == ("order-1", "20417")
    assert (wanted.discount_name, wanted.breakdown.discount_minor) == ("Voucher", 1000)
    assert (wanted.breakdown.shipping_minor, wanted.breakdown.tax_minor) == (1225, 750)
    assert (wanted.instalments, wanted.locale) == (4, "en_US")
    assert wanted.phone_number == wanted.shipping_address["phone_number"] == "966544337866"


@pytest.mark.parametrize(
    "name",
    [
        "total_amount",
        "shipping_amount",
        "tax_amount",
        "order_reference_id",
        "items",
        "consumer",
        "country_code",
        "description",
        "merchant_url",
        "shipping_address",
    ],
)
def test_what_the_documents_require_is_required(name: str) -> None:
    body = checkout_body() | {name: None}
    with pytest.raises(TamaraError) as refusal:
        decode_checkout(dump(body), SETTINGS)
    assert refusal.value.status == 400
    assert name in refusal.value.message


@pytest.mark.parametrize(
    "name", ["shipping_amount", "tax_amount", "items", "description", "shipping_address"]
)
def test_some_of_it_is_not_if_so_set(name: str) -> None:
    lenient = replace(SETTINGS, require_full_checkout=False)
    body = checkout_body() | {name: None}
    assert decode_checkout(dump(body), lenient).total_minor == 10000


def changed(name: str, **members: Any) -> dict[str, Any]:
    return {name: checkout_body()[name] | members}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"country_code": "EG"}, "invalid_country_code"),
        ({"country_code": "AE"}, "total_amount_invalid_currency"),
        ({"total_amount": money(1, "USD")}, "currency_unsupported"),
        (changed("consumer", first_name=" "), "consumer_empty_first_name"),
        (changed("consumer", email=""), "consumer_empty_email"),
        (changed("consumer", email="noor@"), "consumer_invalid_email"),
        (changed("consumer", phone_number="123"), "consumer_invalid_phone_number"),
        (changed("consumer", phone_number=""), "consumer_invalid_phone_number"),
        (changed("consumer", phone_number=None), "invalid_request"),
        (changed("consumer", date_of_birth="1.2.1990"), "invalid_request"),
        (
            changed("shipping_address", phone_number="123"),
            "shipping_address_invalid_phone_number",
        ),
        (
            {"billing_address": {"phone_number": "123"}},
            "billing_address_invalid_phone_number",
        ),
        (changed("shipping_address", country_code="EG"), "not_supported_delivery_country"),
        (changed("merchant_url", success="javascript:alert(1)"), "invalid_request"),
        (changed("merchant_url", cancel=""), "invalid_request"),
        ({"description": "x" * 257}, "invalid_request"),
        ({"instalments": 99}, "invalid_request"),
        ({"tax_amount": money(-1)}, "total_amount_invalid"),
        ({"payment_type": "BARTER"}, "invalid_request"),
        ({"items": [{"name": "Lamp"}]}, "invalid_request"),
        ({"tax_amount": money(1, "AED")}, "total_amount_invalid_currency"),
        ({"items": "none"}, "invalid_request"),
    ],
)
def test_a_checkout_is_refused_with_the_known_codes(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(TamaraError) as refusal:
        decode_checkout(dump(checkout_body() | changes), SETTINGS)
    assert (refusal.value.status, refusal.value.code) == (400, code)


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("ar_SA", "ar_SA"),
        ("ar", "ar_SA"),
        ("", "ar_SA"),
        ("en_US", "en_US"),
        ("en_GB", "en_US"),
        ("fr_FR", "ar_SA"),
    ],
)
def test_a_shops_own_locale_is_taken_for_the_nearest_of_tamaras_two(sent: str, taken: str) -> None:
    assert decode_checkout(dump(checkout_body(locale=sent)), SETTINGS).locale == taken


def test_an_item_without_a_type_is_physical() -> None:
    item = checkout_body()["items"][0]
    del item["type"]
    assert decode_checkout(dump(checkout_body(items=[item])), SETTINGS).items[0].type == "Physical"


def test_a_discount_may_be_written_below_zero() -> None:
    item = checkout_body()["items"][0] | {"discount_amount": money("-0.50")}
    discount = {"name": "N/A", "amount": money(-10)}
    wanted = decode_checkout(dump(checkout_body(items=[item], discount=discount)), SETTINGS)
    assert (wanted.breakdown.discount_minor, wanted.items[0].discount_minor) == (1000, 50)
    body = dump({"order_id": "o", "total_amount": money(1), "discount_amount": money(-2.5)})
    assert decode_capture(body, "SAR", SETTINGS).breakdown.discount_minor == 250


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-05-24T09:00:00Z", "2026-05-24T09:00:00Z"),
        ("2026-03-02T09:15:04+03:00", "2026-03-02T09:15:04+03:00"),
        ("N/A", ""),
    ],
)
def test_a_time_of_shipment_that_nobody_can_read_is_not_kept(sent: str, kept: str) -> None:
    body = {"order_id": "o", "total_amount": money(1), "shipping_info": {"shipped_at": sent}}
    assert decode_capture(dump(body), "SAR", SETTINGS).shipping_info.shipped_at == kept


@pytest.mark.parametrize(
    "info",
    [
        None,
        [],
        {"shipped_at": "2026-03-02 09:15:04", "tracking_number": 123},
        {"shipped_at": None, "shipping_company": "N/A", "tracking_url": None},
    ],
)
def test_a_capture_needs_no_shipping_info_unless_so_set(info: Any) -> None:
    body = dump({"order_id": "o", "total_amount": money(1), "shipping_info": info})
    assert decode_capture(body, "SAR", SETTINGS).amount_minor == 100
    with pytest.raises(TamaraError):
        decode_capture(body, "SAR", replace(SETTINGS, require_shipping_info=True))


@pytest.mark.parametrize("quantity", [1, "2", 1.5, "03"])
def test_quantities_are_numbers_in_any_form(quantity: Any) -> None:
    item = checkout_body()["items"][0] | {"quantity": quantity}
    items = decode_checkout(dump(checkout_body(items=[item])), SETTINGS).items
    assert json.loads(items[0].quantity) == json.loads(str(quantity).lstrip("0"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "ftp://shop.example.com"}, "url must be an https URL"),
        ({"url": "https://shop.example.com/" + "x" * 255}, "url must not be longer"),
        ({"url": "https://shop example.com/"}, "url must be an https URL"),
        ({"url": "https://shop.example.com:99999/"}, "url must be an https URL"),
        ({"url": None}, "url is required"),
        ({"events": []}, "events is required"),
        ({"events": ["order_updated"]}, "Invalid registered event order_updated"),
        ({"events": ["OrderDisputeClosed"]}, "Invalid registered event OrderDisputeClosed"),
        ({"type": "refund"}, "type must be order or dispute"),
        ({"headers": {"X Shop": "1"}}, "headers.X Shop cannot be a header"),
        ({"headers": {"X:Shop": "1"}}, "headers.X:Shop cannot be a header"),
        ({"headers": {"X-Shop": "a\r\nb"}}, "headers.X-Shop cannot be a header"),
        ({"headers": {"Content-Length": "5"}}, "headers.Content-Length cannot be a header"),
    ],
)
def test_a_webhook_registration_is_refused_with_its_reason(
    changes: dict[str, Any], message: str
) -> None:
    body = {"url": "https://shop.example.com/hook", "events": ["order_approved"]} | changes
    with pytest.raises(TamaraError) as refusal:
        decode_webhook(dump(body), SETTINGS)
    assert refusal.value.status == 400
    assert refusal.value.message.startswith(message)


def test_plain_http_urls_are_refused_if_so_set() -> None:
    body = dump({"url": "http://shop.example.com/hook", "events": ["order_approved"]})
    assert decode_webhook(body, SETTINGS).type == "order"
    with pytest.raises(TamaraError):
        decode_webhook(body, replace(SETTINGS, accept_http_webhook_url=False))
