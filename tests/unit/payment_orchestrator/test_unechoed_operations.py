"""Where a gateway repeats no reference of ours, an effect is known by the difference it makes."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from payment_orchestrator.domain.balance import voidable_minor
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.operations import answered, not_sent, outcome_unknown, submit
from payment_orchestrator.domain.order import OperationKind, OperationState, Order
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    PAYMENT,
    UNECHOING,
    change_of,
    facts,
    observed,
    order,
    requested,
)


def held(*told: PaymentFacts) -> Order:
    return observed(order(), facts(authorized=15000), *told, capabilities=UNECHOING)


def asked_for(current: Order, kind: OperationKind, amount_minor: int | None) -> Order:
    return requested(current, kind, amount_minor, capabilities=UNECHOING)


def sent(current: Order) -> Order:
    change = submit(change_of(current), current.operations[-1], lease=timedelta(seconds=30))
    return finish(change, UNECHOING).order


def unknown(current: Order) -> Order:
    change = outcome_unknown(change_of(current), current.operations[-1], why="no answer")
    return finish(change, UNECHOING).order


def throttled(current: Order) -> Order:
    operation = current.operations[-1]
    change = not_sent(change_of(current), operation, why="busy", retry_after_seconds=None)
    return finish(change, UNECHOING).order


def state(current: Order) -> OperationState:
    return current.operations[-1].state


def test_a_new_capture_of_that_amount_is_the_one_that_was_asked_for() -> None:
    capturing = unknown(sent(asked_for(held(), OperationKind.CAPTURE, 5000)))
    told = facts(authorized=15000, captures={"c1": 5000})
    seen = observed(capturing, told, capabilities=UNECHOING)
    assert (state(seen), seen.operations[-1].effect_id) == (OperationState.SUCCEEDED, "c1")


def test_a_capture_that_was_there_before_is_not() -> None:
    before = facts(authorized=15000, captures={"old": 5000})
    capturing = unknown(sent(asked_for(held(before), OperationKind.CAPTURE, 5000)))
    assert state(observed(capturing, before, capabilities=UNECHOING)) is OperationState.UNKNOWN


def test_a_capture_of_another_amount_is_not() -> None:
    capturing = unknown(sent(asked_for(held(), OperationKind.CAPTURE, 5000)))
    told = facts(authorized=15000, captures={"c1": 4999})
    assert state(observed(capturing, told, capabilities=UNECHOING)) is OperationState.UNKNOWN


def test_what_appears_while_the_call_is_under_way_may_be_somebody_elses() -> None:
    capturing = sent(asked_for(held(), OperationKind.CAPTURE, 5000))
    told = facts(authorized=15000, captures={"c1": 5000})
    seen = observed(capturing, told, capabilities=UNECHOING)
    assert state(seen) is OperationState.SUBMITTED
    over = finish(answered(change_of(seen), seen.operations[-1]), UNECHOING).order
    assert state(over) is OperationState.SUCCEEDED


def test_what_appears_before_the_call_has_left_is_somebody_elses() -> None:
    waiting = throttled(sent(asked_for(held(), OperationKind.CAPTURE, 5000)))
    theirs = facts(authorized=15000, captures={"dashboard": 5000})
    seen = observed(waiting, theirs, capabilities=UNECHOING)
    assert state(seen) is OperationState.REQUESTED
    lost = observed(unknown(sent(seen)), theirs, capabilities=UNECHOING)
    assert state(lost) is OperationState.UNKNOWN
    both = facts(authorized=15000, captures={"dashboard": 5000, "ours": 5000})
    assert observed(lost, both, capabilities=UNECHOING).operations[-1].effect_id == "ours"


def test_a_part_can_be_voided_and_the_rest_stays_held() -> None:
    voiding = sent(asked_for(held(), OperationKind.VOID, 5000))
    told = facts(authorized=15000, voids={"v1": 5000})
    seen = observed(unknown(voiding), told, capabilities=UNECHOING)
    payment = seen.payment(PAYMENT)
    assert payment is not None
    assert (state(seen), seen.status) == (OperationState.SUCCEEDED, "authorized")
    assert voidable_minor(seen, payment) == 10000
    answer = seen.operations[-1].answer
    assert answer is not None
    assert str(answer.amount) == "50.00 SAR"


def test_voids_that_add_up_to_all_of_it_void_the_order() -> None:
    assert held(facts(authorized=15000, voids={"v1": 5000, "v2": 10000})).status == "voided"


def test_a_void_under_way_leaves_only_the_rest_to_capture() -> None:
    voiding = asked_for(held(), OperationKind.VOID, 5000)
    with pytest.raises(OperationRefused, match=r"voids under way 50\.00 SAR"):
        requested(voiding, OperationKind.CAPTURE, 10001, operation_id="c", capabilities=UNECHOING)


def test_a_gateway_that_captures_once_takes_no_second_capture_while_one_is_under_way() -> None:
    once = Capabilities(**{**asdict(UNECHOING), "several_captures": False})
    capturing = requested(held(), OperationKind.CAPTURE, 5000, capabilities=once)
    with pytest.raises(OperationRefused, match="captures a payment once"):
        requested(
            capturing, OperationKind.CAPTURE, 5000, operation_id="command-2", capabilities=once
        )


@pytest.mark.parametrize(
    ("ability", "before", "kind", "amount_minor", "says"),
    [
        ("void", {}, OperationKind.VOID, None, "cannot void"),
        ("partial_void", {}, OperationKind.VOID, 1, "voids only all"),
        ("void_after_capture", {"c": 1}, OperationKind.VOID, None, "nothing was captured of"),
        ("partial_capture", {}, OperationKind.CAPTURE, 1, "captures only the whole"),
        ("several_captures", {"c": 1}, OperationKind.CAPTURE, 1, "captures a payment once"),
        ("partial_refund", {"c": 15000}, OperationKind.REFUND, 1, "refunds only the whole"),
    ],
)
def test_what_the_gateway_cannot_do_is_refused_before_it_is_asked(
    ability: str, before: dict[str, int], kind: OperationKind, amount_minor: int | None, says: str
) -> None:
    unable = Capabilities(**{**asdict(UNECHOING), ability: False})
    with pytest.raises(OperationRefused, match=says) as refused:
        requested(
            held(facts(authorized=15000, captures=before)), kind, amount_minor, capabilities=unable
        )
    assert refused.value.code == "not_supported_by_gateway"
