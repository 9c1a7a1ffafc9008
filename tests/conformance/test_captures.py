"""Captures: in full, in parts where the gateway can, never more than is held."""

from conformance.house import House


async def test_all_that_is_held_can_be_captured(house: House) -> None:
    order = await house.taken()
    assert order.status == "captured"
    assert await house.effects("captured") == [15000]
    assert (await house.agrees())["captured"] == 15000


async def test_a_part_can_be_captured(house: House) -> None:
    await house.held()
    order = await house.captures(5000)
    assert order.status == "partially_captured"
    assert (await house.agrees())["captured"] == 5000


async def test_the_rest_can_be_captured_afterwards_or_is_clearly_refused(house: House) -> None:
    await house.held()
    await house.captures(5000)
    answer = await house.capture()
    if not house.able.several_captures:
        house.refused(answer, answer.code or "")
        assert (await house.agrees())["captured"] == 5000
        return
    assert answer.outcome == "succeeded", answer
    assert (await house.agrees())["captured"] == 15000
    assert (await house.order()).status == "captured"


async def test_several_captures_down_to_the_last_minor_unit(house: House) -> None:
    await house.held()
    await house.captures(1)
    if not house.able.several_captures:
        house.refused(await house.capture(1), (await house.capture(1)).code or "")
        return
    for part in (7499, 7499):
        await house.captures(part)
    answer = await house.capture(2)
    assert (answer.outcome, answer.code) == ("refused", "amount_exceeds_balance")
    await house.captures(1)
    assert (await house.agrees())["captured"] == 15000


async def test_more_than_is_held_is_refused_before_the_gateway_is_asked(house: House) -> None:
    await house.held()
    answer = await house.capture(15001)
    assert (answer.outcome, answer.code) == ("refused", "amount_exceeds_balance")
    assert "150" in str(answer.message)
    assert await house.requests("capture") == 0


async def test_nothing_can_be_captured_before_the_customer_has_paid(house: House) -> None:
    await house.open()
    answer = await house.capture()
    assert (answer.outcome, answer.code) == ("refused", "nothing_authorized")


async def test_what_is_captured_cannot_be_captured_again(house: House) -> None:
    await house.taken()
    assert (await house.capture(1)).outcome == "refused"
    assert await house.effects("captured") == [15000]


async def test_a_capture_may_say_what_was_shipped(house: House) -> None:
    await house.held()
    shipment = {
        "carrier": "Example Post",
        "tracking_number": "EX-20417",
        "tracking_url": "https://post.example.com/EX-20417",
    }
    answer = await house.capture(15000, shipment=shipment)
    assert answer.outcome == "succeeded", answer
    assert (await house.agrees())["captured"] == 15000


async def test_the_same_capture_command_twice_captures_once(house: House) -> None:
    await house.held()
    first = await house.capture(15000)
    again = await house.again(first)
    assert again == first
    assert await house.effects("captured") == [15000]


async def test_a_capture_in_the_dashboard_is_a_fact_of_its_own(house: House) -> None:
    await house.held()
    await house.staff("capture", 15000)
    order = await house.rest()
    assert order.status == "captured"
    (event,) = [e for e in house.events() if e.event == "payment.captured"]
    assert (event.origin, event.operation_id) == ("gateway", None)
    await house.agrees()


async def test_after_a_capture_in_the_dashboard_only_the_rest_can_be_captured(
    house: House,
) -> None:
    await house.held()
    await house.staff("capture", 10000)
    await house.rest()
    answer = await house.capture(5001)
    assert answer.outcome == "refused"
    await house.agrees()
