"""Each rule of gateways/tamara.md sections 3 and 4 by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway_sandbox.tamara import machine
from gateway_sandbox.tamara.errors import TamaraError
from gateway_sandbox.tamara.machine import Act, Change
from gateway_sandbox.tamara.order import Cancel, Capture, Checkout, Order, Refund, TamaraStatus
from gateway_sandbox.tamara.settings import TamaraSettings

NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
ACT = Act("api", NOW)
SETTINGS = TamaraSettings()
LENIENT = replace(SETTINGS, cancel_after_capture="allow", capture_after_refund="allow")


def new() -> Order:
    checkout = Checkout(
        total_minor=10000,
        currency="SAR",
        country_code="SA",
        reference_id="order-1",
        order_number="order-1",
        phone_number="966544337866",
        consumer={},
        shipping_address={},
    )
    return Order(
        order_id="00000000-0000-4000-8000-0000000000a1",
        checkout_id="00000000-0000-4000-8000-0000000000b1",
        merchant_id="merchant",
        created_at=NOW,
        session_expires_at=NOW,
        reference_id="order-1",
        checkout=checkout,
    )


def approved() -> Order:
    return machine.approve(new(), ACT).order


def authorised() -> Order:
    return machine.authorise(approved(), ACT).order


def capture(
    order: Order, amount_minor: int, name: str = "c1", settings: TamaraSettings = SETTINGS
) -> Change:
    return machine.capture(order, Capture(name, NOW, amount_minor), ACT, settings=settings)


def cancel(order: Order, amount_minor: int, settings: TamaraSettings = SETTINGS) -> Change:
    return machine.cancel(order, Cancel("x1", NOW, amount_minor), ACT, settings=settings)


def refund(
    order: Order,
    amount_minor: int,
    settings: TamaraSettings = SETTINGS,
    parts: tuple[tuple[str, int], ...] = (),
    merchant_refund_id: str = "",
) -> Change:
    made = Refund("r1", NOW, amount_minor, parts, "returned", merchant_refund_id)
    return machine.refund(order, made, ACT, settings=settings)


def twice_captured() -> Order:
    return capture(capture(authorised(), 4000).order, 6000, "c2").order


ORDERS: dict[str, Callable[[], Order]] = {
    "new": new,
    "approved": approved,
    "declined": lambda: machine.decline(new(), ACT).order,
    "expired": lambda: machine.expire(new(), ACT).order,
    "authorised": authorised,
    "updated": lambda: cancel(authorised(), 4000).order,
    "canceled": lambda: cancel(authorised(), 10000).order,
    "partially_captured": lambda: capture(authorised(), 4000).order,
    "fully_captured": lambda: capture(authorised(), 10000).order,
    "partially_refunded": lambda: refund(capture(authorised(), 10000).order, 1000).order,
    "fully_refunded": lambda: refund(capture(authorised(), 10000).order, 10000).order,
}
STEPS: dict[str, Callable[[Order], Change]] = {
    "approve": lambda order: machine.approve(order, ACT),
    "decline": lambda order: machine.decline(order, ACT),
    "expire": lambda order: machine.expire(order, ACT),
    "authorise": lambda order: machine.authorise(order, ACT),
    "capture a part": lambda order: capture(order, 1000, "c9"),
    "capture the rest": lambda order: capture(order, order.open_minor, "c9"),
    "cancel a part": lambda order: cancel(order, 1000),
    "cancel the rest": lambda order: cancel(order, order.open_minor),
    "refund a part": lambda order: refund(order, 1000),
    "refund the rest": lambda order: refund(order, order.captured_minor - order.refunded_minor),
}
# Section 3.2: from each status, what each step leads to; whatever is not here is a 409.
TABLE = {
    ("new", "approve"): "approved",
    ("new", "decline"): "declined",
    ("new", "expire"): "expired",
    ("approved", "authorise"): "authorised",
    ("approved", "expire"): "expired",
    ("authorised", "capture a part"): "partially_captured",
    ("authorised", "capture the rest"): "fully_captured",
    ("authorised", "cancel a part"): "updated",
    ("authorised", "cancel the rest"): "canceled",
    ("authorised", "expire"): "expired",
    ("updated", "capture a part"): "partially_captured",
    ("updated", "capture the rest"): "fully_captured",
    ("updated", "cancel a part"): "updated",
    ("updated", "cancel the rest"): "canceled",
    ("updated", "expire"): "expired",
    ("partially_captured", "capture a part"): "partially_captured",
    ("partially_captured", "capture the rest"): "fully_captured",
    ("partially_captured", "refund a part"): "partially_refunded",
    ("partially_captured", "refund the rest"): "fully_refunded",
    ("fully_captured", "refund a part"): "partially_refunded",
    ("fully_captured", "refund the rest"): "fully_refunded",
    ("partially_refunded", "refund a part"): "partially_refunded",
    ("partially_refunded", "refund the rest"): "fully_refunded",
}


@pytest.mark.parametrize("status", ORDERS)
def test_each_status_of_the_table_is_reached(status: str) -> None:
    assert ORDERS[status]().status.value == status


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", ORDERS)
def test_only_the_documented_transitions_happen(status: str, step: str) -> None:
    order, expected = ORDERS[status](), TABLE.get((status, step))
    if expected is not None:
        assert STEPS[step](order).order.status.value == expected
        return
    with pytest.raises(TamaraError) as refusal:
        STEPS[step](order)
    assert (refusal.value.status, refusal.value.code) == (409, "transition_not_allowed")
    assert refusal.value.data is not None
    assert refusal.value.data["old_state"] == status


def test_a_repeated_full_capture_is_refused_with_equal_states() -> None:
    with pytest.raises(TamaraError) as refusal:
        capture(ORDERS["fully_captured"](), 10000, "c2")
    assert refusal.value.document()["errors"] == [
        {
            "error_code": "transition_not_allowed",
            "data": {"old_state": "fully_captured", "new_state": "fully_captured"},
        }
    ]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda: capture(authorised(), 10001), "capture.total_amount_exceeded"),
        (lambda: capture(ORDERS["updated"](), 6001), "capture.total_amount_exceeded"),
        (lambda: cancel(authorised(), 10001), "cancel.total_amount_exceeded"),
        (lambda: refund(twice_captured(), 10001), "refund.total_amount_exceeded"),
        (
            lambda: refund(twice_captured(), 4001, parts=(("c1", 4001),)),
            "refund.total_amount_exceeded",
        ),
        (lambda: refund(twice_captured(), 1, parts=(("c9", 1),)), "refund.capture_not_found"),
    ],
)
def test_more_than_there_is_is_refused(step: Callable[[], Change], code: str) -> None:
    with pytest.raises(TamaraError) as refusal:
        step()
    assert (refusal.value.status, refusal.value.code) == (400, code)


def test_capturing_what_a_partial_cancellation_left_is_a_full_capture() -> None:
    order = capture(ORDERS["updated"](), 6000).order
    assert (order.status, order.open_minor) == (TamaraStatus.FULLY_CAPTURED, 0)


@pytest.mark.parametrize(
    ("step", "entries", "events"),
    [
        (lambda: machine.create(new(), ACT), [("created", 0)], []),
        (lambda: machine.approve(new(), ACT), [], ["order_approved"]),
        (lambda: machine.decline(new(), ACT), [("rejected", 0)], ["order_declined"]),
        (lambda: machine.expire(approved(), ACT), [("expired", 0)], ["order_expired"]),
        (lambda: machine.expire(authorised(), ACT), [("expired", 10000)], ["order_expired"]),
        (
            lambda: machine.authorise(approved(), ACT),
            [("authorized", 10000)],
            ["order_authorised"],
        ),
        (lambda: capture(authorised(), 1), [("captured", 1)], ["order_captured"]),
        (lambda: cancel(authorised(), 1), [("voided", 1)], ["order_canceled"]),
        (lambda: refund(twice_captured(), 1), [("refunded", 1)], ["order_refunded"]),
        (lambda: machine.rename(new(), "order-2", ACT), [("updated", 0)], []),
    ],
)
def test_each_step_is_booked_and_announced(
    step: Callable[[], Change], entries: list[tuple[str, int]], events: list[str]
) -> None:
    change = step()
    assert [(entry.kind, entry.amount_minor) for entry in change.entries] == entries
    assert [event.kind for event in change.events] == events


def test_an_order_captured_at_once_was_authorised_by_the_caller_and_captured_by_tamara() -> None:
    change = machine.authorise_and_capture(
        approved(), Capture("c1", NOW, 10000), ACT, settings=SETTINGS
    )
    assert change.order.status == TamaraStatus.FULLY_CAPTURED
    assert [(entry.kind, entry.origin) for entry in change.entries] == [
        ("authorized", "api"),
        ("captured", "auto"),
    ]
    assert [event.kind for event in change.events] == ["order_captured"]


def test_being_authorised_on_the_way_to_captured_is_announced_if_so_set() -> None:
    wordy = replace(SETTINGS, announce_authorised_when_captured_at_once=True)
    change = machine.authorise_and_capture(
        approved(), Capture("c1", NOW, 10000), ACT, settings=wordy
    )
    assert [event.kind for event in change.events] == ["order_authorised", "order_captured"]


def test_an_order_paid_in_a_store_is_captured_at_once() -> None:
    change = machine.pay_in_store(new(), Capture("c1", NOW, 10000), ACT, settings=SETTINGS)
    assert change.order.status == TamaraStatus.FULLY_CAPTURED
    assert [event.kind for event in change.events] == ["order_captured"]


@pytest.mark.parametrize(
    ("allocation", "parts"),
    [
        ("oldest_first", (("c1", 4000), ("c2", 3000))),
        ("newest_first", (("c2", 6000), ("c1", 1000))),
    ],
)
def test_a_refund_is_spread_over_captures(
    allocation: Any, parts: tuple[tuple[str, int], ...]
) -> None:
    settings = replace(SETTINGS, refund_allocation=allocation)
    order = refund(twice_captured(), 7000, settings).order
    assert order.refunds[0].parts == parts
    assert order.refunds[0].capture_id == parts[0][0]
    assert order.refunded_of("c1") + order.refunded_of("c2") == 7000


def test_a_refunds_own_reference_is_what_the_ledger_keeps() -> None:
    named = refund(twice_captured(), 1, merchant_refund_id="refund-1")
    assert named.entries[0].reference_id == "refund-1"
    assert refund(twice_captured(), 1).entries[0].reference_id == "order-1"


def test_a_repeated_merchant_refund_id_refunds_again_unless_set_otherwise() -> None:
    once = refund(twice_captured(), 1000, merchant_refund_id="refund-1").order
    assert refund(once, 1000, merchant_refund_id="refund-1").order.refunded_minor == 2000
    strict = replace(SETTINGS, repeated_merchant_refund_id="refuse")
    with pytest.raises(TamaraError) as refusal:
        refund(once, 1000, strict, merchant_refund_id="refund-1")
    assert refusal.value.status == 400
    assert refund(once, 1000, strict).order.refunded_minor == 2000


def test_the_rest_of_a_partial_capture_can_be_cancelled_if_so_set() -> None:
    order = cancel(ORDERS["partially_captured"](), 6000, LENIENT).order
    assert (order.status, order.canceled_minor) == (TamaraStatus.FULLY_CAPTURED, 6000)


def test_a_partly_refunded_order_can_be_captured_further_if_so_set() -> None:
    refunded = refund(ORDERS["partially_captured"](), 1000).order
    with pytest.raises(TamaraError):
        capture(refunded, 6000, "c2")
    order = capture(refunded, 6000, "c2", LENIENT).order
    assert (order.status, order.captured_minor) == (TamaraStatus.PARTIALLY_REFUNDED, 10000)


def test_staff_but_nobody_else_can_refund_too_much_if_so_set() -> None:
    lax = replace(SETTINGS, over_refunds="accept")
    with pytest.raises(TamaraError):
        refund(twice_captured(), 10001, lax)
    made, by_staff = Refund("r1", NOW, 10001), replace(ACT, origin="dashboard")
    order = machine.refund(twice_captured(), made, by_staff, settings=lax).order
    assert (order.status, order.refunded_minor) == (TamaraStatus.FULLY_REFUNDED, 10001)
