"""Our session as MyFatoorah's invoice, and its answer as ours."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import AnyHttpUrl

from payments_common.errors import InvalidMessage, OperationRefused
from payments_common.gateways.myfatoorah.checkout import (
    invoice_request,
    method_id,
    session_created,
)
from payments_common.gateways.myfatoorah.config import read_config
from payments_common.gateways.myfatoorah.phones import split_phone
from payments_common.gateways.myfatoorah.wire import CreatedInvoiceAnswer, PaymentMethodsAnswer
from payments_common.gateways.port import SessionCreated
from payments_common.gateways.witness import Witness
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import ObservationSource, PaymentFacts
from payments_common.schemas.parties import Customer, Item
from support.myfatoorah_payloads import (
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
    INVOICE_ID,
    WEBHOOK_URL,
    create_session,
    created,
    methods,
    myfatoorah_account,
)

WITNESS = Witness(
    "myfatoorah-kwt", ObservationSource.ANSWER, datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
)


def request_for(session: CreateSession, **account: Any) -> dict[str, Any]:
    config = read_config(myfatoorah_account(**account))
    return invoice_request(session, config=config, order_id="0192")


def outcome_of(document: dict[str, Any]) -> SessionCreated:
    answer = CreatedInvoiceAnswer.model_validate(document)
    return session_created(answer.created, create_session(), WITNESS)


def leaves_of(value: Any) -> Iterator[Any]:
    members = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for each in members:
            yield from leaves_of(each)
    else:
        yield value


def named(name: str) -> CreateSession:
    return create_session(customer=Customer(name=name, email=CANARY_EMAIL, phone=CANARY_PHONE))


def item(minor: int, quantity: int = 1, title: str = "Lamp") -> Item:
    return Item(title=title, quantity=quantity, unit_price=Money(minor, "KWD"))


def test_the_request_says_what_is_bought_by_whom_and_where_to_return() -> None:
    assert request_for(create_session(), webhook_url=WEBHOOK_URL) == {
        "InvoiceValue": Decimal("40.000"),
        "DisplayCurrencyIso": "KWD",
        "CustomerName": CANARY_NAME,
        "CustomerEmail": CANARY_EMAIL,
        "MobileCountryCode": "+965",
        "CustomerMobile": "51234567",
        "CustomerReference": "order-1",
        "UserDefinedField": "0192",
        "Language": "EN",
        "CallBackUrl": "https://shop.example.com/success?order=1",
        "ErrorUrl": "https://shop.example.com/failure",
        "WebhookUrl": WEBHOOK_URL,
        "InvoiceItems": [{"ItemName": "Lamp", "Quantity": 1, "UnitPrice": Decimal("40.000")}],
    }


@pytest.mark.parametrize(
    ("minor", "currency", "digits"),
    [(10942, "KWD", "10.942"), (7, "BHD", "0.007"), (15000, "SAR", "150.00"), (1, "AED", "0.01")],
)
def test_amounts_are_exact_decimals_and_never_floats(
    minor: int, currency: str, digits: str
) -> None:
    request = request_for(create_session(minor, currency))
    assert str(request["InvoiceValue"]) == str(request["InvoiceItems"][0]["UnitPrice"]) == digits
    assert not any(isinstance(leaf, float) for leaf in leaves_of(request))


def test_only_a_manual_capture_is_asked_for_as_such() -> None:
    manual = request_for(create_session(capture_mode="manual"))
    assert manual["ProcessingDetails"] == {"AutoCapture": False}
    assert "ProcessingDetails" not in request_for(create_session())


@pytest.mark.parametrize(
    ("session", "account", "told"), [("ar", None, "AR"), ("en", None, "EN"), ("en", "AR", "AR")]
)
def test_an_account_s_language_goes_before_the_session_s(
    session: str, account: str | None, told: str
) -> None:
    options = {"country": "KWT"} | ({"language": account} if account else {})
    assert request_for(create_session(language=session), options=options)["Language"] == told


def test_items_that_add_up_are_told_without_those_that_cost_nothing() -> None:
    items = (item(15000, 2, "<b>Lamp</b>"), item(10000), item(0, title="Gift"))
    told = request_for(create_session(items=items))["InvoiceItems"]
    assert [(each["ItemName"], each["Quantity"]) for each in told] == [("Lamp", 2), ("Lamp", 1)]


@pytest.mark.parametrize("items", [(item(39999),), (item(40001),), (item(40000, 2),)])
def test_items_that_do_not_add_up_are_left_out(items: tuple[Item, ...]) -> None:
    assert "InvoiceItems" not in request_for(create_session(items=items))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Mary O'Neil-Smith", "Mary O Neil Smith"),
        ("\u0645\u064f\u062d\u0645\u062f", "\u0645\u064f\u062d\u0645\u062f"),
        ("  A.  B. ", "A B"),
        ("!!!", "Customer"),
    ],
)
def test_names_are_sent_as_letters_digits_and_spaces(name: str, told: str) -> None:
    assert request_for(named(name))["CustomerName"] == told


@pytest.mark.parametrize(
    ("phone", "home", "told"),
    [
        ("+96551234567", "966", ("+965", "51234567")),
        ("0096551234567", "966", ("+965", "51234567")),
        ("+966512345678", "965", ("+966", "512345678")),
        ("+201001234567", "965", ("+20", "1001234567")),
        ("+12025550123", "965", ("+1", "2025550123")),
        ("+919876543210", "965", ("+91", "9876543210")),
        ("966512345678", "966", ("+966", "512345678")),
        ("512345678", "966", None),
        ("96512345", "965", None),
        ("966512345678", "965", None),
        ("+965123", "965", None),
        ("+965123456789012", "965", None),
        ("+\u0669\u0666\u0665\u0665\u0661\u0662\u0663\u0664\u0665\u0666", "965", None),
    ],
)
def test_a_phone_is_split_or_left_out(phone: str, home: str, told: tuple[str, str] | None) -> None:
    assert split_phone(phone, home_code=home) == told


def test_a_phone_that_cannot_be_split_is_not_told() -> None:
    customer = Customer(name=CANARY_NAME, email=CANARY_EMAIL, phone="51234567")
    request = request_for(create_session(customer=customer))
    assert not {"MobileCountryCode", "CustomerMobile"} & set(request)


@pytest.mark.parametrize("name", ["success_url", "failure_url"])
def test_a_url_that_myfatoorah_would_refuse_is_refused_here(name: str) -> None:
    longest = AnyHttpUrl("https://shop.example.com/" + "a" * 229)
    assert request_for(create_session().model_copy(update={name: longest}))
    longer = create_session().model_copy(update={name: AnyHttpUrl(f"{longest}a")})
    with pytest.raises(OperationRefused, match=name) as caught:
        request_for(longer)
    assert caught.value.code == "url_too_long"


@pytest.mark.parametrize(("asked", "chosen"), [("kn", 1), ("VM", 2), ("Ap", 3)])
def test_a_payment_method_is_found_by_its_code(asked: str, chosen: int) -> None:
    offered = PaymentMethodsAnswer.model_validate(methods("kn", "vm", "ap")).offered
    assert offered is not None
    assert method_id(asked, offered.methods) == chosen


def test_an_unknown_payment_method_is_refused_with_those_that_are_offered() -> None:
    offered = PaymentMethodsAnswer.model_validate(methods("vm", "kn")).offered
    assert offered is not None
    with pytest.raises(OperationRefused, match=r"'stc' is not one .* offers kn, vm") as caught:
        method_id("stc", offered.methods)
    assert caught.value.code == "payment_method_not_supported"


def test_a_method_that_wants_the_card_from_us_is_not_offered() -> None:
    offered = PaymentMethodsAnswer.model_validate(methods("vm", direct=True)).offered
    assert offered is not None
    with pytest.raises(OperationRefused, match="offers none"):
        method_id("vm", offered.methods)


@pytest.mark.parametrize("kind", ["InvoiceURL", "PaymentURL"])
def test_a_new_invoice_says_where_to_pay(kind: str) -> None:
    made = outcome_of(created(kind))
    assert made.redirect_url.startswith("https://demo.MyFatoorah.example.com/")
    assert made.session_id == made.observation.payment_id == INVOICE_ID
    assert made.observation.order_reference == "order-1"


def test_a_new_invoice_names_no_amount_yet() -> None:
    assert outcome_of(created()).observation.facts == PaymentFacts()


@pytest.mark.parametrize(
    "changes",
    [{"InvoiceURL": None}, {"InvoiceURL": "javascript:alert(1)"}, {"CustomerReference": "other"}],
)
def test_an_invoice_that_nobody_can_be_sent_to_is_no_session(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage, match="new invoice has"):
        outcome_of(created(**changes))
