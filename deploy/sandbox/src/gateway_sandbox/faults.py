"""Faults on order: queued through the control API or named by one request's header."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from gateway_sandbox.amounts import EXPONENTS
from gateway_sandbox.chance import new_uuid
from gateway_sandbox.errors import InvalidControlRequestError

WEBHOOK = "webhook"
REQUEST_KINDS = frozenset(
    {"delay", "error", "reset", "hang", "rate_limit", "html", "wrong_amount", "wrong_currency"}
)
WEBHOOK_KINDS = frozenset(
    {
        "drop",
        "duplicate",
        "reorder",
        "delay",
        "corrupt_body",
        "forge_header",
        "unsigned",
        "wrong_amount",
        "wrong_currency",
    }
)
MAXIMUM_COUNT = 1_000_000
MAXIMUM_TIMES = 100
MAXIMUM_DELAY_SECONDS = 10**6


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave; `operation` "webhook" is for deliveries, "*" for any API request."""

    operation: str
    kind: str
    phase: str = "before"
    gateway: str | None = None
    payment_id: str | None = None
    reference_id: str | None = None
    event: str | None = None
    count: int = 1
    delay_seconds: float = 0.0
    status: int = 500
    times: int = 2
    amount: str = "0.01"
    currency: str = "AED"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is about to happen: one API request or one webhook delivery."""

    gateway: str
    operation: str
    payment_id: str | None = None
    references: frozenset[str] = frozenset()
    event: str | None = None
    ordinal: int = 1


@dataclass(slots=True)
class QueuedFault:
    """A fault that waits for its subject."""

    fault: Fault
    remaining: int
    fault_id: str = field(default_factory=new_uuid)


class FaultQueue:
    """First queued, first served; each subject takes one fault at most."""

    def __init__(self) -> None:
        self._queued: list[QueuedFault] = []

    def add(self, fault: Fault) -> QueuedFault:
        """Queue a fault for its next `count` matching subjects."""
        queued = QueuedFault(fault, fault.count)
        self._queued.append(queued)
        return queued

    def take(self, subject: Subject) -> Fault | None:
        """The fault for this subject, used up by one."""
        for queued in self._queued:
            if matches(queued.fault, subject):
                queued.remaining -= 1
                if queued.remaining == 0:
                    self._queued.remove(queued)
                return queued.fault
        return None

    def queued(self) -> list[QueuedFault]:
        """What still waits."""
        return list(self._queued)

    def clear(self) -> None:
        """Forget all."""
        self._queued.clear()


def matches(fault: Fault, subject: Subject) -> bool:
    """Whether a fault was meant for this subject; what it leaves open matches all."""
    if fault.operation == "*":
        same_operation = subject.operation != WEBHOOK
    else:
        same_operation = fault.operation == subject.operation
    return (
        same_operation
        and fault.gateway in (None, subject.gateway)
        and fault.payment_id in (None, subject.payment_id)
        and (fault.reference_id is None or fault.reference_id in subject.references)
        and fault.event in (None, subject.event)
    )


def parse_fault(document: Mapping[str, Any]) -> Fault:
    """A fault from JSON; raises InvalidControlRequestError that says what is wrong."""
    known = {field.name for field in fields(Fault)}
    unknown = sorted(set(document) - known)
    if unknown:
        raise InvalidControlRequestError(f"unknown fields {unknown}; known are {sorted(known)}")
    values = {"operation": "*"} | {name: _typed(name, value) for name, value in document.items()}
    if "kind" not in values:
        raise InvalidControlRequestError("a fault needs a kind")
    fault = Fault(**values)
    _check(fault)
    return fault


def parse_fault_header(text: str) -> Fault:
    """A fault from `X-Sandbox-Fault: error;phase=after;status=503`."""
    kind, *settings = [part.strip() for part in text.split(";")]
    pairs = [setting.partition("=") for setting in settings if setting]
    numbers = {"count": int, "status": int, "times": int, "delay_seconds": float}
    try:
        values = {name: numbers.get(name, str)(value) for name, _, value in pairs}
    except ValueError as error:
        raise InvalidControlRequestError(f"X-Sandbox-Fault {text!r}: {error}") from error
    return parse_fault({"kind": kind} | values)


def _typed(name: str, value: Any) -> Any:
    if name == "delay_seconds":
        return _seconds(value)
    expected = int if name in {"count", "status", "times"} else str
    if isinstance(value, bool) or not isinstance(value, expected):
        raise InvalidControlRequestError(f"{name} must be {expected.__name__}, got {value!r}")
    return value


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InvalidControlRequestError(f"delay_seconds is no number: {value!r}") from error


def _check(fault: Fault) -> None:
    kinds = WEBHOOK_KINDS if fault.operation == WEBHOOK else REQUEST_KINDS
    if fault.kind not in kinds:
        raise InvalidControlRequestError(f"kind must be one of {sorted(kinds)}, got {fault.kind!r}")
    if fault.phase not in {"before", "after"}:
        raise InvalidControlRequestError(f"phase must be before or after, got {fault.phase!r}")
    if not 1 <= fault.count <= MAXIMUM_COUNT:
        raise InvalidControlRequestError(f"count must be 1 to {MAXIMUM_COUNT}, got {fault.count}")
    if not 1 <= fault.times <= MAXIMUM_TIMES:
        raise InvalidControlRequestError(f"times must be 1 to {MAXIMUM_TIMES}, got {fault.times}")
    if not 400 <= fault.status <= 599:
        raise InvalidControlRequestError(f"status must be 400 to 599, got {fault.status}")
    if not 0 <= fault.delay_seconds <= MAXIMUM_DELAY_SECONDS:
        raise InvalidControlRequestError(f"delay_seconds must be 0 to {MAXIMUM_DELAY_SECONDS}")
    if fault.kind == "delay" and fault.delay_seconds == 0:
        raise InvalidControlRequestError("a delay needs delay_seconds greater than 0")
    if fault.kind == "wrong_currency" and fault.currency not in EXPONENTS:
        raise InvalidControlRequestError(f"currency must be one of {sorted(EXPONENTS)}")
