"""Refusals in all the shapes of gateways/myfatoorah.md section 7, and who may call."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.settings import Settings
from support.myfatoorah_sandbox import (
    SAU_KEY,
    MyFatoorahShop,
    execute_body,
    running_shop,
    send_body,
)

NOT_POSITIVE = {"Name": "InvoiceValue", "Error": "Invoice value must be more than 0"}
WRONG = execute_body(InvoiceValue=0)
STATUS = {"Key": "1", "KeyType": "InvoiceId"}


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


@pytest.mark.parametrize(
    ("verb", "body"), [("SendPayment", send_body(InvoiceValue=0)), ("ExecutePayment", WRONG)]
)
async def test_a_validation_error_is_documented(
    shop: MyFatoorahShop, verb: str, body: dict[str, Any]
) -> None:
    answer = await shop.call(verb, body)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "IsSuccess": False,
            "Message": "Invalid data",
            "ValidationErrors": [NOT_POSITIVE],
            "Data": None,
        },
    )


async def test_items_that_do_not_add_up_are_named_only(shop: MyFatoorahShop) -> None:
    items = [{"ItemName": "Tea", "Quantity": 1, "UnitPrice": 1}]
    answer = await shop.call("ExecutePayment", execute_body(InvoiceItems=items))
    error = {"Name": "invoiceCreate.InvoiceItems", "Error": ""}
    assert answer.json()["ValidationErrors"] == [error]


async def test_items_beyond_all_measure_do_not_add_up(shop: MyFatoorahShop) -> None:
    items = [{"ItemName": "Tea", "Quantity": 10**14, "UnitPrice": 10**14}]
    answer = await shop.call("ExecutePayment", execute_body(InvoiceItems=items))
    assert answer.status_code == 400
    assert answer.json()["ValidationErrors"][0]["Name"] == "invoiceCreate.InvoiceItems"


@pytest.mark.parametrize("value", ["1_0", "\u0661\u0660", "1e400", "NaN"])
async def test_a_value_must_be_a_number_as_json_writes_it(shop: MyFatoorahShop, value: str) -> None:
    answer = await shop.call("ExecutePayment", execute_body(InvoiceValue=value))
    assert answer.status_code == 400
    assert answer.json()["ValidationErrors"][0]["Name"] == "InvoiceValue"


async def test_empty_texts_stand_for_members_that_were_left_out(shop: MyFatoorahShop) -> None:
    """The PHP library's callers send them for whatever the payer did not fill in."""
    names = ("InvoiceItems", "Suppliers", "ProcessingDetails", "RecurringModel", "ShippingMethod")
    empty = dict.fromkeys((*names, "ShippingConsignee", "SessionId", "ExpiryDate", "Language"), "")
    await shop.execute(**empty)
    await shop.data("SendPayment", send_body(InvoicePaymentMethods=["2"], PaymentMethodId=""))


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b'{"InvoiceValue":1e99999999999999999999}']
)
async def test_a_body_that_is_no_object_is_invalid_data(shop: MyFatoorahShop, body: bytes) -> None:
    answer = await shop.sandbox.http.post(
        "/v2/SendPayment", content=body, headers={"Authorization": f"Bearer {shop.api_key}"}
    )
    assert (answer.status_code, answer.json()["Message"]) == (400, "Invalid data")


@pytest.mark.parametrize(
    ("shape", "status", "document"),
    [
        (
            "fields_errors",
            400,
            {
                "IsSuccess": False,
                "Message": "Invalid data",
                "FieldsErrors": [NOT_POSITIVE],
                "Data": None,
            },
        ),
        (
            "data_error_message",
            400,
            {
                "IsSuccess": False,
                "Message": "Invalid data",
                "ValidationErrors": None,
                "Data": {"ErrorMessage": "InvoiceValue: Invoice value must be more than 0"},
            },
        ),
        (
            "empty_error",
            400,
            {
                "IsSuccess": False,
                "Message": "Invalid data",
                "ValidationErrors": [{"Name": "InvoiceValue", "Error": ""}],
                "Data": None,
            },
        ),
        ("json_string", 400, "InvoiceValue: Invoice value must be more than 0"),
    ],
)
async def test_a_refusal_can_have_another_shape(
    shop: MyFatoorahShop, shape: str, status: int, document: Any
) -> None:
    await shop.settings(error_shape=shape)
    answer = await shop.call("ExecutePayment", WRONG)
    assert (answer.status_code, answer.json()) == (status, document)


async def test_a_refusal_can_be_empty_a_page_or_a_missing_route(shop: MyFatoorahShop) -> None:
    await shop.settings(error_shape="empty_body")
    empty = await shop.call("ExecutePayment", WRONG)
    assert (empty.status_code, empty.content) == (400, b"")
    await shop.settings(error_shape="html")
    page = await shop.call("ExecutePayment", WRONG)
    assert (page.status_code, page.headers["Content-Type"][:9]) == (403, "text/html")
    await shop.settings(error_shape="routing")
    lost = await shop.call("ExecutePayment", WRONG)
    assert (lost.status_code, sorted(lost.json())) == (404, ["Message", "MessageDetail"])


