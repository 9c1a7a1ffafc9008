"""Late and double: what nobody waited for is seen, and the account's rule decides."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from conformance.house import House
from conformance.opening import open_house
from conformance.results import Outcome
from conformance.subject import Subject
from payment_orchestrator.domain.order import Order
from support.builders import recheck
from support.stuck import accept

APPROVAL_SECONDS = 73 * 3600


@asynccontextmanager
async def house_with(subject: Subject, outcome: Outcome, **rules: str) -> AsyncIterator[House]:
    """Whose gateway does what its documents exclude."""
    async with open_house(subject, outcome=outcome, rules=rules) as house:
        await house.settings(late_payments="accept", over_refunds="accept")
        yield house


async def paid_late(house: House, **changes: str) -> Order:
    """After the session has run out, as we know."""
    await house.open(**changes)
    await house.advance(house.subject.expires_after_seconds)
    assert (await house.play((("recheck",),))).status == "expired"
    await pays_late(house)
    return await house.rest()


async def pays_late(house: House) -> None:
    """Where the gateway waits for our call, a late approval runs out; here its staff made it."""
    await house.customer("pay")
    if house.able.authorizes_by_call:
        await house.staff("authorise")


async def paid_twice(house: House, **changes: str) -> Order:
    """On two pages that were open at the same time."""
    await house.open(**changes)
    first = house.payment_id
    await house.clock.sleep(1)
    await house.open(**changes)
    second = house.payment_id
    assert first != second
    for house.payment_id in (first, second):
        await house.customer("pay")
        await house.rest()
    return await house.order()


def returned(order: Order) -> list[tuple[str, int]]:
    """What policy gives back, by kind and amount."""
    made = (o for o in order.operations if o.kind in {"void", "refund"})
    return [(o.kind.value, o.amount.amount_minor) for o in made if o.requested_by == "policy"]


async def finance_acts(house: House, order: Order) -> Order:
    """Sees refunds through, where the gateway's people must."""
    if house.subject.refund_is_later:
        for operation in order.operations:
            if operation.kind == "refund":
                house.payment_id = operation.payment_id
                await house.staff("refund_processed")
    return await house.rest()


async def test_a_late_payment_is_flagged_and_held_for_a_person(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome, paid_late="hold") as house:
        order = await paid_late(house, capture_mode="automatic")
        assert order.review == ("paid_late",)
        assert {o.kind for o in order.operations} <= {"authorize"}
        assert "payment.needs_review" in house.told()
        assert (await house.agrees())["authorized"] == 15000


async def test_a_late_payment_that_the_account_accepts_goes_on_by_itself(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome, paid_late="accept") as house:
        order = await paid_late(house, capture_mode="automatic")
        assert (order.review, order.status) == ((), "captured")
        assert [(a.review, a.accepted_by) for a in order.accepted] == [("paid_late", "policy")]
        assert (await house.agrees())["captured"] == 15000


async def test_a_late_payment_that_the_account_returns_is_voided(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome, paid_late="void_or_refund") as house:
        order = await paid_late(house, capture_mode="manual")
        assert (order.status, returned(order)) == ("voided", [("void", 15000)])
        assert order.review == ()
        assert (await house.agrees())["voided"] == 15000


async def test_a_late_payment_that_was_captured_before_we_knew_is_refunded(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome, paid_late="void_or_refund") as house:
        await house.open()
        await house.advance(house.subject.expires_after_seconds)
        await house.play((("recheck",),))
        await house.fault("webhook", "drop", count=100)
        await pays_late(house)
        await house.staff("capture")
        await house.send(recheck())
        order = await finance_acts(house, await house.rest())
        if house.subject.refund_is_later:
            await house.send(recheck())
        order = await house.rest()
        assert returned(order) == [("refund", 15000)]
        assert (order.status, order.review) == ("refunded", ())
        assert (await house.agrees())["refunded"] == 15000


async def test_two_payments_of_one_order_are_flagged_and_held_for_a_person(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome, paid_twice="hold") as house:
        order = await paid_twice(house, capture_mode="manual")
        assert order.review == ("paid_twice",)
        assert returned(order) == []
        assert "payment.needs_review" in house.told()
        held = (await house.agrees())["authorized"]
        assert held == (15000 if house.able.authorizes_by_call else 30000)


async def test_two_payments_that_the_account_accepts_both_stay(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome, paid_twice="accept") as house:
        order = await paid_twice(house, capture_mode="automatic")
        assert (order.review, returned(order)) == ((), [])
        assert (await house.agrees())["captured"] == 30000


@pytest.mark.parametrize("capture_mode", ["manual", "automatic"])
async def test_of_two_payments_the_account_returns_the_one_that_came_second(
    subject: Subject, outcome: Outcome, capture_mode: str
) -> None:
    """Where the gateway waits for our call, the second is not authorized and so runs out."""
    async with house_with(subject, outcome, paid_twice="void_or_refund") as house:
        order = await paid_twice(house, capture_mode=capture_mode)
        second = house.payment_id
        if house.able.authorizes_by_call:
            await house.advance(APPROVAL_SECONDS)
        order = await finance_acts(house, order)
        back = [o.payment_id for o in order.operations if o.kind in {"void", "refund"}]
        assert back == ([] if house.able.authorizes_by_call else [second])
        assert order.review == ()
        balance = await house.agrees()
        assert balance["authorized"] - balance["voided"] - balance["refunded"] == 15000


async def test_an_order_goes_on_when_a_person_has_accepted_its_review(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome) as house:
        await paid_late(house, capture_mode="automatic")
        answer = await house.send(accept("paid_late"))
        assert answer.outcome == "succeeded", answer
        order = await house.rest()
        assert (order.status, order.review) == ("captured", ())
        assert (await house.agrees())["captured"] == 15000


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [("wrong_amount", {"amount": "1.00"}), ("wrong_currency", {"currency": "EGP"})],
)
async def test_another_amount_or_currency_is_held_whatever_the_rules_say(
    subject: Subject, outcome: Outcome, fault: str, wrong: Mapping[str, str]
) -> None:
    rules = {"paid_late": "accept", "paid_twice": "accept"}
    async with house_with(subject, outcome, **rules) as house:
        await house.open(capture_mode="automatic")
        await house.fault("read", fault, count=100, **wrong)
        await house.customer("pay")
        order = await house.rest()
        assert "amount_mismatch" in order.review
        assert order.operations == ()
        assert order.balance.authorized.amount_minor == 0


async def test_more_refunded_at_the_gateway_than_was_captured_is_flagged(
    subject: Subject, outcome: Outcome
) -> None:
    async with house_with(subject, outcome) as house:
        await house.taken()
        await house.staff("refund", 15001)
        order = await house.rest()
        assert (order.status, order.review) == ("refunded", ("over_refunded",))
        assert (await house.agrees())["refunded"] == 15001
        assert (await house.refund(1)).outcome == "refused"
