"""What becomes of a message, decided by the type of the handler's error alone."""

from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

from payments_common.errors import (
    BrokerUnavailable,
    GatewayOutage,
    GatewayRefusal,
    Misconfigured,
    PaymentsError,
    PublishUnknown,
    Refusal,
    StoreUnavailable,
    TryLater,
    Unroutable,
    WebhookRefused,
)

RETRIED = (TryLater, GatewayOutage)
OUTAGES_OF_OURS = (StoreUnavailable, BrokerUnavailable, PublishUnknown)
DEAD_LETTERED = (Refusal, WebhookRefused, Unroutable, GatewayRefusal, Misconfigured)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Acknowledge:
    pass


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The same message again, not before so many seconds."""

    at_least_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RetrySoon:
    """The same message again every few seconds, however often: a server of ours is away.

    That is no fault of the message, and all of them go on as soon as the server is back.
    """


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Set aside for a person; `code` is stable, `error` names the class."""

    reason: str
    code: str
    error: str


Outcome = Acknowledge | RetryLater | RetrySoon | DeadLetter


def outcome_of(error: BaseException | None) -> Outcome:
    if error is None:
        return Acknowledge()
    if isinstance(error, GatewayOutage):
        return RetryLater(error.retry_after_seconds or 0.0)
    if isinstance(error, OUTAGES_OF_OURS):
        return RetrySoon()
    if isinstance(error, RETRIED):
        return RetryLater()
    return dead_letter_of(error)


def dead_letter_of(error: BaseException, *, code: str | None = None) -> DeadLetter:
    """Describes our own errors by their message, foreign ones by the place that raised them.

    A foreign message may repeat what the body holds: names, phone numbers.
    """
    name = type(error).__name__
    if isinstance(error, PaymentsError):
        code = code or error.code
        return DeadLetter(f"{name} ({code}): {error}"[:LONGEST_REASON], code, name)
    code = code or PaymentsError.code
    return DeadLetter(f"{name} ({code}) raised {_place(error)}"[:LONGEST_REASON], code, name)


def _place(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)
    if not frames:
        return "at an unknown place"
    return f"in {frames[-1].name}, {Path(frames[-1].filename).name} line {frames[-1].lineno}"
