"""The Tabby gateway against the sandbox, which shares no code with it, over real HTTP."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.errors import GatewayRefusal
from payments_common.gateways.port import Declined, SessionCreated
from payments_common.gateways.registry import open_gateway
from payments_common.gateways.tabby.gateway import TabbyGateway
from payments_common.money import Money
from payments_common.schemas.observations import ObservationSource
from payments_common.schemas.parties import Customer
from support.api_calls import KeptApiCalls
from support.sandbox import DECLINED_EMAIL, REJECTED_PHONE, TABBY_SECRET_KEY
from support.tabby_payloads import CANARY_NAME, PAYMENT_ID, create_session, tabby_account
from support.tabby_shop import CONTEXT, Shop, declined, seen

every_currency = pytest.mark.parametrize("shop", ["AED", "SAR", "KWD"], indirect=True)


@every_currency
async def test_a_session_says_where_to_pay_the_exact_amount(shop: Shop) -> None:
    created = await shop.session(12345)
    assert isinstance(created, SessionCreated)
    assert created.redirect_url.startswith("http")
    assert created.expires_at is not None
    assert created.observation.order_reference == "order-1"
    assert created.observation.facts.amounts == (Money(12345, shop.currency),)
    assert (await shop.get(created.observation.payment_id)).facts == created.observation.facts


async def test_the_request_is_complete_enough_for_a_strict_tabby(shop: Shop) -> None:
    await shop.sandbox.settings("tabby", require_full_checkout=True)
    assert await shop.created()
    assert await shop.created(shipping_address=None)


async def test_a_customer_whom_tabby_does_not_serve_is_declined(shop: Shop) -> None:
    customer = Customer(name=CANARY_NAME, email="a@example.com", phone=REJECTED_PHONE)
    outcome = await shop.session(customer=customer)
    assert isinstance(outcome, Declined)
    assert outcome.code == "not_available"


async def test_an_amount_too_high_is_declined(shop: Shop) -> None:
    outcome = await shop.session(10**6 * 100)
    assert isinstance(outcome, Declined)
    assert outcome.code == "order_amount_too_high"


async def test_a_currency_that_is_not_the_store_s_is_refused(shop: Shop) -> None:
    with pytest.raises(GatewayRefusal) as caught:
        await shop.gateway.create_session(create_session(100, "AED"), context=CONTEXT)
    assert (caught.value.status, caught.value.code) == (400, "bad_data")


@pytest.mark.parametrize(
    ("action", "status", "fact"),
    [("decline", "REJECTED", "failed"), ("cancel", "EXPIRED", "expired")],
)
async def test_a_payment_that_comes_to_nothing_says_so(
    shop: Shop, action: str, status: str, fact: str
) -> None:
    payment_id = await shop.created()
    await shop.sandbox.act(payment_id, action)
    observation = await shop.get(payment_id)
    assert observation.gateway_status == status
    assert getattr(observation.facts, fact)
    assert observation.facts.authorized_minor == 0


async def test_a_customer_whom_tabby_declines_is_a_failure(shop: Shop) -> None:
    customer = Customer(name=CANARY_NAME, email=DECLINED_EMAIL, phone="+966500000001")
    payment_id = await shop.created(customer=customer)
    await shop.sandbox.act(payment_id, "pay")
    assert (await shop.get(payment_id)).facts.failed


@every_currency
async def test_a_full_capture_closes_the_payment(shop: Shop) -> None:
    payment_id = await shop.authorized(41255)
    facts = seen(await shop.capture(payment_id, 41255)).facts
    (captured,) = facts.captures
    assert (captured.amount_minor, captured.reference) == (41255, "capture-1")
    assert captured.occurred_at is not None
    assert (facts.closed, facts.voided_minor, facts.authorized_minor) == (True, 0, 41255)
    assert (await shop.get(payment_id)).facts == facts


async def test_partial_captures_add_up_and_closing_releases_the_rest(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.capture(payment_id, 5000)
    facts = seen(await shop.capture(payment_id, 2500, "capture-2")).facts
    assert {each.reference: each.amount_minor for each in facts.captures} == {
        "capture-1": 5000,
        "capture-2": 2500,
    }
    assert (facts.closed, facts.voided_minor) == (False, 0)
    closed = seen(await shop.void(payment_id)).facts
    assert (closed.closed, closed.voided_minor) == (True, 7500)


async def test_a_capture_before_authorization_is_declined(shop: Shop) -> None:
    payment_id = await shop.created()
    outcome = declined(await shop.capture(payment_id, 15000))
    assert outcome.code == "bad_data"
    assert outcome.message == "could not capture not authorized payments"
    assert outcome.observation is not None
    assert outcome.observation.gateway_status == "CREATED"


async def test_more_than_is_authorized_is_declined(shop: Shop) -> None:
    payment_id = await shop.authorized()
    declined(await shop.capture(payment_id, 15001))
    assert (await shop.get(payment_id)).facts.captures == ()


@pytest.mark.parametrize("replay", ["current_payment", "bad_data"])
async def test_the_same_reference_captures_once_however_tabby_answers(
    shop: Shop, replay: str
) -> None:
    await shop.sandbox.settings("tabby", replay_answer=replay)
    payment_id = await shop.authorized()
    first = seen(await shop.capture(payment_id, 15000))
    again = seen(await shop.capture(payment_id, 15000))
    assert first.facts == again.facts
    assert (await shop.sandbox.account(payment_id))["captured_minor"] == 15000


@every_currency
async def test_refunds_add_up(shop: Shop) -> None:
    payment_id = await shop.captured()
    await shop.refund(payment_id, 5001)
    facts = seen(await shop.refund(payment_id, 1, "refund-2")).facts
    assert {each.reference: each.amount_minor for each in facts.refunds} == {
        "refund-1": 5001,
        "refund-2": 1,
    }
    assert {each.reason for each in facts.refunds} == {"damaged"}
    assert (facts.closed, facts.voided_minor) == (True, 0)


@pytest.mark.parametrize("replay", ["current_payment", "bad_data"])
async def test_the_same_reference_refunds_once_however_tabby_answers(
    shop: Shop, replay: str
) -> None:
    await shop.sandbox.settings("tabby", replay_answer=replay)
    payment_id = await shop.captured()
    first = seen(await shop.refund(payment_id, 15000))
    assert seen(await shop.refund(payment_id, 15000)).facts == first.facts


async def test_a_refund_before_closing_is_declined(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.capture(payment_id, 5000)
    assert declined(await shop.refund(payment_id, 5000)).code == "bad_data"


async def test_a_refund_of_a_disputed_payment_is_declined(shop: Shop) -> None:
    payment_id = await shop.captured()
    await shop.sandbox.act(payment_id, "dispute")
    outcome = declined(await shop.refund(payment_id, 5000))
    assert (outcome.code, outcome.message) == ("conflict", "payment is disputed")


async def test_a_void_releases_all_and_voiding_again_is_no_error(shop: Shop) -> None:
    payment_id = await shop.authorized()
    first = seen(await shop.void(payment_id))
    assert (first.facts.closed, first.facts.voided_minor) == (True, 15000)
    again = seen(await shop.void(payment_id))
    assert (again.facts, again.source) == (first.facts, ObservationSource.READ_BACK)


async def test_a_void_of_what_is_not_authorized_is_declined(shop: Shop) -> None:
    payment_id = await shop.created()
    assert declined(await shop.void(payment_id)).code == "bad_data"


async def test_what_is_done_in_the_dashboard_is_seen_without_our_reference(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.act(payment_id, "capture", amount="50.00")
    await shop.sandbox.act(payment_id, "close")
    await shop.sandbox.act(payment_id, "refund", amount="10.00")
    facts = (await shop.get(payment_id)).facts
    assert [(each.reference, each.amount_minor) for each in facts.captures] == [("", 5000)]
    assert [(each.reference, each.amount_minor) for each in facts.refunds] == [("", 1000)]
    assert facts.voided_minor == 10000


async def test_a_payment_that_tabby_does_not_know_is_refused(shop: Shop) -> None:
    with pytest.raises(GatewayRefusal) as caught:
        await shop.get(PAYMENT_ID)
    assert (caught.value.status, caught.value.code) == (404, "not_found")


async def test_a_key_that_tabby_does_not_know_is_refused(sandbox_url: str) -> None:
    account = tabby_account(
        sandbox_url,
        credentials={"secret_key": SecretStr("sk_test_99999999-0000-4000-8000-000000000001")},
    )
    gateway = open_gateway(account, clock=SystemClock(), api_calls=KeptApiCalls())
    with pytest.raises(GatewayRefusal) as caught:
        await gateway.get_payment(PAYMENT_ID, context=CONTEXT)
    await gateway.close()
    assert caught.value.status == 401


@pytest.mark.parametrize("empty", ["array", "null"])
async def test_listing_shows_the_payments_that_hold_money(shop: Shop, empty: Any) -> None:
    await shop.sandbox.settings("tabby", empty_lists=empty)
    assert isinstance(shop.gateway, TabbyGateway)
    today = SystemClock().now().date()
    assert await _listed(shop.gateway, today) == set()
    wanted = {await shop.authorized() for _ in range(23)}
    await shop.created()
    assert await _listed(shop.gateway, today) == wanted
    assert await _listed(shop.gateway, today - timedelta(days=5)) == set()


async def _listed(gateway: TabbyGateway, day: date) -> set[str]:
    """The day and its neighbours, so that midnight may pass meanwhile."""
    observations = await gateway.list_payments(
        created_from=day - timedelta(days=1),
        created_before=day + timedelta(days=2),
        context=CONTEXT,
    )
    assert {each.source for each in observations} <= {ObservationSource.POLL}
    return {each.payment_id for each in observations}


async def test_every_call_is_evidence_and_none_holds_a_person_or_secret(shop: Shop) -> None:
    payment_id = await shop.captured()
    observation = await shop.get(payment_id)
    operations = [each.operation for each in shop.calls.calls]
    assert operations == ["create_checkout", "capture", "get_payment"]
    assert observation.evidence == "call-3"
    kept = repr(shop.calls.calls)
    for canary in (CANARY_NAME, "nightingale", "+9665", TABBY_SECRET_KEY, "Example Street"):
        assert canary not in kept
    assert payment_id in kept
