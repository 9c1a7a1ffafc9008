"""What a change says to others: replies, the wake-up call for due work, and its own history."""

import pytest

from payment_orchestrator.domain.change import (
    Asked,
    Change,
    HistoryEntry,
    Moved,
    OutboxMessage,
    Wake,
    arm,
    begin,
    begin_new,
    fired,
    reply,
)
from payment_orchestrator.domain.order import OperationKind, ReplyAddress
from payments_common.money import Money
from payments_common.schemas.envelope import wrap
from payments_common.schemas.replies import Answer, Outcome
from payments_common.schemas.work import OrderWorkDue
from support.builders import NOW, authorized, change_of, later, order

ANSWER = Answer(command_id="command-1", outcome=Outcome.SUCCEEDED, order_reference="SHOP-1001")
ADDRESS = ReplyAddress(queue="payments.reply.shop", correlation_id="c1")


def test_a_change_begins_with_the_order_as_it_was_and_a_new_one_with_nothing() -> None:
    def new_id() -> str:
        return "id"

    known = begin(order(), now=NOW, new_id=new_id)
    assert known == Change(before=order(), order=order(), now=NOW, new_id=new_id)
    assert begin_new(order(), now=NOW, new_id=new_id) == Change(
        before=None, order=order(), now=NOW, new_id=new_id
    )


def test_a_change_is_empty_until_it_changes_or_says_something() -> None:
    change = change_of(order())
    assert change.is_empty
    assert not change.with_order(authorized()).is_empty
    assert not change.published(reply(ANSWER, ADDRESS, now=NOW, id_="id-1")).is_empty


def test_a_reply_goes_to_the_senders_queue_alone() -> None:
    assert reply(ANSWER, ADDRESS, now=NOW, id_="id-1") == OutboxMessage(
        exchange="",
        routing_key="payments.reply.shop",
        envelope=wrap(
            ANSWER,
            type_="command.answered.v1",
            id_="id-1",
            source="payment-orchestrator",
            time=NOW,
            subject="SHOP-1001",
        ),
        correlation_id="c1",
        delay_seconds=0.0,
    )


def test_everybody_who_waits_is_replied_to_under_an_id_of_its_own() -> None:
    second = ReplyAddress(queue="payments.reply.desk", correlation_id="c2")
    change = change_of(order()).answered(ANSWER, (ADDRESS, second))
    assert change.messages == (
        reply(ANSWER, ADDRESS, now=NOW, id_="id-1"),
        reply(ANSWER, second, now=NOW, id_="id-2"),
    )


def test_history_goes_on_where_the_order_left_off() -> None:
    change = change_of(order().model_copy(update={"history_length": 7}))
    asked = Asked(
        kind=OperationKind.REFUND,
        amount=Money(1, "SAR"),
        sender="shop",
        caller_reference="R",
        code="c",
    )
    moved = (Moved(kind=OperationKind.CAPTURE, effect_id="c1"),)
    told = change.told("first", "One.").told(
        "second",
        "Two.",
        actor="noor",
        payment_id="p",
        operation_id="o",
        evidence="e",
        asked=asked,
        moved=moved,
    )
    assert told.order.history_length == 9
    assert told.history == (
        HistoryEntry(number=8, at=NOW, kind="first", text="One."),
        HistoryEntry(
            number=9,
            at=NOW,
            kind="second",
            text="Two.",
            actor="noor",
            payment_id="p",
            operation_id="o",
            evidence="e",
            asked=asked,
            moved=moved,
        ),
    )


def due(*, delay_seconds: float, timer: float | None, id_: str = "id-1") -> OutboxMessage:
    work = OrderWorkDue(order_id="order-1", timer_at=None if timer is None else later(timer))
    return OutboxMessage(
        exchange="payments.operations",
        routing_key="order_work_due",
        envelope=wrap(
            work,
            type_=OrderWorkDue.TYPE,
            id_=id_,
            source="payment-orchestrator",
            time=NOW,
            subject="order-1",
        ),
        delay_seconds=delay_seconds,
    )


def test_work_that_is_due_later_is_announced_by_a_timer() -> None:
    armed = arm(change_of(order()), later(60), Wake.NOW)
    assert (armed.order.timer_at, armed.messages) == (
        later(60),
        (due(delay_seconds=60.0, timer=60),),
    )


@pytest.mark.parametrize("seconds", [0, -5])
def test_work_that_is_due_is_announced_at_once_and_without_a_timer(seconds: float) -> None:
    called = arm(change_of(order()), later(seconds), Wake.NOW)
    assert (called.order.timer_at, called.messages) == (None, (due(delay_seconds=0.0, timer=None),))


def test_whoever_does_what_is_due_now_arms_only_what_comes_later() -> None:
    change = change_of(order())
    assert arm(change, later(0), Wake.LATER) == change
    assert arm(change, later(60), Wake.LATER).order.timer_at == later(60)
    assert arm(change, later(60), Wake.NOTHING) == change
    assert arm(change, None, Wake.NOW) == change


@pytest.mark.parametrize(
    ("armed_for", "due_in", "is_armed_anew"),
    [(60, 60, False), (30, 60, False), (60, 30, True), (0, 60, True), (-1, 60, True)],
)
def test_an_armed_timer_is_enough_unless_it_comes_too_late_or_did_not_come(
    armed_for: float, due_in: float, is_armed_anew: bool
) -> None:
    current = order().model_copy(update={"timer_at": later(armed_for)})
    change = arm(change_of(current), later(due_in), Wake.NOW)
    assert bool(change.messages) is is_armed_anew
    assert change.order.timer_at == later(due_in if is_armed_anew else armed_for)


def test_a_far_timer_comes_after_five_minutes() -> None:
    armed = arm(change_of(order()), later(301), Wake.NOW)
    assert (armed.order.timer_at, armed.messages[0].delay_seconds) == (later(300), 300.0)


def test_a_timer_is_told_in_whole_milliseconds_as_the_database_keeps_it() -> None:
    armed = arm(change_of(order()), later(1.0004), Wake.NOW)
    assert armed.order.timer_at is not None
    assert armed.order.timer_at.microsecond % 1000 == 0
    assert fired(armed, armed.order.timer_at).order.timer_at is None
