"""The Tamara gateway against the sandbox, which shares no code with it, over real HTTP."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from payments_common.errors import GatewayRefusal
from payments_common.gateways.port import Declined, SessionCreated
from payments_common.money import Money
from payments_common.schemas.observations import ObservationSource
from payments_common.schemas.parties import Shipment
from support.tamara_payloads import CANARY_NAME, CANARY_STREET, ORDER_ID, create_session
from support.tamara_sandbox import API_TOKEN, DECLINED_PHONE
from support.tamara_shop import CONTEXT, Shop, declined, open_shop, seen

every_currency = pytest.mark.parametrize("shop", ["SAR", "AED", "KWD", "BHD", "OMR"], indirect=True)


@pytest.fixture(params=["SAR"])
async def shop(sandbox_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with open_shop(sandbox_url, request.param) as opened:
        yield opened


@every_currency
async def test_a_session_says_where_to_pay_the_exact_amount(shop: Shop) -> None:
    created = await shop.session(12345)
    assert isinstance(created, SessionCreated)
    assert created.redirect_url.startswith("http")
    assert created.observation.gateway_status == "new"
    observation = await shop.get(created.observation.payment_id)
    assert observation.order_reference == "order-1"
    assert observation.facts.amounts == (Money(12345, shop.currency),)
    assert not observation.facts.approved


async def test_a_session_of_digital_goods_in_arabic_is_complete_too(shop: Shop) -> None:
    assert await shop.created(shipping_address=None, language="ar", description="\u0645\u0635")


async def test_an_amount_beyond_the_merchant_s_limits_is_declined(shop: Shop) -> None:
    await shop.sandbox.settings("tamara", maximum_major=100)
    outcome = await shop.session(10001)
    assert isinstance(outcome, Declined)
    assert outcome.code == "total_amount_invalid_limit"


async def test_a_phone_of_no_form_is_a_refusal(shop: Shop) -> None:
    with pytest.raises(GatewayRefusal) as caught:
        await shop.session(phone="12345678")
    assert (caught.value.status, caught.value.code) == (400, "consumer_invalid_phone_number")


async def test_an_approved_order_waits_for_us(shop: Shop) -> None:
    payment_id = await shop.approved()
    facts = (await shop.get(payment_id)).facts
    assert (facts.approved, facts.authorized_minor) == (True, 0)
    outcome = declined(await shop.capture(payment_id, 15000))
    assert outcome.observation is not None
    assert outcome.observation.facts == facts


@every_currency
async def test_an_approved_order_is_authorized_by_our_call(shop: Shop) -> None:
    payment_id = await shop.approved(41255)
    told = seen(await shop.authorize(payment_id, 41255))
    assert (told.source, told.gateway_status) == (ObservationSource.ANSWER, "authorised")
    assert (told.facts.approved, told.facts.authorized_minor) == (True, 41255)
    assert (await shop.get(payment_id)).facts.authorized_minor == 41255


async def test_authorizing_again_is_no_error(shop: Shop) -> None:
    payment_id = await shop.authorized()
    again = seen(await shop.authorize(payment_id))
    assert (again.source, again.facts.authorized_minor) == (ObservationSource.READ_BACK, 15000)


async def test_a_merchant_s_order_may_be_captured_by_authorizing(shop: Shop) -> None:
    await shop.sandbox.settings("tamara", capture_on_authorise=True)
    payment_id = await shop.approved()
    told = seen(await shop.authorize(payment_id)).facts
    read = (await shop.get(payment_id)).facts
    assert [(c.capture_id, c.amount_minor) for c in told.captures] == [
        (c.capture_id, c.amount_minor) for c in read.captures
    ]
    assert read.captures[0].amount_minor == 15000
    assert read.closed


async def test_a_merchant_s_order_may_be_authorized_without_us(shop: Shop) -> None:
    await shop.sandbox.settings("tamara", auto_authorise=True)
    payment_id = await shop.approved()
    assert (await shop.get(payment_id)).facts.authorized_minor == 15000
    assert seen(await shop.authorize(payment_id)).facts.authorized_minor == 15000


@pytest.mark.parametrize(
    ("action", "status", "fact"),
    [("decline", "declined", "failed"), ("cancel", "expired", "expired")],
)
async def test_an_order_that_comes_to_nothing_says_so(
    shop: Shop, action: str, status: str, fact: str
) -> None:
    payment_id = await shop.created()
    await shop.sandbox.act(payment_id, action)
    observation = await shop.get(payment_id)
    assert observation.gateway_status == status
    assert getattr(observation.facts, fact)
    outcome = declined(await shop.authorize(payment_id))
    assert outcome.observation is not None
    assert getattr(outcome.observation.facts, fact)


async def test_tamara_s_declined_customer_is_a_failure(shop: Shop) -> None:
    payment_id = await shop.approved(phone=DECLINED_PHONE)
    facts = (await shop.get(payment_id)).facts
    assert (facts.failed, facts.failure_reasons) == (True, ("declined_by_gateway",))


@every_currency
async def test_a_full_capture_closes_the_order(shop: Shop) -> None:
    payment_id = await shop.authorized(41255)
    (told,) = seen(await shop.capture(payment_id, 41255)).facts.captures
    assert (told.amount_minor, told.reference) == (41255, "capture-1")
    facts = (await shop.get(payment_id)).facts
    (captured,) = facts.captures
    assert (captured.capture_id, captured.amount_minor) == (told.capture_id, 41255)
    assert (captured.reference, captured.occurred_at is None) == ("", False)
    assert (facts.closed, facts.voided_minor, facts.captured_total_minor) == (True, 0, 0)


async def test_partial_captures_add_up(shop: Shop) -> None:
    payment_id = await shop.authorized()
    first = seen(await shop.capture(payment_id, 5000)).facts.captures
    second = seen(await shop.capture(payment_id, 2500, "capture-2")).facts.captures
    facts = (await shop.get(payment_id)).facts
    assert {each.capture_id: each.amount_minor for each in (*first, *second)} == {
        each.capture_id: each.amount_minor for each in facts.captures
    }
    assert (len(facts.captures), facts.closed) == (2, False)


async def test_a_shipment_is_told_with_its_capture(shop: Shop) -> None:
    await shop.sandbox.settings("tamara", require_shipping_info=True)
    payment_id = await shop.authorized()
    shipment = Shipment(carrier="Camel Post", tracking_number="77")
    move = shop.move(payment_id, 15000, "capture-1", shipment=shipment)
    assert seen(await shop.gateway.capture(move, context=CONTEXT)).facts.captures


async def test_more_than_is_authorized_is_declined(shop: Shop) -> None:
    payment_id = await shop.authorized()
    declined(await shop.capture(payment_id, 15001))
    assert (await shop.get(payment_id)).facts.captures == ()


async def test_a_repeated_full_capture_captures_once_and_is_done(shop: Shop) -> None:
    payment_id = await shop.captured()
    again = seen(await shop.capture(payment_id, 15000))
    assert (again.source, len(again.facts.captures)) == (ObservationSource.READ_BACK, 1)
    assert (await shop.sandbox.account(payment_id))["captured_minor"] == 15000


@every_currency
async def test_refunds_add_up(shop: Shop) -> None:
    payment_id = await shop.captured()
    (first,) = seen(await shop.refund(payment_id, 5001)).facts.refunds
    (second,) = seen(await shop.refund(payment_id, 1, "refund-2")).facts.refunds
    facts = (await shop.get(payment_id)).facts
    assert {each.refund_id: each.amount_minor for each in facts.refunds} == {
        first.refund_id: 5001,
        second.refund_id: 1,
    }
    assert (facts.closed, facts.refunded_total_minor) == (True, 0)


async def test_our_reference_is_read_from_a_refund_that_shows_it(shop: Shop) -> None:
    await shop.sandbox.settings("tamara", echo_merchant_refund_id=True)
    payment_id = await shop.captured()
    await shop.refund(payment_id, 5000)
    assert [each.reference for each in (await shop.get(payment_id)).facts.refunds] == ["refund-1"]


async def test_more_than_is_captured_is_not_refunded(shop: Shop) -> None:
    payment_id = await shop.captured()
    declined(await shop.refund(payment_id, 15001))
    assert (await shop.get(payment_id)).facts.refunds == ()


async def test_a_void_releases_all_and_voiding_again_is_no_error(shop: Shop) -> None:
    payment_id = await shop.authorized()
    told = seen(await shop.void(payment_id)).facts
    assert (told.closed, [each.amount_minor for each in told.voids]) == (True, [15000])
    again = seen(await shop.void(payment_id))
    assert (again.facts.voided_minor, again.facts.closed) == (15000, True)
    assert [each.void_id for each in again.facts.voids] == [each.void_id for each in told.voids]


async def test_a_part_is_voided_and_the_rest_captured(shop: Shop) -> None:
    payment_id = await shop.authorized()
    told = seen(await shop.void(payment_id, 5000))
    assert (told.gateway_status, told.facts.closed) == ("updated", False)
    assert not (await shop.get(payment_id)).facts.closed
    await shop.capture(payment_id, 10000)
    facts = (await shop.get(payment_id)).facts
    assert [each.amount_minor for each in facts.voids] == [5000]
    assert (facts.amounts, facts.closed) == ((Money(15000, "SAR"),), True)


async def test_a_void_after_a_capture_is_declined(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.capture(payment_id, 5000)
    declined(await shop.void(payment_id, 10000))


async def test_what_is_done_in_the_portal_is_seen_without_our_reference(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.act(payment_id, "capture", amount=50)
    await shop.sandbox.act(payment_id, "refund", amount=10)
    facts = (await shop.get(payment_id)).facts
    assert [(each.reference, each.amount_minor) for each in facts.captures] == [("", 5000)]
    assert [(each.reference, each.amount_minor) for each in facts.refunds] == [("", 1000)]


async def test_an_order_is_found_by_its_reference(shop: Shop) -> None:
    assert await shop.gateway.find_payment("order-1", context=CONTEXT) is None
    payment_id = await shop.approved()
    found = await shop.gateway.find_payment("order-1", context=CONTEXT)
    assert found is not None
    assert (found.payment_id, found.facts.approved) == (payment_id, True)


async def test_a_reference_with_every_sign_that_we_allow_is_found(shop: Shop) -> None:
    reference = "Order.1_a:b-c"
    payment_id = await shop.created(order_reference=reference)
    found = await shop.gateway.find_payment(reference, context=CONTEXT)
    assert found is not None
    assert found.payment_id == payment_id


async def test_an_order_that_tamara_does_not_know_is_refused(shop: Shop) -> None:
    with pytest.raises(GatewayRefusal) as caught:
        await shop.get(ORDER_ID)
    assert caught.value.status == 404
    assert caught.value.code != "merchant_not_found"


async def test_access_is_checked_by_a_read(shop: Shop) -> None:
    await shop.gateway.check_access(context=CONTEXT)


async def test_a_token_that_tamara_does_not_know_is_refused(sandbox_url: str) -> None:
    credentials = {"api_token": SecretStr("somebody-else-s-token")}
    async with open_shop(sandbox_url, credentials=credentials) as shop:
        with pytest.raises(GatewayRefusal) as caught:
            await shop.gateway.check_access(context=CONTEXT)
    assert caught.value.status in {401, 404}


async def test_a_currency_and_country_that_do_not_fit_are_a_refusal(sandbox_url: str) -> None:
    async with open_shop(sandbox_url, options={"country_code": "AE"}) as shop:
        with pytest.raises(GatewayRefusal) as caught:
            await shop.gateway.create_session(create_session(), context=CONTEXT)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"success_status": 201},
        {"date_form": "milliseconds", "empty_objects": "object"},
        {"amount_form": "fixed", "discount_when_unset": "null"},
    ],
)
async def test_what_no_document_settles_does_not_matter(
    shop: Shop, changes: dict[str, object]
) -> None:
    await shop.sandbox.settings("tamara", **changes)
    payment_id = await shop.captured()
    await shop.refund(payment_id, 5000)
    facts = (await shop.get(payment_id)).facts
    assert (facts.captures[0].amount_minor, facts.refunds[0].amount_minor) == (15000, 5000)
    assert facts.captures[0].occurred_at is not None


async def test_every_call_is_evidence_and_none_holds_a_person_or_secret(shop: Shop) -> None:
    payment_id = await shop.captured()
    observation = await shop.get(payment_id)
    operations = [each.operation for each in shop.calls.calls]
    assert operations == ["create_checkout", "authorise", "capture", "get_order"]
    assert observation.evidence == "call-4"
    kept = repr(shop.calls.calls)
    for canary in (CANARY_NAME, "Nightingale", "54433", API_TOKEN, CANARY_STREET):
        assert canary not in kept
    assert payment_id in kept
