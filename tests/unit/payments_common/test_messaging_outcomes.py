import asyncio
from collections.abc import Iterator

import pytest

from payments_common.errors import (
    BrokerUnavailable,
    GatewayOutage,
    LostRace,
    OperationRefused,
    OutcomeUnknown,
    PaymentsError,
    PublishUnknown,
    StoreUnavailable,
)
from payments_common.messaging.outcomes import (
    DEAD_LETTERED,
    LONGEST_REASON,
    RETRIED,
    Acknowledge,
    DeadLetter,
    RetryLater,
    RetrySoon,
    dead_letter_of,
    outcome_of,
)


def descendants(kind: type[PaymentsError]) -> Iterator[type[PaymentsError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


@pytest.mark.parametrize("kind", [*descendants(PaymentsError)], ids=lambda kind: kind.__name__)
def test_the_table_decides_each_of_our_errors_once(kind: type[PaymentsError]) -> None:
    rows = [row for row in (*RETRIED, *DEAD_LETTERED) if issubclass(kind, row)]
    assert len(rows) == 1


def test_no_error_acknowledges() -> None:
    assert outcome_of(None) == Acknowledge()


@pytest.mark.parametrize("error", [LostRace("others were faster"), GatewayOutage("down")])
def test_what_may_work_later_is_retried(error: PaymentsError) -> None:
    assert outcome_of(error) == RetryLater(0)


@pytest.mark.parametrize("kind", [StoreUnavailable, BrokerUnavailable, PublishUnknown])
def test_a_server_of_ours_that_is_away_is_asked_again_soon(kind: type[PaymentsError]) -> None:
    assert outcome_of(kind("away")) == RetrySoon()


def test_a_gateway_says_how_long_to_wait_at_least() -> None:
    assert outcome_of(OutcomeUnknown("slow", retry_after_seconds=45)) == RetryLater(45)


def test_a_refusal_is_set_aside_with_its_words() -> None:
    assert outcome_of(OperationRefused("nothing left")) == DeadLetter(
        "OperationRefused (operation_refused): nothing left",
        "operation_refused",
        "OperationRefused",
    )


def stumble(kind: type[Exception]) -> None:
    raise kind("+966500000001")


@pytest.mark.parametrize("kind", [ValueError, KeyError, asyncio.InvalidStateError])
def test_a_foreign_error_is_set_aside_with_its_place_instead_of_its_words(
    kind: type[Exception],
) -> None:
    with pytest.raises(kind) as caught:
        stumble(kind)
    outcome = outcome_of(caught.value)
    assert isinstance(outcome, DeadLetter)
    assert outcome.code == "internal_error"
    assert "raised in stumble, test_messaging_outcomes.py line" in outcome.reason
    assert "+966" not in outcome.reason


def test_a_reason_is_of_bounded_length() -> None:
    assert len(dead_letter_of(OperationRefused("x" * 10_000)).reason) == LONGEST_REASON
