"""Which requests to the gateway belong to which entry of the log, and what it answered."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from payment_orchestrator.domain.audit_entry import Entry, Origin

KEPT_QUESTIONS = 4
# A call's beginning is reckoned back from its end, in whole milliseconds, so it may seem earlier.
SLACK = timedelta(milliseconds=10)


@dataclass(frozen=True, slots=True)
class Call:
    """A recorded request; `answer` is the gateway's as JSON text, redacted when it was recorded."""

    call_id: str
    order_id: str | None
    operation_id: str | None
    at: datetime
    purpose: str
    request: str
    status: int | None
    answer: str | None
    error: str | None


@dataclass(slots=True)
class Evidence:
    """`sent` is the request that moves money; of what was made elsewhere, the one that told of it.

    `asked` are the last questions that followed: a gateway may be asked for days.
    """

    sent: Call | None = None
    asked: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_QUESTIONS))


class CallMatcher:
    """Takes calls one by one, those of an order in order of time; keeps a bounded part of them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.evidence = [Evidence() for _ in entries]
        self._attempts: dict[tuple[str | None, str | None], list[tuple[Entry, Evidence]]] = {}
        self._told: dict[str, list[Evidence]] = {}
        for entry, evidence in zip(entries, self.evidence, strict=True):
            if entry.attempt is not None:
                operation = (entry.order_id, entry.operation_id)
                self._attempts.setdefault(operation, []).append((entry, evidence))
            if entry.origin is Origin.GATEWAY and entry.evidence is not None:
                self._told.setdefault(entry.evidence, []).append(evidence)

    def add(self, call: Call) -> None:
        for evidence in self._told.get(call.call_id, ()):
            evidence.sent = call
        for entry, evidence in self._attempts.get((call.order_id, call.operation_id), ()):
            if _is_of(call, entry):
                if evidence.sent is None and call.purpose == entry.kind:
                    evidence.sent = call
                else:
                    evidence.asked.append(call)


def _is_of(call: Call, entry: Entry) -> bool:
    at = call.at + SLACK
    return entry.at <= at and (entry.calls_until is None or at < entry.calls_until)
