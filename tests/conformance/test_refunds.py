"""Refunds: in parts to the last minor unit, never more than was captured."""

from conformance.house import House


async def _refunds(house: House, amount_minor: int | None = None) -> None:
    """Asks for a refund and sees it through, where the gateway's people must do it."""
    answer = await house.refund(amount_minor)
    assert answer.outcome == "succeeded", answer
    if house.subject.refund_is_later:
        await house.staff("refund_processed")
    await house.rest()


async def test_all_that_was_captured_can_be_refunded(house: House) -> None:
    await house.taken()
    await _refunds(house)
    assert (await house.order()).status == "refunded"
    assert (await house.agrees())["refunded"] == 15000
    assert house.told().count("refund.processed") == 1


async def test_refunds_in_parts_down_to_the_last_minor_unit(house: House) -> None:
    await house.taken()
    for part in (1, 4999, 9999):
        await _refunds(house, part)
        assert (await house.order()).status == "partially_refunded"
    over = await house.refund(2)
    assert (over.outcome, over.code) == ("refused", "amount_exceeds_balance")
    await _refunds(house, 1)
    assert (await house.order()).status == "refunded"
    assert sorted(await house.effects("refunded")) == [1, 1, 4999, 9999]
    assert (await house.agrees())["refunded"] == 15000


async def test_more_than_was_captured_is_refused_before_the_gateway_is_asked(
    house: House,
) -> None:
    await house.taken()
    answer = await house.refund(15001)
    assert (answer.outcome, answer.code) == ("refused", "amount_exceeds_balance")
    assert await house.requests("refund") == 0


async def test_nothing_is_refunded_before_a_capture(house: House) -> None:
    await house.held()
    answer = await house.refund()
    assert (answer.outcome, answer.code) == ("refused", "amount_exceeds_balance")
    assert await house.requests("refund") == 0


async def test_a_refund_beside_an_uncaptured_rest_works_or_says_to_void_first(
    house: House,
) -> None:
    await house.held()
    await house.captures(5000)
    answer = await house.refund(1000)
    if house.able.refund_needs_closed:
        house.refused(answer, "void_first")
        return
    assert answer.outcome == "succeeded", answer
    await house.agrees()


async def test_a_refund_that_settles_later_is_pending_until_then(house: House) -> None:
    await house.taken()
    if not house.subject.refund_is_later:
        house.outcome.not_meaningful("its refunds are carried out at once")
        return
    await house.refund(5000)
    await house.rest()
    assert "refund.pending" in house.told()
    assert (await house.agrees())["refunded"] == 0
    await house.staff("refund_processed")
    await house.rest()
    assert (await house.agrees())["refunded"] == 5000


async def test_a_refund_that_fails_later_can_be_asked_for_again(house: House) -> None:
    await house.taken()
    if not house.subject.refund_is_later:
        house.outcome.not_meaningful("its refunds are carried out at once")
        return
    await house.refund()
    await house.staff("refund_rejected")
    await house.rest()
    assert "refund.failed" in house.told()
    await _refunds(house)
    assert (await house.agrees())["refunded"] == 15000


async def test_the_same_refund_command_twice_refunds_once(house: House) -> None:
    await house.taken()
    first = await house.refund(5000)
    again = await house.again(first)
    assert again == first
    assert await house.requests("refund") == 1


async def test_a_refund_in_the_dashboard_is_a_fact_of_its_own(house: House) -> None:
    await house.taken()
    await house.staff("refund", 5000)
    order = await house.rest()
    assert order.status == "partially_refunded"
    (event,) = [e for e in house.events() if e.event == "refund.processed"]
    assert (event.origin, event.operation_id) == ("gateway", None)
    assert (await house.agrees())["refunded"] == 5000


async def test_after_a_refund_in_the_dashboard_only_the_rest_can_be_refunded(
    house: House,
) -> None:
    await house.taken()
    await house.staff("refund", 10000)
    await house.rest()
    answer = await house.refund(5001)
    assert (answer.outcome, answer.code) == ("refused", "amount_exceeds_balance")
    await _refunds(house, 5000)
    assert (await house.agrees())["refunded"] == 15000
