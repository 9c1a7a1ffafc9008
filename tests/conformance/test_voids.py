"""Voids: what is held and not captured is released, once."""

from conformance.house import House


async def test_all_that_is_held_can_be_voided(house: House) -> None:
    await house.held()
    answer = await house.void()
    assert answer.outcome == "succeeded", answer
    assert (await house.rest()).status == "voided"
    assert (await house.agrees())["voided"] == 15000
    assert house.told().count("payment.voided") == 1


async def test_a_part_can_be_voided_or_is_clearly_refused(house: House) -> None:
    await house.held()
    answer = await house.void(5000)
    if not house.able.partial_void:
        house.refused(answer)
        return
    assert answer.outcome == "succeeded", answer
    assert (await house.rest()).status == "authorized"
    await house.captures()
    balance = await house.agrees()
    assert (balance["voided"], balance["captured"]) == (5000, 10000)


async def test_after_a_capture_the_rest_can_be_voided_or_is_clearly_refused(
    house: House,
) -> None:
    await house.held()
    await house.captures(5000)
    answer = await house.void()
    if not house.able.void_after_capture:
        house.refused(answer, answer.code or "")
        return
    assert answer.outcome == "succeeded", answer
    assert (await house.agrees())["voided"] == 10000


async def test_nothing_can_be_captured_after_a_void(house: House) -> None:
    await house.held()
    await house.void()
    await house.rest()
    answer = await house.capture(1)
    assert (answer.outcome, answer.code) == ("refused", "amount_exceeds_balance")
    assert await house.requests("capture") == 0


async def test_the_same_void_command_twice_voids_once(house: House) -> None:
    await house.held()
    first = await house.void()
    again = await house.again(first)
    assert again == first
    assert await house.requests("void") == 1


async def test_what_is_voided_in_the_dashboard_is_voided_here(house: House) -> None:
    await house.held()
    await house.staff("close")
    assert (await house.rest()).status == "voided"
    await house.agrees()


async def test_a_void_that_comes_too_late_is_declined_and_nothing_is_lost(house: House) -> None:
    """Somebody captured all of it in the dashboard, and we have not heard of it yet."""
    await house.held()
    await house.sandbox.control("faults", operation="webhook", kind="drop", count=100)
    await house.staff("capture")
    answer = await house.void()
    assert answer.outcome == "declined", answer
    assert (await house.rest()).status == "captured"
    await house.agrees()
