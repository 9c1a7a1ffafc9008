"""The MyFatoorah gateway against the sandbox, which shares no code with it, over real HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.errors import GatewayRefusal, OperationRefused
from payments_common.gateways.port import SessionCreated
from payments_common.money import Money
from payments_common.schemas.observations import (
    Observation,
    ObservationSource,
    PaymentFacts,
    RefundStatus,
)
from payments_common.schemas.parties import Item
from support.myfatoorah_payloads import (
    CANARY_CARD,
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
)
from support.myfatoorah_shop import CONTEXT, Shop, api_key, open_shop
from support.tabby_shop import declined, seen

every_country = pytest.mark.parametrize(
    "shop", ["KWT", "BHR", "OMN", "JOR", "ARE", "SAU", "QAT", "EGY"], indirect=True
)
two_countries = pytest.mark.parametrize("shop", ["KWT", "SAU"], indirect=True)


@pytest.fixture
async def shop(sandbox_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with open_shop(sandbox_url, getattr(request, "param", "KWT")) as opened:
        yield opened


def captured(observation: Observation) -> list[int]:
    return [each.amount_minor for each in observation.facts.captures]


@every_country
async def test_a_session_is_paid_to_the_last_digit(shop: Shop) -> None:
    made = await shop.session(10942)
    assert isinstance(made, SessionCreated)
    assert made.redirect_url.startswith("http")
    payment_id = made.observation.payment_id
    before = await shop.get(payment_id)
    assert (before.gateway_status, before.order_reference) == ("Pending", "order-1")
    assert before.facts == PaymentFacts(amounts=(Money(10942, shop.currency),))
    await shop.sandbox.act(payment_id, "pay")
    after = await shop.get(payment_id)
    assert (after.gateway_status, after.facts.amounts) == ("Paid", before.facts.amounts)
    assert (captured(after), after.facts.authorized_minor) == ([10942], 10942)
    taken = after.facts.captures[0].occurred_at
    assert taken is not None
    assert abs(taken - SystemClock().now()) < timedelta(minutes=1)


@two_countries
async def test_a_chosen_method_is_paid_with_that_method(shop: Shop) -> None:
    made = await shop.session(payment_method="VM")
    assert isinstance(made, SessionCreated)
    operations = [call.operation for call in shop.calls.calls]
    assert operations == ["list_payment_methods", "create_invoice"]
    await shop.sandbox.act(made.observation.payment_id, "pay")
    assert captured(await shop.get(made.observation.payment_id)) == [40000]


async def test_an_unknown_method_is_refused_with_the_known_ones(shop: Shop) -> None:
    with pytest.raises(OperationRefused, match=r"it offers .*kn.*vm") as caught:
        await shop.session(payment_method="bitcoin")
    assert caught.value.code == "payment_method_not_supported"


async def test_items_that_do_not_add_up_are_no_reason_to_refuse(shop: Shop) -> None:
    item = Item(title="Lamp", unit_price=Money(39000, "KWD"))
    assert await shop.created(items=(item,))


async def test_failed_attempts_leave_the_invoice_payable(shop: Shop) -> None:
    payment_id = await shop.created()
    await shop.sandbox.act(payment_id, "decline", error_code="MF004")
    await shop.sandbox.act(payment_id, "cancel")
    failed = (await shop.get(payment_id)).facts
    assert (failed.failure_reasons, failed.failed) == (("MF004", "MF006"), False)
    await shop.sandbox.act(payment_id, "pay")
    assert captured(await shop.get(payment_id)) == [40000]


async def test_a_canceled_invoice_failed(shop: Shop) -> None:
    payment_id = await shop.created()
    await shop.sandbox.act(payment_id, "cancel_invoice")
    facts = (await shop.get(payment_id)).facts
    assert (facts.failed, facts.failure_reasons) == (True, ("invoice_canceled",))


@pytest.mark.parametrize("shop", ["KWT", "ARE", "EGY"], indirect=True)
async def test_an_invoice_expires_by_its_country_s_clock(shop: Shop) -> None:
    assert not (await shop.get(await shop.created())).facts.expired
    await shop.sandbox.settings("myfatoorah", invoice_expiry_seconds=0)
    facts = (await shop.get(await shop.created())).facts
    assert (facts.expired, facts.failed) == (True, False)


@every_country
async def test_a_full_capture_takes_all(shop: Shop) -> None:
    payment_id = await shop.held(10942)
    held = (await shop.get(payment_id)).facts
    assert (held.authorized_minor, held.captures, held.closed) == (10942, (), False)
    taken = seen(await shop.capture(payment_id, 10942))
    assert (captured(taken), taken.facts.voided_minor, taken.facts.closed) == ([10942], 0, True)
    assert (await shop.get(payment_id)).facts == taken.facts
    assert (await shop.sandbox.account(payment_id))["captured_minor"] == 10942


@two_countries
async def test_a_partial_capture_releases_the_rest(shop: Shop) -> None:
    payment_id = await shop.held(40000)
    taken = seen(await shop.capture(payment_id, 12345))
    assert (captured(taken), taken.facts.voided_minor, taken.facts.closed) == ([12345], 27655, True)
    assert taken.facts.amounts == (Money(40000, shop.currency),)
    assert (await shop.get(payment_id)).facts == taken.facts


async def test_a_second_capture_is_declined(shop: Shop) -> None:
    payment_id = await shop.held()
    await shop.capture(payment_id, 1000)
    no = declined(await shop.capture(payment_id, 2000))
    assert no.observation is not None
    assert captured(no.observation) == [1000]
    assert (await shop.sandbox.account(payment_id))["captured_minor"] == 1000


async def test_a_capture_that_was_done_before_is_found_done(shop: Shop) -> None:
    payment_id = await shop.held()
    first = seen(await shop.capture(payment_id, 1000))
    again = seen(await shop.capture(payment_id, 1000))
    assert (again.facts, again.source) == (first.facts, ObservationSource.READ_BACK)


async def test_more_than_is_held_is_declined(shop: Shop) -> None:
    payment_id = await shop.held()
    assert declined(await shop.capture(payment_id, 40001)).code == "invalid_amount"
    assert (await shop.get(payment_id)).facts.captures == ()


async def test_a_void_releases_all_and_voiding_again_is_no_error(shop: Shop) -> None:
    payment_id = await shop.held()
    first = seen(await shop.void(payment_id))
    assert (first.facts.closed, first.facts.voided_minor) == (True, 40000)
    again = seen(await shop.void(payment_id))
    assert (again.facts, again.source) == (first.facts, ObservationSource.READ_BACK)
    declined(await shop.capture(payment_id, 40000))


async def test_what_is_not_held_cannot_be_voided(shop: Shop) -> None:
    declined(await shop.void(await shop.created()))
    declined(await shop.void(await shop.paid(order_reference="order-2")))


@two_countries
async def test_a_refund_is_pending_until_finance_has_carried_it_out(shop: Shop) -> None:
    payment_id = await shop.paid()
    (filed,) = seen(await shop.refund(payment_id, 5001)).facts.refunds
    assert (filed.status, filed.reference) == (RefundStatus.PENDING, "refund-1")
    assert (await shop.get(payment_id)).facts.refunds == (filed,)
    await shop.sandbox.act(payment_id, "refund_processed")
    (done,) = (await shop.get(payment_id)).facts.refunds
    assert (done.refund_id, done.amount_minor) == (filed.refund_id, 5001)
    assert done.status is RefundStatus.PROCESSED
    assert (await shop.sandbox.account(payment_id))["refunded_minor"] == 5001


async def test_a_refund_that_finance_rejects_failed(shop: Shop) -> None:
    payment_id = await shop.paid()
    await shop.refund(payment_id, 5000)
    await shop.sandbox.act(payment_id, "refund_rejected")
    assert (await shop.get(payment_id)).facts.refunds[0].status is RefundStatus.FAILED


async def test_refunds_add_up_and_more_is_declined(shop: Shop) -> None:
    payment_id = await shop.paid()
    await shop.refund(payment_id, 30000)
    no = declined(await shop.refund(payment_id, 10001, "refund-2"))
    assert no.observation is not None
    assert [each.reference for each in no.observation.facts.refunds] == ["refund-1"]
    seen(await shop.refund(payment_id, 10000, "refund-3"))
    assert len((await shop.get(payment_id)).facts.refunds) == 2


async def test_the_same_reference_refunds_once_where_the_country_is_idempotent(shop: Shop) -> None:
    payment_id = await shop.paid()
    first = seen(await shop.refund(payment_id, 5000))
    again = seen(await shop.refund(payment_id, 5000))
    assert first.facts == again.facts
    assert len((await shop.get(payment_id)).facts.refunds) == 1


async def test_what_is_done_in_the_dashboard_is_seen_without_our_reference(shop: Shop) -> None:
    payment_id = await shop.held()
    await shop.sandbox.act(payment_id, "capture", amount="30")
    await shop.sandbox.act(payment_id, "refund", amount="10")
    facts = (await shop.get(payment_id)).facts
    assert [(each.reference, each.amount_minor) for each in facts.captures] == [("", 30000)]
    assert [(each.reference, each.amount_minor) for each in facts.refunds] == [("", 10000)]
    assert facts.voided_minor == 10000


async def test_two_payments_of_one_invoice_are_both_seen(shop: Shop) -> None:
    await shop.sandbox.settings("myfatoorah", duplicate_payments="accept")
    payment_id = await shop.paid()
    await shop.sandbox.act(payment_id, "pay")
    facts = (await shop.get(payment_id)).facts
    assert (captured(await shop.get(payment_id)), facts.authorized_minor) == ([40000] * 2, 40000)


async def test_a_payment_is_found_by_the_redirect_s_payment_id_and_by_its_order(
    shop: Shop,
) -> None:
    payment_id = await shop.paid(order_reference="order-77")
    known = await shop.get(payment_id)
    by_attempt = await shop.get(known.facts.captures[0].capture_id)
    assert (by_attempt.payment_id, by_attempt.facts) == (payment_id, known.facts)
    found = await shop.gateway.find_payment("order-77", context=CONTEXT)
    assert found is not None
    assert found.facts == known.facts
    assert await shop.gateway.find_payment("order-78", context=CONTEXT) is None


async def test_a_payment_that_myfatoorah_does_not_know_is_refused(shop: Shop) -> None:
    for payment_id in ("999", "07079990000000000001"):
        with pytest.raises(GatewayRefusal) as caught:
            await shop.get(payment_id)
        assert (caught.value.status, caught.value.code) == (404, "not_found")


@pytest.mark.parametrize("key", ["SK_KWT_unknown", "malformed"])
async def test_a_key_that_does_not_open_is_refused(sandbox_url: str, key: str) -> None:
    async with open_shop(sandbox_url, credentials={"api_key": SecretStr(key)}) as shop:
        with pytest.raises(GatewayRefusal) as caught:
            await shop.gateway.check_access(context=CONTEXT)
    assert caught.value.code in {"not_authorized", "empty_answer"}


async def test_a_key_that_opens_is_checked_without_an_invoice(shop: Shop) -> None:
    await shop.gateway.check_access(context=CONTEXT)
    assert [call.operation for call in shop.calls.calls] == ["list_payment_methods"]


async def test_every_call_is_evidence_and_none_holds_a_person_or_secret(shop: Shop) -> None:
    payment_id = await shop.paid()
    observation = await shop.get(payment_id)
    operations = [each.operation for each in shop.calls.calls]
    assert operations == ["create_invoice", "get_payment", "get_refunds"]
    assert observation.evidence == "call-2"
    kept = repr(shop.calls.calls)
    secrets = (CANARY_NAME, CANARY_EMAIL, CANARY_PHONE, CANARY_CARD, api_key("KWT"), "invoiceKey")
    for canary in secrets:
        assert canary not in kept
    assert payment_id in kept
