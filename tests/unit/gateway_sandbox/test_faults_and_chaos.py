from typing import Any

import pytest

from gateway_sandbox.chaos import parse_chaos
from gateway_sandbox.deliveries import Authentication, Notice, RetryRules
from gateway_sandbox.delivery_faults import plan_delivery
from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.faults import (
    Fault,
    FaultQueue,
    Subject,
    matches,
    parse_fault,
    parse_fault_header,
)

CAPTURE = Subject("tabby", "capture", "payment-1", frozenset({"capture-1", "order-1"}))


@pytest.mark.parametrize(
    ("narrowing", "expected"),
    [
        ({"operation": "*"}, True),
        ({"operation": "refund"}, False),
        ({"operation": "webhook", "kind": "drop"}, False),
        ({"payment_id": "payment-1"}, True),
        ({"payment_id": "payment-2"}, False),
        ({"reference_id": "order-1"}, True),
        ({"reference_id": "capture-1"}, True),
        ({"reference_id": "capture-2"}, False),
        ({"gateway": "tamara"}, False),
    ],
)
def test_a_fault_strikes_only_whom_it_is_for(narrowing: dict[str, Any], expected: bool) -> None:
    fault = parse_fault({"operation": "capture", "kind": "error"} | narrowing)
    assert matches(fault, CAPTURE) is expected


def test_a_fault_for_all_operations_spares_webhooks() -> None:
    assert not matches(Fault("*", "delay"), Subject("tabby", "webhook"))


def test_the_queue_serves_in_order_and_counts_down() -> None:
    queue = FaultQueue()
    first, second = Fault("capture", "error", count=2), Fault("*", "reset")
    queue.add(first)
    queue.add(second)
    assert [queue.take(CAPTURE) for _ in range(4)] == [first, first, second, None]


def test_a_header_names_a_fault() -> None:
    fault = parse_fault_header("error; phase=after; status=503; delay_seconds=0.5")
    assert fault == Fault("*", "error", phase="after", status=503, delay_seconds=0.5)


@pytest.mark.parametrize("text", ["", "explode", "error;status=x", "error;status=200", "error;x=1"])
def test_a_wrong_header_is_refused(text: str) -> None:
    with pytest.raises(InvalidControlRequestError):
        parse_fault_header(text)


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "drop"},
        {"operation": "webhook", "kind": "hang"},
        {"kind": "error", "count": 0},
        {"kind": "error", "count": True},
        {"kind": "error", "phase": "during"},
        {"kind": "error", "delay_seconds": -1},
        {"kind": "error", "delay_seconds": "nan"},
        {"kind": "error", "delay_seconds": "soon"},
        {"kind": "error", "payment_id": 7},
        {"kind": "wrong_currency", "currency": "XXX"},
        {"operation": "webhook", "kind": "duplicate", "times": 101},
    ],
)
def test_a_fault_that_cannot_be_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidControlRequestError):
        parse_fault(document)


def subjects() -> list[Subject]:
    return [
        Subject("tabby", "capture", references=frozenset({f"capture-{number}"}))
        for number in range(400)
    ]


def test_chaos_is_the_same_for_the_same_seed_in_any_order_of_arrival() -> None:
    chaos = parse_chaos({"seed": 3, "probabilities": {"error_after": 0.3, "reset_before": 0.2}})
    forward = [chaos.pick(subject) for subject in subjects()]
    backward = [chaos.pick(subject) for subject in reversed(subjects())]
    assert forward == backward[::-1]
    kinds = [fault.kind if fault else None for fault in forward]
    assert 80 < kinds.count("error") < 160
    assert 45 < kinds.count("reset") < 120


def test_another_seed_is_another_chaos() -> None:
    one, other = (parse_chaos({"seed": seed, "probabilities": {"html": 0.5}}) for seed in (1, 2))
    assert [one.pick(item) for item in subjects()] != [other.pick(item) for item in subjects()]


def test_chaos_can_be_limited_to_operations() -> None:
    chaos = parse_chaos({"probabilities": {"html": 1}, "operations": ["refund"]})
    assert chaos.pick(CAPTURE) is None


def notice() -> Notice:
    return Notice(
        gateway="tabby",
        payment_id="payment-1",
        reference_id="order-1",
        event="capture",
        url="https://shop.example.com/hook",
        document={"amount": "100"},
        sign=lambda body: Authentication({"X-Signature": f"of {body.decode()}"}),
        tamper=lambda document, fault: {**document, "amount": fault.amount},
        headers={},
        rules=RetryRules((), 1, frozenset({200})),
    )


def test_an_altered_notice_is_signed_as_altered() -> None:
    plan = plan_delivery(notice(), Fault("webhook", "wrong_amount", amount="1"))
    assert plan.body == b'{"amount":"1"}'
    assert plan.sign(plan.body).headers == {"X-Signature": 'of {"amount":"1"}'}


def test_a_corrupt_notice_keeps_the_signature_of_the_whole_one() -> None:
    plan = plan_delivery(notice(), Fault("webhook", "corrupt_body"))
    assert plan.body == b'{"amount'
    assert plan.sign(plan.body).headers == {"X-Signature": 'of {"amount":"100"}'}


def test_a_forged_notice_has_the_names_and_none_of_the_values() -> None:
    plan = plan_delivery(notice(), Fault("webhook", "forge_header"))
    assert plan.sign(plan.body).headers == {"X-Signature": "forged"}


def test_an_unsigned_notice_proves_nothing() -> None:
    plan = plan_delivery(notice(), Fault("webhook", "unsigned"))
    assert plan.sign(plan.body) == Authentication()
