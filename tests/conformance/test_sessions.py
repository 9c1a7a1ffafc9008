"""Sessions: what is asked for reaches the gateway exactly, and what it cannot do is said first."""

import pytest

from conformance.house import REFERENCE, House
from conformance.opening import open_house
from conformance.results import Outcome
from conformance.subject import Subject
from payments_common.money import Money
from support.builders import session

OTHER_CURRENCY = "JPY"


async def _sent(house: House) -> dict[str, object]:
    """The last session request that the gateway got, as it was recorded."""
    calls = [c for c in house.world.api_calls.calls if c.context.purpose == "create_session"]
    assert calls
    return dict(calls[-1].request or {})


async def test_a_session_gives_a_page_to_pay_at_and_a_pending_order(house: House) -> None:
    answer = await house.open()
    assert answer.redirect_url is not None
    assert answer.redirect_url.startswith("http")
    order = await house.order()
    assert (order.status, order.payments[0].payment_id) == ("pending", answer.payment_id)
    assert house.told() == ["payment.session_created"]


async def test_the_hosted_page_is_there(house: House) -> None:
    answer = await house.open()
    page = await house.sandbox.http.get(str(answer.redirect_url))
    assert page.status_code == 200
    assert "<form" in page.text


async def test_the_gateway_knows_the_order_by_our_reference(house: House) -> None:
    answer = await house.open()
    account = await house.sandbox.account(str(answer.payment_id))
    assert account["reference_id"] == REFERENCE


async def test_every_currency_reaches_the_gateway_to_the_minor_unit(
    subject: Subject, outcome: Outcome
) -> None:
    for currency in subject.currencies:
        async with open_house(subject, outcome=outcome, currency=currency) as house:
            amount = Money(10942, currency)
            await house.open(total_amount=amount, items=[{"title": "Lamp", "unit_price": amount}])
            await house.customer("pay")
            order = await house.rest()
            assert order.balance.authorized == amount, currency
            account = await house.sandbox.account(order.payments[0].payment_id)
            assert (account["authorized_minor"], account["currency"]) == (10942, currency)


@pytest.mark.parametrize("amount_minor", [1, 99, 123_456_78])
async def test_amounts_of_any_size_are_exact(house: House, amount_minor: int) -> None:
    await house.open(amount_minor=amount_minor)
    await house.customer("pay")
    assert (await house.rest()).balance.authorized.amount_minor == amount_minor
    await house.captures()
    assert (await house.agrees())["captured"] == amount_minor


async def test_a_currency_that_is_not_taken_is_refused_before_the_gateway_is_asked(
    house: House,
) -> None:
    total = Money(15000, OTHER_CURRENCY)
    items = [{"title": "Lamp", "unit_price": total}]
    answer = await house.send(session(account=house.account.name, total_amount=total, items=items))
    assert (answer.outcome, answer.code) == ("refused", "currency_mismatch")
    assert await house.requests("session") == 0


async def test_a_payment_method_is_chosen_or_clearly_refused(house: House) -> None:
    command = house.command(payment_method=house.subject.method or "card")
    answer = await house.send(command)
    if house.able.chooses_method:
        assert answer.outcome == "succeeded", answer
    else:
        house.refused(answer, "payment_method_not_supported")


async def test_an_unknown_payment_method_is_refused(house: House) -> None:
    answer = await house.send(house.command(payment_method="no-such-method"))
    assert (answer.outcome, answer.code) == ("refused", "payment_method_not_supported")
    if not house.able.chooses_method:
        house.refused(answer, "payment_method_not_supported")


async def test_texts_of_the_greatest_length_are_taken(house: House) -> None:
    total = Money(15000, house.currency)
    item = {
        "title": "L" * 255,
        "description": "d" * 255,
        "unit_price": total,
        "category": "c" * 255,
    }
    answer = await house.send(house.command(items=[item], description="D" * 255))
    assert answer.outcome == "succeeded", answer


async def test_arabic_names_and_addresses_are_taken(house: House) -> None:
    buyer = {"name": "نور مثال", "email": "otp.success@tabby.ai", "phone": "+966500000001"}
    address = {"city": "الرياض", "line": "شارع المثال"}
    answer = await house.send(house.command(customer=buyer, shipping_address=address))
    assert answer.outcome == "succeeded", answer


async def test_a_session_that_the_gateway_declines_is_a_declined_answer(house: House) -> None:
    changes = house.subject.declined_session
    if changes is None:
        house.outcome.not_meaningful(house.subject.not_meaningful["declined session"])
        return
    answer = await house.send(house.command(**changes))
    assert answer.outcome == "declined"
    assert answer.code
    assert (await house.order()).status == "failed"


async def test_a_gateway_that_is_away_is_told_and_the_same_command_works_later(
    house: House,
) -> None:
    await house.fault("session", "error", status=503)
    command = house.command()
    away = await house.send(command, command_id="session-1")
    assert (away.outcome, away.code) == ("unavailable", "gateway_unavailable")
    assert away.retry_after_seconds
    again = await house.send(command, command_id="session-1")
    assert again.outcome == "succeeded"


async def test_a_repeated_command_gets_the_same_answer_and_no_second_session(
    house: House,
) -> None:
    command = house.command()
    first = await house.send(command, command_id="session-1")
    second = await house.send(command, command_id="session-1")
    assert first == second
    assert await house.requests("session") == 1


async def test_an_order_that_is_paid_cannot_be_paid_again(house: House) -> None:
    await house.held()
    answer = await house.send(house.command())
    assert (answer.outcome, answer.code) == ("refused", "order_already_paid")


async def test_a_payment_whose_session_answer_was_lost_counts_all_the_same(house: House) -> None:
    """The customer cannot reach it, but a webhook or a question finds it."""
    await house.fault("session", "error", phase="after", status=502)
    answer = await house.send(house.command())
    assert answer.outcome == "unavailable"
    found = await house.sandbox.http.get("/sandbox/ledger", params={"reference_id": REFERENCE})
    (made,) = found.json()["payments"]
    await house.sandbox.control(f"payments/{made['payment_id']}/pay")
    order = await house.rest()
    assert (order.status, len(order.payments)) == ("authorized", 1)
    await house.agrees()
