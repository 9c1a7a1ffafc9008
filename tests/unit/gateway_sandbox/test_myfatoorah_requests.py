"""What requests may say, gateways/myfatoorah.md sections 2.2, 2.3 and 7."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway_sandbox.myfatoorah.countries import COUNTRIES
from gateway_sandbox.myfatoorah.decode_order import OrderDecoder
from gateway_sandbox.myfatoorah.errors import MyFatoorahError
from gateway_sandbox.myfatoorah.fields import fields_of
from gateway_sandbox.myfatoorah.invoice import Order
from gateway_sandbox.myfatoorah.merchants import Merchant, default_merchant
from gateway_sandbox.myfatoorah.methods import methods_of
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.test_data import CardEntry, failure_of, suggested
from support.myfatoorah_sandbox import execute_body, send_body

KUWAIT = COUNTRIES["KWT"]
MERCHANT = default_merchant(KUWAIT, "SK_KWT_1")
SETTINGS = MyFatoorahSettings()
ITEM = {"ItemName": "Tea", "Quantity": 3, "UnitPrice": 3.5}
CONSIGNEE = {
    "PersonName": "Noor",
    "Mobile": "50000000",
    "LineAddress": "Street 1",
    "CityName": "Kuwait",
    "CountryCode": "KW",
}


def decoder(merchant: Merchant = MERCHANT, settings: MyFatoorahSettings = SETTINGS) -> OrderDecoder:
    return OrderDecoder(merchant, settings, KUWAIT.zone)


def executed(settings: MyFatoorahSettings = SETTINGS, **changes: Any) -> Order:
    body = json.dumps(execute_body(**changes)).encode()
    return decoder(settings=settings).execute_payment(fields_of(body))


def sent(**changes: Any) -> Order:
    return decoder().send_payment(fields_of(json.dumps(send_body(**changes)).encode()))


def refused_names(error: MyFatoorahError) -> list[str]:
    return [field.name for field in error.fields or ()]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"InvoiceValue": 0}, "InvoiceValue"),
        ({"InvoiceValue": -1}, "InvoiceValue"),
        ({"InvoiceValue": 0.0001}, "InvoiceValue"),
        ({"InvoiceValue": None}, "InvoiceValue"),
        ({"InvoiceValue": "much"}, "InvoiceValue"),
        ({"DisplayCurrencyIso": "USD"}, "DisplayCurrencyIso"),
        ({"PaymentMethodId": 999}, "PaymentMethodId"),
        ({"PaymentMethodId": None}, "PaymentMethodId"),
        ({"SessionId": "session"}, "PaymentMethodId"),
        ({"CustomerMobile": "123456789012"}, "CustomerMobile"),
        ({"CustomerMobile": "٩٩٩٩٩٩٩٩"}, "CustomerMobile"),
        ({"CustomerMobile": "12"}, "CustomerMobile"),
        ({"CustomerEmail": "nobody"}, "CustomerEmail"),
        ({"Language": "FR"}, "Language"),
        ({"UserDefinedField": "x" * 501}, "UserDefinedField"),
        ({"UserDefinedField": "CK-" + "x" * 48}, "UserDefinedField"),
        ({"CallBackUrl": "https://shop.example.com/" + "x" * 250}, "CallBackUrl"),
        ({"CallBackUrl": "javascript:alert(1)"}, "CallBackUrl"),
        ({"ErrorUrl": "shop"}, "ErrorUrl"),
        ({"WebhookUrl": "http://["}, "WebhookUrl"),
        ({"ExpiryDate": "soon"}, "ExpiryDate"),
        ({"InvoiceItems": {}}, "InvoiceItems"),
        ({"InvoiceItems": [1]}, "InvoiceItems"),
        ({"InvoiceItems": [ITEM | {"ItemName": ""}]}, "InvoiceItems[0].ItemName"),
        ({"InvoiceItems": [ITEM | {"Weight": 101}]}, "InvoiceItems[0].Weight"),
        ({"ShippingMethod": 3, "ShippingConsignee": CONSIGNEE}, "ShippingMethod"),
        ({"ShippingMethod": 1}, "ShippingConsignee"),
        ({"Suppliers": [{"InvoiceShare": 1}]}, "Suppliers[0].SupplierCode"),
        ({"ProcessingDetails": []}, "ProcessingDetails"),
        ({"ProcessingDetails": {"AutoCapture": "perhaps"}}, "ProcessingDetails.AutoCapture"),
        ({"RecurringModel": {"RecurringType": "Custom"}}, "RecurringModel.IntervalDays"),
        (
            {"RecurringModel": {"RecurringType": "Custom", "IntervalDays": 181}},
            "RecurringModel.IntervalDays",
        ),
        (
            {"RecurringModel": {"RecurringType": "Daily", "RetryCount": 6}},
            "RecurringModel.RetryCount",
        ),
        ({"RecurringModel": {"RecurringType": "Hourly"}}, "RecurringModel.RecurringType"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(MyFatoorahError) as refusal:
        executed(**changes)
    assert (refusal.value.message, refused_names(refusal.value)) == ("Invalid data", [name])


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"CustomerName": None}, "CustomerName"),
        ({"NotificationOption": None}, "NotificationOption"),
        ({"NotificationOption": "FAX"}, "NotificationOption"),
        ({"NotificationOption": "SMS"}, "CustomerMobile"),
        ({"NotificationOption": "EML"}, "CustomerEmail"),
        ({"InvoicePaymentMethods": [2, 999]}, "InvoicePaymentMethods"),
        ({"InvoicePaymentMethods": 2}, "InvoicePaymentMethods"),
    ],
)
def test_an_invoice_link_needs_more(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(MyFatoorahError) as refusal:
        sent(**changes)
    assert refused_names(refusal.value) == [name]


@pytest.mark.parametrize("name", sorted(CONSIGNEE))
def test_a_shipping_invoice_needs_all_of_its_consignee(name: str) -> None:
    consignee = CONSIGNEE | {name: ""}
    with pytest.raises(MyFatoorahError) as refusal:
        executed(ShippingMethod=1, ShippingConsignee=consignee)
    assert refused_names(refusal.value) == [f"ShippingConsignee.{name}"]
    assert executed(ShippingMethod=1, ShippingConsignee=CONSIGNEE)


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(MyFatoorahError) as refusal:
        sent(InvoiceValue=0, NotificationOption="ALL")
    assert refused_names(refusal.value) == ["CustomerMobile", "CustomerEmail", "InvoiceValue"]


def test_items_that_do_not_add_up_have_an_empty_error() -> None:
    with pytest.raises(MyFatoorahError) as refusal:
        executed(InvoiceValue=10.51, InvoiceItems=[ITEM])
    fields = [(field.name, field.text) for field in refusal.value.fields or ()]
    assert fields == [("invoiceCreate.InvoiceItems", "")]
    assert executed(InvoiceValue=10.5, InvoiceItems=[ITEM]).items[0].quantity == 3


@pytest.mark.parametrize(
    ("value", "minor"), [(10.5, 10500), ("10.500", 10500), (7, 7000), (12.3456789, 12346)]
)
def test_values_may_be_numbers_or_texts_and_are_rounded(value: Any, minor: int) -> None:
    assert executed(InvoiceValue=value).display_minor == minor


def test_too_many_decimals_can_be_refused() -> None:
    settings = replace(SETTINGS, excess_decimals="refuse")
    with pytest.raises(MyFatoorahError, match="too many decimals"):
        executed(settings, InvoiceValue=1.2345)
    with pytest.raises(MyFatoorahError, match="too many decimals"):
        executed(settings, InvoiceValue=1.234, DisplayCurrencyIso="SAR")


@pytest.mark.parametrize(
    "url", ["http://shop.example.com", "https://localhost/return", "https://127.0.0.1/return"]
)
def test_plain_and_local_urls_can_be_refused(url: str) -> None:
    assert executed(CallBackUrl=url).callback_url == url
    with pytest.raises(MyFatoorahError, match="CallBackUrl must be an HTTPS URL"):
        executed(replace(SETTINGS, accept_plain_urls=False), CallBackUrl=url)


def test_what_is_left_out_has_the_defaults_of_the_samples() -> None:
    order = executed(CustomerName=None, CustomerReference=None, CustomerEmail="")
    assert (order.customer_name, order.customer_mobile) == ("Anonymous", "+965")
    assert (order.customer_email, order.customer_reference) == (None, None)
    assert (order.display_currency, order.is_authorize_only) == ("KWD", False)


def test_names_words_and_types_are_read_as_aspnet_does() -> None:
    order = executed(customerreference=4711, CustomerReference=None, Language="ar")
    assert (order.customer_reference, order.language) == ("4711", "AR")
    assert sent(NotificationOption="Lnk").display_minor == 10500


def test_half_characters_do_not_get_in() -> None:
    assert executed(CustomerName="\ud800x").customer_name == "?x"


def test_authorization_needs_the_feature() -> None:
    assert executed(ProcessingDetails={"AutoCapture": False}).is_authorize_only is True
    plain = decoder(replace(MERCHANT, can_authorize=False))
    body = json.dumps(execute_body(ProcessingDetails={"AutoCapture": False})).encode()
    with pytest.raises(MyFatoorahError, match="not enabled for this account"):
        plain.execute_payment(fields_of(body))


@pytest.mark.parametrize("body", [b"[]", b"{", b'"text"', b"null"])
def test_a_body_that_is_no_object_is_invalid_data(body: bytes) -> None:
    with pytest.raises(MyFatoorahError, match="Invalid data"):
        fields_of(body)


@pytest.mark.parametrize(
    ("number", "expiry", "code", "failure"),
    [
        ("5123450000000008", "01/39", "100", None),
        ("5123 4500 0000 0008", "01 / 39", "100", None),
        ("5123450000000008", "01/39", "999", "MF010"),
        ("5123450000000008", "01/38", "100", "MF007"),
        ("4508750015741019", "12/99", "1", None),
        ("8888880000000001", "09/30", "1234", None),
        ("8888880000000001", "10/30", "1234", "MF002"),
        ("4550120123456789", "01/39", "1", "MF007"),
        ("4845550123456789", "01/39", "1", "MF010"),
        ("345678901234564", "05/21", "1000", "MF020"),
        ("345678901234564", "04/37", "1000", "MF002"),
        ("0557877988", "", "1234", None),
        ("0557877988", "", "1111", "MF010"),
        ("4000000000000000", "01/39", "1", "MF002"),
    ],
)
def test_published_cards_end_as_published(
    number: str, expiry: str, code: str, failure: str | None
) -> None:
    found = failure_of(CardEntry(number, expiry, code, "Test Test"))
    assert (found.code if found else None) == failure


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_the_suggested_card_of_each_method_works(country: str) -> None:
    for method in methods_of(country):
        assert failure_of(suggested(method.code)) is None
