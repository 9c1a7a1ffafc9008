"""MyFatoorah behind the port: sessions and reads."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from payments_common.errors import (
    GatewayRefusal,
    InvalidMessage,
    NotSent,
    OperationRefused,
    OutcomeUnknown,
)
from payments_common.gateways.port import MoneyMove, SessionCreated
from payments_common.money import Money
from payments_common.schemas.observations import Observation, ObservationSource
from support.myfatoorah_payloads import (
    API_KEY,
    INVOICE_ID,
    NO_DATA,
    PAYMENT_ID,
    create_session,
    created,
    declined,
    envelope,
    invoice,
    methods,
    paid,
    refunded,
    refunds,
    refusal,
    row,
)
from support.myfatoorah_script import CONTEXT, RawScript, creating, myfatoorah, reading
from support.scripted_tabby import Script, ok

INVALID_KEY = refusal(("Key", "The value is too large"))


async def test_a_session_is_an_invoice_s_link() -> None:
    script = Script(ok(created()))
    async with myfatoorah(script) as gateway:
        made = await creating(gateway)
    assert isinstance(made, SessionCreated)
    assert (made.observation.source, made.observation.evidence) == (
        ObservationSource.ANSWER,
        "call-1",
    )
    assert script.asked == ["POST /v2/SendPayment"]
    assert script.headers[0]["authorization"] == f"Bearer {API_KEY}"
    assert script.bodies[0]["NotificationOption"] == "LNK"
    assert script.bodies[0]["UserDefinedField"] == "0192"


async def test_an_amount_is_sent_as_a_number_with_all_its_digits() -> None:
    script = RawScript(ok(created()))
    async with myfatoorah(script) as gateway:
        await gateway.create_session(create_session(10900), context=CONTEXT)
    assert b'"InvoiceValue":10.900,' in script.raw[0]


@pytest.mark.parametrize(("asked", "chosen"), [("vm", 2), ("KN", 1)])
async def test_a_chosen_method_is_looked_up_by_its_code(asked: str, chosen: int) -> None:
    script = Script(ok(methods("kn", "vm")), ok(created("PaymentURL")))
    async with myfatoorah(script) as gateway:
        made = await gateway.create_session(create_session(payment_method=asked), context=CONTEXT)
    assert isinstance(made, SessionCreated)
    assert script.asked == ["POST /v2/InitiatePayment", "POST /v2/ExecutePayment"]
    assert script.bodies[0] == {"InvoiceAmount": 40, "CurrencyIso": "KWD"}
    assert script.bodies[1]["PaymentMethodId"] == chosen
    assert "NotificationOption" not in script.bodies[1]


async def test_a_method_in_digits_is_its_id() -> None:
    script = Script(ok(created("PaymentURL")))
    async with myfatoorah(script) as gateway:
        await gateway.create_session(create_session(payment_method="11"), context=CONTEXT)
    assert script.asked == ["POST /v2/ExecutePayment"]
    assert script.bodies[0]["PaymentMethodId"] == 11


@pytest.mark.parametrize("offered", [methods("kn"), envelope(None)])
async def test_an_unknown_method_makes_no_invoice(offered: Any) -> None:
    script = Script(ok(offered))
    async with myfatoorah(script) as gateway:
        with pytest.raises(OperationRefused) as caught:
            await gateway.create_session(create_session(payment_method="vm"), context=CONTEXT)
    assert caught.value.code == "payment_method_not_supported"
    assert len(script.asked) == 1


async def test_a_currency_that_is_not_the_account_s_is_refused_unsent() -> None:
    script = Script()
    async with myfatoorah(script) as gateway:
        with pytest.raises(OperationRefused, match="takes KWD, not SAR") as caught:
            await gateway.create_session(create_session(1, "SAR"), context=CONTEXT)
    assert caught.value.code == "currency_not_supported"
    assert script.asked == []


@pytest.mark.parametrize(
    "body", [created(InvoiceURL=None), envelope(None), created(InvoiceId=None)]
)
async def test_a_session_that_makes_no_sense_is_an_unknown_outcome(body: Any) -> None:
    async with myfatoorah(Script(ok(body))) as gateway:
        with pytest.raises(OutcomeUnknown):
            await creating(gateway)


async def test_a_refused_session_is_a_refusal() -> None:
    no = refusal(("InvoiceValue", "Invoice value must be more than 0"))
    async with myfatoorah(Script(ok(no, 400))) as gateway:
        with pytest.raises(GatewayRefusal, match="more than 0") as caught:
            await creating(gateway)
    assert (caught.value.status, caught.value.code) == (400, "invalid_invoice_value")


async def test_an_unpaid_invoice_is_one_read() -> None:
    script = Script(ok(envelope(invoice(declined()))))
    async with myfatoorah(script) as gateway:
        seen = await reading(gateway)
    assert isinstance(seen, Observation)
    assert (seen.source, seen.payment_id, seen.evidence) == (
        ObservationSource.READ_BACK,
        INVOICE_ID,
        "call-1",
    )
    assert script.asked == ["POST /v2/GetPaymentStatus"]
    assert script.bodies == [{"Key": INVOICE_ID, "KeyType": "InvoiceId"}]


async def test_a_paid_invoice_is_read_with_its_refunds() -> None:
    script = Script(ok(envelope(paid())), ok(refunds(refunded(), refunded("Pending", RefundId=2))))
    async with myfatoorah(script) as gateway:
        seen = await gateway.get_payment(INVOICE_ID, context=CONTEXT)
    assert script.asked[1] == "POST /v2/GetRefundStatus"
    assert script.bodies[1] == {"Key": INVOICE_ID, "KeyType": "InvoiceId"}
    assert [each.amount_minor for each in seen.facts.refunds] == [5000, 5000]
    assert seen.evidence == "call-1"


@pytest.mark.parametrize(
    "none",
    [
        ok(refunds()),
        ok(envelope(None)),
        ok(envelope({"RefundStatusResult": None})),
        ok([]),
        ok(NO_DATA, 400),
        ok(NO_DATA),
        ok(refusal(("Key", "No refund exist for this Key!")), 404),
    ],
)
async def test_that_there_are_no_refunds_is_told_in_many_ways(none: httpx.Response) -> None:
    async with myfatoorah(Script(ok(envelope(paid())), none)) as gateway:
        seen = await gateway.get_payment(INVOICE_ID, context=CONTEXT)
    assert (seen.facts.refunds, len(seen.facts.captures)) == ((), 1)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (httpx.Response(500), OutcomeUnknown),
        (httpx.Response(429), NotSent),
        (ok(refunds({"RefundId": None})), OutcomeUnknown),
        (ok(refusal(message="The token does not have the required permissions!"), 401),
         GatewayRefusal),
    ],
)  # fmt: skip
async def test_refunds_that_cannot_be_read_are_not_taken_for_none(
    trouble: httpx.Response, error: type[Exception]
) -> None:
    async with myfatoorah(Script(ok(envelope(paid())), trouble)) as gateway:
        with pytest.raises(error):
            await reading(gateway)


@pytest.mark.parametrize("no", [ok(NO_DATA, 400), ok(NO_DATA), ok(INVALID_KEY, 400)])
async def test_a_payment_id_of_the_redirect_finds_its_invoice(no: httpx.Response) -> None:
    knet = "100202106359084366"
    script = Script(no, ok(envelope(invoice(row("Failed", PaymentId=knet)))))
    async with myfatoorah(script) as gateway:
        seen = await gateway.get_payment(knet, context=CONTEXT)
    assert seen.payment_id == INVOICE_ID
    assert [body["KeyType"] for body in script.bodies] == ["InvoiceId", "PaymentId"]


@pytest.mark.parametrize("payment_id", [PAYMENT_ID, "070764", "1" * 19])
async def test_what_cannot_be_an_invoice_id_is_asked_for_as_a_payment_id(payment_id: str) -> None:
    script = Script(ok(envelope(invoice(row("Failed", PaymentId=payment_id)))))
    async with myfatoorah(script) as gateway:
        await gateway.get_payment(payment_id, context=CONTEXT)
    assert script.bodies == [{"Key": payment_id, "KeyType": "PaymentId"}]


async def test_a_payment_that_nobody_knows_is_refused_as_not_found() -> None:
    async with myfatoorah(Script(ok(NO_DATA, 400), ok(NO_DATA, 400))) as gateway:
        with pytest.raises(GatewayRefusal) as caught:
            await reading(gateway)
    assert (caught.value.status, caught.value.code) == (404, "not_found")


@pytest.mark.parametrize("payment_id", ["", "abc", "64-09", "6409988 ", "\u0661\u0662", "1" * 41])
async def test_a_payment_id_that_is_not_digits_is_never_sent(payment_id: str) -> None:
    script = Script()
    move = MoneyMove(payment_id, Money(1, "KWD"), "m")
    async with myfatoorah(script) as gateway:
        for call in (
            gateway.get_payment(payment_id, context=CONTEXT),
            gateway.void(move, context=CONTEXT),
            gateway.capture(move, context=CONTEXT),
            gateway.refund(move, context=CONTEXT),
        ):
            with pytest.raises(InvalidMessage) as caught:
                await call
            assert caught.value.code == "invalid_payment_id"
    assert script.asked == []


@pytest.mark.parametrize(
    "body",
    [
        envelope(None),
        envelope({}),
        envelope(invoice(InvoiceId=1)),
        envelope(invoice(InvoiceValue=None)),
        envelope(invoice(InvoiceValue="40.0005")),
        envelope(invoice(InvoiceStatus=None)),
        {"Data": invoice()},
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_unknown_outcome(body: Any) -> None:
    async with myfatoorah(Script(ok(body))) as gateway:
        with pytest.raises(OutcomeUnknown):
            await reading(gateway)


async def test_an_invoice_of_another_attempt_is_not_the_one_asked_for() -> None:
    async with myfatoorah(Script(ok(envelope(invoice(row(PaymentId="1")))))) as gateway:
        with pytest.raises(OutcomeUnknown, match="another invoice"):
            await gateway.get_payment(PAYMENT_ID, context=CONTEXT)


async def test_an_order_s_newest_payment_is_found_by_its_reference() -> None:
    script = Script(ok(envelope(invoice())))
    async with myfatoorah(script) as gateway:
        seen = await gateway.find_payment("order-1", context=CONTEXT)
    assert seen is not None
    assert seen.payment_id == INVOICE_ID
    assert script.bodies == [{"Key": "order-1", "KeyType": "CustomerReference"}]


@pytest.mark.parametrize("status", [200, 400, 404])
async def test_an_order_without_a_payment_has_none(status: int) -> None:
    async with myfatoorah(Script(ok(NO_DATA, status))) as gateway:
        assert await gateway.find_payment("order-1", context=CONTEXT) is None


async def test_a_payment_of_another_order_is_not_taken_for_this_one_s() -> None:
    other = ok(envelope(invoice(CustomerReference="ORDER-1")))
    async with myfatoorah(Script(other)) as gateway:
        with pytest.raises(OutcomeUnknown, match="another invoice"):
            await gateway.find_payment("order-1", context=CONTEXT)


async def test_access_is_checked_by_listing_every_payment_method() -> None:
    script = Script(ok(methods("kn")))
    async with myfatoorah(script) as gateway:
        await gateway.check_access(context=CONTEXT)
    assert script.asked == ["POST /v2/InitiatePayment"]
    assert script.bodies == [{"InvoiceAmount": 0, "CurrencyIso": ""}]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200), "empty_answer"),
        (ok({"Message": "Authorization has been denied for this request."}, 401), "not_authorized"),
    ],
)
async def test_a_key_that_does_not_open_says_so(answer: httpx.Response, code: str) -> None:
    async with myfatoorah(Script(answer)) as gateway:
        with pytest.raises(GatewayRefusal) as caught:
            await gateway.check_access(context=CONTEXT)
    assert caught.value.code == code


async def test_a_page_instead_of_json_is_not_myfatoorah_s_answer() -> None:
    async with myfatoorah(Script(httpx.Response(403, html="<html>"))) as gateway:
        with pytest.raises(OutcomeUnknown, match="is base_url right"):
            await reading(gateway)


async def test_an_amount_of_many_digits_is_read_exactly() -> None:
    document = invoice(InvoiceValue="987,654,321.123", InvoiceDisplayValue="987,654,321.123 KD")
    async with myfatoorah(Script(ok(envelope(document)))) as gateway:
        seen = await gateway.get_payment(INVOICE_ID, context=CONTEXT)
    assert seen.facts.amounts == (Money.from_major(Decimal("987654321.123"), "KWD"),)
