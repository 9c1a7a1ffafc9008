"""Statuses: each row of the gateway's MAPPING.md is brought about and seen as what it is."""

from conformance.house import House
from conformance.opening import open_house
from conformance.results import Outcome
from conformance.subject import Subject


async def test_every_status_of_the_mapping_is_seen_as_what_it_is(
    subject: Subject, outcome: Outcome
) -> None:
    for case in subject.statuses:
        async with open_house(subject, outcome=outcome) as house:
            if case.settings:
                await house.settings(**case.settings)
            await house.open(capture_mode=case.capture_mode)
            order = await house.play(case.steps)
            assert order.status == case.status, (case.row, await house.history())
            assert order.review == (), case.row
            await house.agrees()


async def test_a_payment_is_authorized_and_told_once(house: House) -> None:
    await house.held()
    assert house.told().count("payment.authorized") == 1
    assert (await house.agrees()) == {
        "authorized": 15000,
        "captured": 0,
        "refunded": 0,
        "voided": 0,
    }


async def test_a_declined_customer_leaves_no_money(house: House) -> None:
    await house.open()
    await house.customer("decline")
    order = await house.rest()
    assert order.status == house.subject.after_decline
    assert order.payments[0].facts.failure_reasons
    assert (await house.agrees())["authorized"] == 0


async def test_a_customer_who_goes_back_leaves_no_money(house: House) -> None:
    await house.open()
    await house.play((("customer", "cancel"), ("recheck",)))
    assert (await house.order()).status == house.subject.after_cancel
    assert (await house.agrees())["authorized"] == 0


async def test_a_session_that_runs_out_expires(house: House) -> None:
    await house.open()
    await house.advance(house.subject.expires_after_seconds)
    order = await house.play((("recheck",),))
    assert order.status == "expired"
    assert house.told().count("payment.expired") == 1


async def test_after_an_expired_session_the_order_can_be_paid(house: House) -> None:
    await house.open()
    await house.advance(house.subject.expires_after_seconds)
    await house.play((("recheck",),))
    await house.open()
    await house.customer("pay")
    order = await house.rest()
    assert order.status == "authorized", await house.history()


async def test_a_failed_attempt_then_a_paid_one_is_simply_paid(house: House) -> None:
    reason = house.subject.not_meaningful.get("failed then paid")
    if reason is not None:
        house.outcome.not_meaningful(reason)
        return
    await house.open(capture_mode="automatic")
    order = await house.play((("customer", "decline"), ("customer", "pay")))
    assert (order.status, order.review) == ("captured", ())
    assert "payment.failed" not in house.told()
    await house.agrees()


async def test_an_automatic_order_is_captured_once_without_being_asked_for(house: House) -> None:
    await house.open(capture_mode="automatic")
    await house.customer("pay")
    order = await house.rest()
    assert order.status == "captured"
    assert await house.effects("captured") == [15000]
    assert house.told().count("payment.captured") == 1


async def test_a_manual_order_waits_for_its_capture(house: House) -> None:
    order = await house.held()
    assert [o.kind for o in order.operations if o.kind != "authorize"] == []
    assert await house.effects("captured") == []


async def test_an_approval_is_authorized_by_us_where_the_gateway_waits_for_it(
    house: House,
) -> None:
    order = await house.held()
    kinds = [operation.kind.value for operation in order.operations]
    if house.able.authorizes_by_call:
        assert kinds == ["authorize"]
        assert await house.requests("authorize") == 1
    else:
        house.outcome.not_meaningful("it authorizes by itself")
        assert kinds == []
