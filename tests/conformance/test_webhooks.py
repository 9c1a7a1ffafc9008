"""Webhooks: repeated, reordered, late or lost, they make the same order, and none is believed."""

from datetime import UTC, datetime, timedelta

from conformance.house import REFERENCE, House
from conformance.opening import open_house
from payments_common.gateways.port import CallContext, ListsPayments
from support.builders import recheck

PAID = {"authorized": 15000, "captured": 0, "refunded": 0, "voided": 0}
NEVER = 1_000_000


async def _deliveries(house: House, kind: str, **more: object) -> None:
    """The gateway misbehaves with all of its webhooks from now on."""
    await house.sandbox.control("faults", operation="webhook", kind=kind, count=NEVER, **more)


async def test_a_repeated_webhook_changes_nothing(house: House) -> None:
    await house.open()
    await _deliveries(house, "duplicate", times=4)
    await house.customer("pay")
    await house.rest()
    assert await house.agrees() == PAID
    assert house.told().count("payment.authorized") == 1


async def test_reordered_webhooks_make_the_same_order(house: House) -> None:
    await house.held()
    await house.sandbox.control("faults", operation="webhook", kind="reorder")
    await house.captures(5000)
    if not house.able.refund_needs_closed:
        await house.staff("refund", 1000)
    await house.sandbox.control("deliveries/release")
    order = await house.rest()
    assert order.review == ()
    assert (await house.agrees())["captured"] == 5000


async def test_a_delayed_webhook_comes_in_time(house: House) -> None:
    await house.open()
    await house.sandbox.control("faults", operation="webhook", kind="delay", delay_seconds=600)
    await house.customer("pay")
    assert (await house.order()).status == "pending"
    await house.advance(601)
    await house.rest()
    assert await house.agrees() == PAID


async def test_what_a_lost_webhook_would_have_told_is_found_by_asking(house: House) -> None:
    await house.open()
    await _deliveries(house, "drop")
    await house.customer("pay")
    assert (await house.rest()).status == "pending"
    answer = await house.send(recheck())
    assert answer.outcome == "succeeded"
    await house.rest()
    assert await house.agrees() == PAID


async def test_a_payment_whose_webhooks_were_lost_is_in_the_gateway_s_own_list(
    house: House,
) -> None:
    gateway = house.gateway
    if not house.able.list_payments or not isinstance(gateway, ListsPayments):
        house.outcome.not_meaningful("it has no list of payments")
        return
    await house.open()
    await _deliveries(house, "drop")
    await house.customer("pay")
    today = datetime.now(UTC).date()
    listed = await gateway.list_payments(
        created_from=today - timedelta(days=1),
        created_before=today + timedelta(days=2),
        context=CallContext(purpose="conformance"),
    )
    (found,) = listed
    assert (found.payment_id, found.order_reference) == (house.payment_id, REFERENCE)
    assert found.facts.authorized_minor == PAID["authorized"]


async def test_a_session_that_nobody_told_us_of_is_found_by_asking(house: House) -> None:
    """Its answer was lost, and so was every webhook."""
    await _deliveries(house, "drop")
    await house.fault("session", "error", phase="after", status=502)
    assert (await house.send(house.command())).outcome == "unavailable"
    found = await house.sandbox.http.get("/sandbox/ledger")
    (made,) = found.json()["payments"]
    await house.sandbox.control(f"payments/{made['payment_id']}/pay")
    await house.send(recheck())
    order = await house.rest()
    if not order.payments:
        house.outcome.not_meaningful("it cannot be asked for an order by our reference")
        return
    assert order.status == "authorized"
    await house.agrees()


async def test_a_webhook_that_comes_before_the_session_answer_is_not_lost(house: House) -> None:
    await house.fault("session", "error", phase="after", status=500)
    await house.send(house.command())
    found = await house.sandbox.http.get("/sandbox/ledger")
    (made,) = found.json()["payments"]
    await house.sandbox.control(f"payments/{made['payment_id']}/pay")
    order = await house.rest()
    assert (order.status, len(order.payments)) == ("authorized", 1)


async def test_an_old_webhook_sent_again_changes_nothing(house: House) -> None:
    await house.taken()
    before = await house.agrees()
    for delivery in await house.sandbox.deliveries():
        path = f"deliveries/{delivery['delivery_id']}/redeliver"
        await house.sandbox.control(path)
    await house.rest()
    assert await house.agrees() == before
    assert house.told().count("payment.captured") == 1


async def test_what_an_authentic_webhook_says_is_not_believed(house: House) -> None:
    """Its unsigned members are changed; the payment is read back, and that is what counts."""
    await house.held()
    genuine = house.gate.passed[-1]
    told = await house.gate.deliver(house.subject.tamper(genuine), house.account.name)
    assert told == 200
    await house.rest()
    assert await house.agrees() == PAID


async def test_a_wrong_amount_in_a_webhook_is_not_believed(house: House) -> None:
    await house.open()
    await _deliveries(house, "wrong_amount", amount="1.00")
    await house.customer("pay")
    order = await house.rest()
    assert (order.status, order.review) == ("authorized", ())
    await house.agrees()


async def test_a_webhook_of_an_unknown_order_makes_nothing(house: House) -> None:
    await house.held()
    stray = house.gate.passed[-1]
    async with open_house(house.subject, outcome=house.outcome) as elsewhere:
        assert await elsewhere.gate.deliver(stray, elsewhere.account.name) == 200
        await elsewhere.open()
        assert (await elsewhere.rest()).status == "pending"


async def test_a_burst_of_webhooks_costs_few_reads(house: House) -> None:
    await house.held()
    genuine = house.gate.passed[-1]
    before = await house.requests("read")
    for _ in range(20):
        await house.gate.deliver(house.subject.tamper(genuine), house.account.name)
    await house.rest()
    assert await house.requests("read") - before <= 2


async def test_a_webhook_while_the_gateway_cannot_be_read_stays_due(house: House) -> None:
    await house.open()
    await house.fault("read", "error", status=503, count=2)
    await house.customer("pay")
    order = await house.rest()
    assert order.status == "authorized"
    assert any(line.startswith("gateway_unavailable") for line in await house.history())
    await house.agrees()


async def test_an_amount_that_the_gateway_itself_names_wrongly_is_flagged(house: House) -> None:
    await house.open()
    await house.fault("read", "wrong_amount", amount="1.00")
    await house.customer("pay")
    order = await house.rest()
    assert "amount_mismatch" in order.review
    assert "payment.needs_review" in house.told()
    assert order.balance.authorized.amount_minor == 0


async def test_an_ingress_that_is_away_gets_the_webhook_later(house: House) -> None:
    await house.open()
    house.gate.closed_for = 1
    await house.customer("pay")
    await house.advance(600)
    await house.rest()
    assert await house.agrees() == PAID
