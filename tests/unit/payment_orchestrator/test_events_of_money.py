"""Events of captures, refunds and voids: each once, and their amounts add up to the balance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_orchestrator.domain.order import OperationKind
from payments_common.schemas.events import EventType
from payments_common.schemas.observations import (
    PaymentFacts,
    RefundFact,
    RefundStatus,
)
from support.announced import after, events_of, kinds, lived_through
from support.builders import (
    UNECHOING,
    facts,
)
from support.order_life import OrderLife

HELD = facts(authorized=15000)


def test_each_capture_is_announced_with_the_gateways_id_of_it() -> None:
    one, two = {"c1": 4000}, {"c1": 4000, "c2": 6000}
    events = after(
        HELD, facts(authorized=15000, captures=one), facts(authorized=15000, captures=two)
    )
    assert kinds(events[1:]) == [("payment.captured", 4000), ("payment.captured", 6000)]
    assert [e.gateway_reference for e in events[1:]] == ["c1", "c2"]
    assert [(e.operation_id, e.origin) for e in events[1:]] == [(None, "gateway")] * 2


def test_what_a_command_asked_for_is_announced_with_its_id() -> None:
    ours = {"c1": "command-1", "r1": "command-2"}
    captured = facts(authorized=15000, captures={"c1": 15000}, references=ours, closed=True)
    refunded = facts(
        authorized=15000, captures={"c1": 15000}, refunds={"r1": 500}, references=ours, closed=True
    )
    life = OrderLife().sees(HELD, at=1).asks(OperationKind.CAPTURE, at=2).sends(at=3)
    life = life.is_answered(captured, at=4).asks(
        OperationKind.REFUND, 500, at=5, operation_id="command-2"
    )
    life = life.sends("command-2", at=6).is_answered(refunded, "command-2", at=7)
    moved = [e for e in events_of(*life.changes) if e.gateway_reference]
    assert [(e.event, e.operation_id, e.origin) for e in moved] == [
        ("payment.captured", "command-1", "operation"),
        ("refund.processed", "command-2", "operation"),
    ]


@pytest.mark.parametrize("kind", [OperationKind.CAPTURE, OperationKind.REFUND])
def test_what_a_call_under_way_may_have_made_is_announced_when_its_answer_tells_whose_it_is(
    kind: OperationKind,
) -> None:
    """Where no reference is repeated, a read may show our own capture before its answer comes."""
    before = facts(authorized=15000, captures={"c0": 5000})
    if kind is OperationKind.CAPTURE:
        seen = facts(authorized=15000, captures={"c0": 5000, "c1": 5000})
    else:
        seen = facts(authorized=15000, captures={"c0": 5000}, refunds={"r1": 5000})
    life = OrderLife(capabilities=UNECHOING).sees(HELD, at=1).sees(before, at=2)
    life = life.asks(kind, 5000, at=3).sends(at=4).sees(seen, at=5)
    assert events_of(life.changes[-1]) == []
    (event,) = events_of(life.is_answered(seen, at=6).changes[-1])
    assert (event.operation_id, event.origin) == ("command-1", "operation")


def test_what_a_call_under_way_cannot_have_made_is_announced_at_once() -> None:
    known = facts(authorized=15000, captures={"c0": 5000})
    more = facts(authorized=15000, captures={"c0": 5000, "c1": 4999})
    life = OrderLife(capabilities=UNECHOING).sees(known, at=1)
    life = life.asks(OperationKind.CAPTURE, 5000, at=2).sends(at=3).sees(more, at=4)
    (event,) = events_of(life.changes[-1])
    assert (event.gateway_reference, event.origin) == ("c1", "gateway")


def test_of_two_that_a_call_may_have_made_the_other_is_announced_as_the_gateways() -> None:
    seen = facts(authorized=15000, captures={"c1": 5000, "c2": 5000})
    named = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})
    life = OrderLife(capabilities=UNECHOING).sees(HELD, at=1)
    life = life.asks(OperationKind.CAPTURE, 5000, at=2).sends(at=3).sees(seen, at=4)
    assert events_of(life.changes[-1]) == []
    last = events_of(life.is_answered(named, at=5).changes[-1])
    assert [(e.gateway_reference, e.operation_id, e.origin) for e in last] == [
        ("c1", "command-1", "operation"),
        ("c2", None, "gateway"),
    ]


def total(captured: int = 0, refunded: int = 0, **more: dict[str, int]) -> PaymentFacts:
    """As a gateway tells it that names no single captures, or not yet."""
    told = facts(authorized=15000, captures=more.get("captures"), refunds=more.get("refunds"))
    return told.model_copy(
        update={"captured_total_minor": captured, "refunded_total_minor": refunded}
    )


def test_a_total_without_names_is_announced_as_it_grows() -> None:
    events = after(total(4000), total(9000, 1000), total(9000, 3000))[1:]
    assert kinds(events) == [
        ("payment.captured", 4000),
        ("payment.captured", 5000),
        ("refund.processed", 1000),
        ("refund.processed", 2000),
    ]
    assert {e.gateway_reference for e in events} == {None}


def test_the_smallest_amount_is_announced_too() -> None:
    assert kinds(after(total(1, 1))[1:]) == [("payment.captured", 1), ("refund.processed", 1)]


def test_money_that_a_total_has_told_is_not_told_again_by_its_name() -> None:
    named = total(captures={"c1": 9000}, refunds={"r1": 1000})
    assert kinds(after(total(9000, 1000), named)[1:]) == [
        ("payment.captured", 9000),
        ("refund.processed", 1000),
    ]
    assert kinds(after(named, total(9000, 1000))[1:]) == kinds(after(named)[1:])


def test_of_what_is_named_beside_a_growing_total_only_the_growth_is_new() -> None:
    named = total(9000, captures={"c1": 4000, "c2": 3000})
    assert kinds(after(total(4000), named)[1:]) == [
        ("payment.captured", 4000),
        ("payment.captured", 4000),
        ("payment.captured", 1000),
    ]


def test_each_of_several_refunds_is_announced_whatever_became_of_the_others() -> None:
    def refunds(*fates: tuple[str, RefundStatus]) -> PaymentFacts:
        made = tuple(RefundFact(refund_id=id_, amount_minor=7, status=s) for id_, s in fates)
        return facts(authorized=15000, captures={"c1": 15000}).model_copy(update={"refunds": made})

    told_in_total = refunds().model_copy(update={"refunded_total_minor": 7})
    first = refunds(("r1", RefundStatus.PROCESSED), ("r2", RefundStatus.PENDING))
    second = refunds(("r1", RefundStatus.PROCESSED), ("r2", RefundStatus.PROCESSED))
    events = after(told_in_total, first, second)[2:]
    assert [(e.event, e.gateway_reference) for e in events] == [
        ("refund.processed", None),
        ("refund.pending", "r2"),
        ("refund.processed", "r2"),
    ]


def test_what_is_released_is_announced_as_it_grows() -> None:
    part = facts(authorized=15000, voids={"v1": 4000})
    whole = facts(authorized=15000, voids={"v1": 4000, "v2": 11000}, closed=True)
    assert kinds(after(HELD, part, whole)[1:]) == [
        ("payment.voided", 4000),
        ("payment.voided", 11000),
    ]


minor = st.integers(0, 9000)
seen = st.builds(
    lambda captured, refunded, captures, refunds: total(
        captured, refunded, captures=captures
    ).model_copy(update={"refunds": refunds}),
    minor,
    minor,
    st.dictionaries(st.sampled_from(["c1", "c2", "c3"]), minor, max_size=3),
    st.lists(
        st.builds(
            RefundFact,
            refund_id=st.sampled_from(["r1", "r2"]),
            amount_minor=minor,
            status=st.sampled_from(RefundStatus),
        ),
        max_size=2,
        unique_by=lambda r: r.refund_id,
    ).map(tuple),
)


@given(st.lists(seen, max_size=6))
def test_however_it_is_told_the_announced_amounts_add_up_to_the_balance(
    facts_of: list[PaymentFacts],
) -> None:
    current, events = lived_through(*facts_of)
    sums = {
        kind: sum(e.amount.amount_minor for e in events if e.event is kind and e.amount)
        for kind in (EventType.CAPTURED, EventType.REFUND_PROCESSED)
    }
    balance = current.balance
    assert sums[EventType.CAPTURED] == balance.captured.amount_minor
    assert sums[EventType.REFUND_PROCESSED] == balance.refunded.amount_minor
