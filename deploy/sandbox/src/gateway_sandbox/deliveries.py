"""What is known of each webhook delivery: the notice, its attempts, its end."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.faults import Fault

State = Literal["pending", "waiting", "held", "acknowledged", "abandoned", "dropped", "cancelled"]
Tamper = Callable[[Mapping[str, Any], Fault], dict[str, Any]]
REDACTED = "[redacted]"
FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Authentication:
    """What proves who sends: headers, and members of the query that join those of the URL."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def forged(self) -> "Authentication":
        """The same names, none of the values."""
        return Authentication(
            dict.fromkeys(self.headers, FORGED), dict.fromkeys(self.query, FORGED)
        )


Sign = Callable[[bytes], Authentication]


@dataclass(frozen=True, slots=True)
class RetryRules:
    """When a gateway tries again, and what it takes for an acknowledgement."""

    delays_seconds: tuple[float, ...]
    timeout_seconds: float
    acknowledging_statuses: frozenset[int]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a gateway wants to tell.

    `sign` authenticates the bytes, anew for each attempt, `tamper` puts a fault's amount or
    currency where this gateway has it.
    """

    gateway: str
    payment_id: str
    reference_id: str
    event: str
    url: str
    document: Mapping[str, Any]
    sign: Sign
    tamper: Tamper
    headers: Mapping[str, str]
    rules: RetryRules


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST; status None means that no answer came, error says why."""

    at: datetime
    status: int | None
    error: str | None
    duration_seconds: float = 0.0


@dataclass(slots=True)
class Delivery:
    """One notice on its way; the body is what is sent, after faults.

    `authentication` is that of the last attempt.
    """

    sequence: int
    notice: Notice
    body: bytes
    sign: Sign
    authentication: Authentication = field(default_factory=Authentication)
    fault: str | None = None
    state: State = "pending"
    attempts: list[Attempt] = field(default_factory=list)
    delivery_id: str = field(default_factory=new_uuid)


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """One delivery as JSON, the values that authenticate it left out."""
    notice = delivery.notice
    return {
        "delivery_id": delivery.delivery_id,
        "sequence": delivery.sequence,
        "gateway": notice.gateway,
        "payment_id": notice.payment_id,
        "reference_id": notice.reference_id,
        "event": notice.event,
        "url": notice.url,
        "headers": {**notice.headers, **dict.fromkeys(delivery.authentication.headers, REDACTED)},
        "query": dict.fromkeys(delivery.authentication.query, REDACTED),
        "body": delivery.body.decode("utf-8", "replace"),
        "fault": delivery.fault,
        "state": delivery.state,
        "attempts": [asdict(item) | {"at": item.at.isoformat()} for item in delivery.attempts],
    }