async def test_a_refusal_can_be_a_200(shop: MyFatoorahShop) -> None:
    await shop.settings(refusal_status=200)
    answer = await shop.call("GetPaymentStatus", STATUS)
    assert (answer.status_code, answer.json()["IsSuccess"]) == (200, False)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v2/SendPayment222"), ("GET", "/v2/SendPayment"), ("GET", "/v2/")],
)
async def test_an_unknown_path_has_no_envelope(
    shop: MyFatoorahShop, method: str, path: str
) -> None:
    answer = await shop.sandbox.http.request(method, path)
    url = f"{shop.sandbox.http.base_url}".rstrip("/") + path
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "Message": f"No HTTP resource was found that matches the request URI '{url}'.",
            "MessageDetail": "No route providing a controller name was found to match request URI "
            f"'{url}'",
        },
    )


async def test_a_blocked_caller_gets_a_page(shop: MyFatoorahShop) -> None:
    await shop.settings(block_callers=True)
    answer = await shop.call("GetPaymentStatus", STATUS)
    assert answer.status_code == 403
    assert "Microsoft-Azure-Application-Gateway/v2" in answer.text


@pytest.mark.parametrize(
    ("header", "status", "document"),
    [
        ("", 401, {"Message": "Authorization has been denied for this request."}),
        ("Basic x", 401, {"Message": "Authorization has been denied for this request."}),
        ("Bearer", 401, {"Message": "Authorization has been denied for this request."}),
        ("Bearer qrLtt6JW", 401, None),
    ],
)
async def test_a_missing_or_malformed_key_has_no_envelope(
    shop: MyFatoorahShop, header: str, status: int, document: Any
) -> None:
    answer = await shop.sandbox.http.post(
        "/v2/InitiatePayment", json={}, headers={"Authorization": header}
    )
    found = answer.json() if answer.content else None
    assert (answer.status_code, found) == (status, document)


async def test_lists_deny_a_malformed_key_in_words(shop: MyFatoorahShop) -> None:
    answer = await shop.sandbox.http.get(
        "/v2/GetCurrenciesExchangeList", headers={"Authorization": "Bearer qrLtt6JW"}
    )
    assert answer.json() == {"Message": "Authorization has been denied for this request."}


@pytest.mark.parametrize("key", ["SK_KWT_unknown", "x" * 200])
async def test_an_unknown_key_is_not_valid(shop: MyFatoorahShop, key: str) -> None:
    answer = await shop.of(key).call("InitiatePayment")
    message = "The token is not valid or it is expired!"
    assert (answer.status_code, answer.json()["Message"]) == (401, message)


async def test_an_expired_key_is_not_valid_either(shop: MyFatoorahShop) -> None:
    await shop.dashboard(is_expired=True)
    assert (await shop.call("InitiatePayment")).status_code == 401


async def test_a_key_of_another_host_is_not_authorized(shop: MyFatoorahShop) -> None:
    await shop.settings(served_countries=["SAU"])
    answer = await shop.call("InitiatePayment")
    message = "Exception: You are not Authorized to use API."
    assert (answer.status_code, answer.json()["Message"]) == (401, message)
    assert (await shop.of(SAU_KEY).call("InitiatePayment")).status_code == 200


async def test_a_key_may_lack_a_permission(shop: MyFatoorahShop) -> None:
    await shop.dashboard(permissions=["execute_payment"])
    await shop.execute()
    answer = await shop.call("GetPaymentStatus", STATUS)
    message = "The token does not have the required permissions!"
    assert (answer.status_code, answer.json()["Message"]) == (401, message)


async def test_reading_payments_can_be_limited() -> None:
    limited = MyFatoorahSettings(enforce_rate_limits=True, status_requests_per_minute=2)
    async with running_shop(Settings(myfatoorah=limited)) as shop:
        statuses = [(await shop.call("GetPaymentStatus", STATUS)).status_code for _ in range(3)]
        assert statuses == [400, 400, 429]
        assert (await shop.call("InitiatePayment")).status_code == 200
        assert (await shop.of(SAU_KEY).call("GetPaymentStatus", STATUS)).status_code == 400
        await shop.sandbox.control("advance", seconds=61)
        assert (await shop.call("GetPaymentStatus", STATUS)).status_code == 400


@pytest.mark.parametrize(
    ("operation", "phase", "captured"), [("capture", "before", 0), ("capture", "after", 2000)]
)
async def test_a_fault_strikes_one_operation(
    shop: MyFatoorahShop, operation: str, phase: str, captured: int
) -> None:
    invoice_id = await shop.held(CustomerReference="order-1")
    await shop.sandbox.control(
        "faults", operation=operation, kind="error", phase=phase, reference_id="order-1"
    )
    assert (await shop.update(invoice_id, "Capture", 2)).status_code == 500
    assert (await shop.account(invoice_id))["captured_minor"] == captured


async def test_the_wrong_amount_is_shown_and_not_booked(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    await shop.sandbox.control(
        "faults", operation="get_payment_status", kind="wrong_amount", amount="0.07"
    )
    tree = await shop.status(invoice_id)
    assert (tree["InvoiceValue"], tree["InvoiceDisplayValue"]) == (0.07, "0.07 KD")
    assert tree["InvoiceTransactions"][0]["TransationValue"] == "0.07"
    assert (await shop.status(invoice_id))["InvoiceValue"] == 10.5


async def test_the_wrong_currency_is_shown(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.paid()
    fault = {"X_Sandbox_Fault": "wrong_currency;currency=SAR"}
    body = {"Key": str(invoice_id), "KeyType": "InvoiceId"}
    tree = await shop.data("GetPaymentStatus", body, **fault)
    assert tree["InvoiceDisplayValue"] == "10.500 SR"
    assert tree["InvoiceTransactions"][0]["Currency"] == "SR"
