"""Each attempt gets its own calls: the one that moved money, and the questions after it."""

from dataclasses import replace
from datetime import timedelta

from payment_orchestrator.domain.audit_calls import (
    KEPT_QUESTIONS,
    SLACK,
    Call,
    CallMatcher,
    Evidence,
)
from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Origin
from payment_orchestrator.domain.order import OperationKind
from support.builders import later


def entry(at: float, until: float | None = None, *, attempt: int | None = 1) -> Entry:
    return Entry(
        at=later(at),
        kind=OperationKind.CAPTURE,
        origin=Origin.OPERATION,
        outcome=EntryOutcome.SUCCEEDED,
        order_id="order-1",
        order_reference="SHOP-1001",
        account="tabby-ksa",
        payment_id="payment-1",
        amount=None,
        operation_id="command-1",
        attempt=attempt,
        calls_until=None if until is None else later(until),
    )


def call(
    call_id: str, at: float, *, purpose: str = "capture", operation: str = "command-1"
) -> Call:
    return Call(
        call_id=call_id,
        order_id="order-1",
        operation_id=operation,
        at=later(at),
        purpose=purpose,
        request="POST /captures",
        status=200,
        answer="{}",
        error=None,
    )


def matched(entries: list[Entry], calls: list[Call]) -> list[tuple[str | None, list[str]]]:
    """For each entry the ids of the call that was sent and of the questions."""
    matcher = CallMatcher(entries)
    for each in calls:
        matcher.add(each)
    return [told(evidence) for evidence in matcher.evidence]


def told(evidence: Evidence) -> tuple[str | None, list[str]]:
    sent = evidence.sent.call_id if evidence.sent else None
    return sent, [asked.call_id for asked in evidence.asked]


def test_each_attempt_has_the_call_that_was_made_in_it() -> None:
    attempts = [entry(1, until=5), entry(5)]
    assert matched(attempts, [call("a", 1.2), call("b", 5.2)]) == [("a", []), ("b", [])]


def test_what_a_gateway_is_asked_after_a_no_is_no_second_capture() -> None:
    """MyFatoorah's payment and its refunds are two requests, for the same purpose."""
    calls = [call("capture", 1.1), call("payment", 1.2), call("refunds", 1.3)]
    assert matched([entry(1)], calls) == [("capture", ["payment", "refunds"])]


def test_a_question_belongs_to_the_attempt_that_it_is_about() -> None:
    calls = [call("a", 1.1), call("ask", 4, purpose="resolve_capture"), call("b", 5.1)]
    assert matched([entry(1, until=5), entry(5)], calls) == [("a", ["ask"]), ("b", [])]


def test_an_attempt_that_died_before_its_call_has_only_questions() -> None:
    calls = [call("ask", 40, purpose="resolve_capture")]
    assert matched([entry(1)], calls) == [(None, ["ask"])]


def test_of_many_questions_the_last_are_kept() -> None:
    asked = [call(f"ask-{n}", 2 + n, purpose="resolve_capture") for n in range(9)]
    ((_, kept),) = matched([entry(1)], asked)
    assert kept == [f"ask-{n}" for n in range(9 - KEPT_QUESTIONS, 9)]


def test_a_call_that_seems_to_begin_a_moment_before_its_attempt_belongs_to_it() -> None:
    attempts = [entry(1, until=5), entry(5)]
    early = call("b", (later(5) - later(0) - timedelta(milliseconds=2)).total_seconds())
    assert matched(attempts, [early]) == [(None, []), ("b", [])]


def test_the_calls_of_another_operation_or_of_an_attempt_not_shown_are_nobody_s() -> None:
    calls = [call("other", 2, operation="command-2"), call("earlier", 0.5)]
    assert matched([entry(1)], calls) == [(None, [])]


def test_an_operation_that_was_not_sent_has_no_calls() -> None:
    assert matched([entry(1, attempt=None)], [call("a", 2)]) == [(None, [])]


def elsewhere(evidence: str | None) -> Entry:
    return replace(entry(1, attempt=None), origin=Origin.GATEWAY, evidence=evidence)


def test_what_was_made_at_the_gateway_has_the_call_that_told_of_it() -> None:
    """One answer may tell of several."""
    entries = [elsewhere("poll"), elsewhere("poll"), elsewhere("other"), elsewhere(None)]
    polled = call("poll", 3, purpose="read_back", operation="")
    assert matched(entries, [polled]) == [("poll", []), ("poll", []), (None, []), (None, [])]


def test_what_we_asked_for_is_not_given_the_call_that_told_of_it_first() -> None:
    ours = replace(entry(1, attempt=None), evidence="poll")
    assert matched([ours], [call("poll", 3)]) == [(None, [])]


def test_a_call_at_the_moment_when_the_next_attempt_begins_belongs_to_that() -> None:
    at_the_edge = call("b", 5 - SLACK.total_seconds())
    assert matched([entry(1, until=5), entry(5)], [at_the_edge]) == [(None, []), ("b", [])]
