"""The judge of the outside faults says no to each thing that may go wrong."""

from dataclasses import replace
from typing import Any

import pytest

from chaos.book import Book, Heard, Sent
from chaos.looks import Looks
from chaos.verdict import Verdict, judge
from payments_common.schemas.replies import Answer, Outcome
from support.builders import capture
from support.rabbit import Seen

REFERENCE = "SHOP-1001"
BODY = "a webhook"
DIGEST = "sha256:21a3d4276fee2b5204a67570d58588a9cca9e256a74b6fbb8d0af4fa0bcf66b4"


def minor(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "SAR"}


def an_order(**changes: Any) -> dict[str, Any]:
    """One capture was asked for and done."""
    operation = {
        "operation_id": "capture-1",
        "kind": "capture",
        "state": "succeeded",
        "amount": minor(5000),
        "attempts": [{"outcome": "unknown"}],
    }
    return {
        "order_reference": REFERENCE,
        "account": "tabby-ksa",
        "status": "partially_captured",
        "review": [],
        "balance": {
            "authorized": minor(15000),
            "captured": minor(5000),
            "refunded": minor(0),
            "voided": minor(0),
        },
        "operations": [operation],
        "reads": [],
        "sequence": 2,
        **changes,
    }


def an_account(*captures_minor: int) -> dict[str, Any]:
    entries = [("authorized", 15000), *(("captured", amount) for amount in captures_minor)]
    return {
        "reference_id": REFERENCE,
        "authorized_minor": 15000,
        "captured_minor": sum(captures_minor),
        "refunded_minor": 0,
        "voided_minor": 0,
        "entries": [
            {"sequence": number, "kind": kind, "amount_minor": amount, "origin": "api"}
            for number, (kind, amount) in enumerate(entries)
        ],
    }


def looks(**changes: Any) -> Looks:
    fine = Looks(
        orders={REFERENCE: an_order()},
        webhooks=[],
        ledger=[an_account(5000)],
        deliveries=[],
        dead_letters=[],
        ready={},
    )
    return replace(fine, **changes)


def answer(outcome: Outcome = Outcome.SUCCEEDED, **fields: Any) -> Answer:
    return Answer(command_id="capture-1", outcome=outcome, **fields)


def book(*answers: Answer) -> Book:
    sent = Sent("capture-1", capture(amount_minor=5000), answers=list(answers or [answer()]))
    return Book(sent={"capture-1": sent}, accounts={REFERENCE: "tabby-ksa"}, ended={REFERENCE})


def heard(*numbers: int) -> Heard:
    events = Heard()
    events.events[REFERENCE] = {number: f"event-{number}" for number in numbers or (1, 2)}
    return events


def judged(
    *, sent: Book | None = None, events: Heard | None = None, seen: Looks | None = None
) -> Verdict:
    return judge(sent or book(), events or heard(), seen or looks())


def test_what_is_as_promised_is_fine_and_says_what_was_recovered() -> None:
    assert judged() == Verdict(recovered=1)


@pytest.mark.parametrize(
    "captures", [(5000, 5000), (), (4999,)], ids=["twice", "never", "a halala less"]
)
def test_a_ledger_that_says_otherwise_is_told(captures: tuple[int, ...]) -> None:
    assert not judged(seen=looks(ledger=[an_account(*captures)])).holds


def test_a_capture_that_we_saw_twice_and_asked_for_once_is_told_as_doubled() -> None:
    twice = an_order()
    twice["balance"]["captured"] = minor(10000)
    verdict = judged(seen=looks(orders={REFERENCE: twice}, ledger=[an_account(5000, 5000)]))
    assert verdict.duplicated == [f"order {REFERENCE}: 10000 captured, 5000 asked for"]


def test_an_order_that_only_the_gateway_has_is_lost() -> None:
    assert judged(seen=looks(orders={})).lost


def test_a_balance_that_was_exceeded_on_the_way_is_told() -> None:
    account = an_account(5000)
    account["entries"].reverse()
    for number, entry in enumerate(account["entries"]):
        entry["sequence"] = number
    assert "more captured" in judged(seen=looks(ledger=[account])).duplicated[0]


def test_a_command_without_an_answer_is_lost() -> None:
    silent = book()
    silent.sent["capture-1"].answers.clear()
    assert judged(sent=silent).lost


def test_two_outcomes_of_one_command_are_told() -> None:
    both = book(answer(), answer(Outcome.REFUSED, code="amount_exceeds_balance"))
    assert judged(sent=both).duplicated


def test_an_answer_that_the_order_does_not_bear_out_is_told() -> None:
    assert judged(sent=book(answer(Outcome.REFUSED, code="refused"))).unexpected


@pytest.mark.parametrize("numbers", [(1,), (1, 3), (2,), (1, 2, 3)])
def test_events_with_a_gap_or_more_than_there_are_are_told(numbers: tuple[int, ...]) -> None:
    assert judged(events=heard(*numbers)).lost


@pytest.mark.parametrize(
    "changes",
    [
        {"ready": {"orchestrator.commands": 1}},
        {"orders": {REFERENCE: an_order(outbox=[{}])}},
        {"orders": {REFERENCE: an_order(reads=[{}])}},
        {"webhooks": [{"_id": "1", "event_key": "1", "verdict": "authentic"}]},
        {"dead_letters": [Seen(b"", None, {}, "")]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_never_comes_to_rest_is_told(changes: dict[str, Any]) -> None:
    assert judged(seen=looks(**changes)).unexpected


def test_a_webhook_that_got_its_200_and_is_gone_is_lost() -> None:
    delivery = {"state": "acknowledged", "event": "capture", "reference_id": REFERENCE}
    assert judged(seen=looks(deliveries=[{**delivery, "body": BODY}])).lost
    kept = [{"_id": "1", "event_key": DIGEST, "verdict": "authentic", "processed_at": "now"}]
    assert judged(seen=looks(deliveries=[{**delivery, "body": BODY}], webhooks=kept)).holds
