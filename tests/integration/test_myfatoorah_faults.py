"""The MyFatoorah gateway on a bad day of MyFatoorah's, played by the sandbox over real HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from payments_common.errors import GatewayRefusal, NotSent, OutcomeUnknown
from payments_common.gateways.port import Declined
from payments_common.money import Money
from payments_common.schemas.observations import Observation
from support.myfatoorah_shop import CONTEXT, Shop, open_shop
from support.tabby_shop import declined

Moving = Callable[[Shop, str], Awaitable[Observation | Declined]]


async def capturing(shop: Shop, payment_id: str) -> Observation | Declined:
    return await shop.capture(payment_id, 40000)


async def releasing(shop: Shop, payment_id: str) -> Observation | Declined:
    return await shop.void(payment_id)


@pytest.fixture
async def shop(sandbox_url: str) -> AsyncIterator[Shop]:
    async with open_shop(sandbox_url) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["error", "reset", "html"])
@pytest.mark.parametrize(("operation", "move"), [("capture", capturing), ("release", releasing)])
async def test_an_effect_without_an_answer_is_unknown_and_then_found(
    shop: Shop, operation: str, move: Moving, kind: str
) -> None:
    payment_id = await shop.held()
    await shop.sandbox.fault(operation, kind, phase="after", status=502)
    with pytest.raises(OutcomeUnknown):
        await move(shop, payment_id)
    facts = (await shop.get(payment_id)).facts
    assert facts.closed
    assert facts.voided_minor + sum(each.amount_minor for each in facts.captures) == 40000


@pytest.mark.parametrize("kind", ["error", "reset", "html"])
async def test_a_refund_without_an_answer_is_found_by_its_reference(shop: Shop, kind: str) -> None:
    payment_id = await shop.paid()
    await shop.sandbox.fault("refund", kind, phase="after", status=502)
    with pytest.raises(OutcomeUnknown):
        await shop.refund(payment_id, 5000)
    assert [each.reference for each in (await shop.get(payment_id)).facts.refunds] == ["refund-1"]


@pytest.mark.parametrize("kind", ["error", "reset", "hang", "html"])
async def test_no_effect_and_no_answer_is_unknown_too(shop: Shop, kind: str) -> None:
    payment_id = await shop.paid()
    await shop.sandbox.fault("refund", kind, phase="before")
    with pytest.raises(OutcomeUnknown):
        await shop.refund(payment_id, 5000)
    assert (await shop.get(payment_id)).facts.refunds == ()


async def test_a_session_without_an_answer_is_found_by_its_order(shop: Shop) -> None:
    await shop.sandbox.fault("send_payment", "reset", phase="after")
    with pytest.raises(OutcomeUnknown):
        await shop.created(order_reference="order-9")
    found = await shop.gateway.find_payment("order-9", context=CONTEXT)
    assert found is not None
    assert found.facts.amounts == (Money(40000, "KWD"),)


async def test_a_rate_limit_is_not_sent(shop: Shop) -> None:
    payment_id = await shop.held()
    await shop.sandbox.fault("capture", "rate_limit")
    with pytest.raises(NotSent):
        await shop.capture(payment_id, 40000)
    assert (await shop.sandbox.account(payment_id))["captured_minor"] == 0


async def test_a_blocked_caller_s_page_is_not_myfatoorah_s_answer(shop: Shop) -> None:
    payment_id = await shop.held()
    await shop.sandbox.settings("myfatoorah", block_callers=True)
    with pytest.raises(OutcomeUnknown, match="not by MyFatoorah"):
        await shop.capture(payment_id, 40000)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "shape", ["validation_errors", "fields_errors", "data_error_message", "empty_error"]
)
async def test_a_no_is_a_decline_in_every_shape(shop: Shop, shape: str, status: int) -> None:
    await shop.sandbox.settings("myfatoorah", error_shape=shape, refusal_status=status)
    payment_id = await shop.held()
    no = declined(await shop.capture(payment_id, 40001))
    assert no.code
    assert no.observation is not None
    assert no.observation.facts.captures == ()


@pytest.mark.parametrize(
    ("shape", "status", "error"),
    [
        ("routing", 400, GatewayRefusal),
        ("json_string", 400, GatewayRefusal),
        ("json_string", 200, OutcomeUnknown),
        ("empty_body", 200, OutcomeUnknown),
        ("empty_body", 400, OutcomeUnknown),
        ("html", 400, OutcomeUnknown),
        ("html", 200, OutcomeUnknown),
    ],
)
async def test_what_is_no_no_of_an_envelope_declines_nothing(
    shop: Shop, shape: str, status: int, error: type[Exception]
) -> None:
    await shop.sandbox.settings("myfatoorah", error_shape=shape, refusal_status=status)
    payment_id = await shop.held()
    with pytest.raises(error):
        await shop.capture(payment_id, 40001)


async def test_a_key_without_a_permission_is_ours_to_mend(shop: Shop) -> None:
    payment_id = await shop.paid()
    await shop.merchant(permissions=["GetPaymentStatus", "GetRefundStatus"])
    with pytest.raises(GatewayRefusal) as caught:
        await shop.refund(payment_id, 5000)
    assert (caught.value.status, caught.value.code) == (401, "permission_missing")


@pytest.mark.parametrize(
    ("fault", "amounts"),
    [
        ({"kind": "wrong_amount", "amount": "0.01"}, (Money(10, "KWD"),)),
        ({"kind": "wrong_currency", "currency": "AED"}, (Money(4000, "AED"), Money(40000, "KWD"))),
    ],
)
async def test_a_wrong_amount_or_currency_shows(
    shop: Shop, fault: dict[str, Any], amounts: tuple[Money, ...]
) -> None:
    payment_id = await shop.paid()
    await shop.sandbox.fault("get_payment_status", **fault)
    assert (await shop.get(payment_id)).facts.amounts == amounts


@pytest.mark.parametrize(
    "settings",
    [
        {"success_spelling": "Success"},
        {"display_value_currency": "iso"},
        {"refund_invoice_id_type": "text"},
        {"in_progress_rows": False},
        {"customer_pays_service_charge": True},
        {"payment_currency": "SAR"},
    ],
)
async def test_what_the_documents_leave_open_changes_nothing(
    shop: Shop, settings: dict[str, Any]
) -> None:
    await shop.sandbox.settings("myfatoorah", **settings)
    payment_id = await shop.paid(10942)
    await shop.refund(payment_id, 942)
    facts = (await shop.get(payment_id)).facts
    assert facts.amounts == (Money(10942, "KWD"),)
    assert [each.amount_minor for each in facts.captures] == [10942]
    assert [each.amount_minor for each in facts.refunds] == [942]
