"""What the services may ask of any gateway, and what a gateway tells of itself.

A decline is a result. An outage is an exception: NotSent when the request never left, else
OutcomeUnknown. GatewayRefusal says that the request itself was wrong. See errors.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import Observation
from payments_common.schemas.parties import Shipment


class WebhookCoverage(StrEnum):
    """What a webhook's authentication proves; anything else in it is only a hint (law 5)."""

    SENDER = "sender"
    SIGNED_FIELDS = "signed_fields"
    WHOLE_BODY = "whole_body"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do, as data that policy and refusals are made from.

    `authorizes_by_call`: an approved payment waits for our call, see AuthorizesByCall.
    `several_captures`, `void_after_capture`: after a partial capture the rest can be captured, or
    voided. `chooses_method`: a session may name the payment method.
    `refund_needs_closed`: a payment with an uncaptured rest must be voided before it can be
    refunded. `reference_is_idempotent`: the same reference twice has one effect.
    `echoes_capture_reference`, `echoes_refund_reference`: they come back with our reference, so one
    without it is not ours. `settle_seconds`: how long after a call without an answer its effect may
    still be missing from the payment's details. `lists_all_payments`: a
    payment with money that its list has not is not there.
    """

    currencies: frozenset[str]
    authorizes_by_call: bool
    manual_capture: bool
    partial_capture: bool
    several_captures: bool
    partial_refund: bool
    void: bool
    partial_void: bool
    void_after_capture: bool
    chooses_method: bool
    list_payments: bool
    registers_webhooks: bool
    webhook_covers: WebhookCoverage
    refund_needs_closed: bool
    reference_is_idempotent: bool
    echoes_capture_reference: bool
    echoes_refund_reference: bool
    settle_seconds: float
    lists_all_payments: bool = False


class Pace(Protocol):
    """A rate that a request takes its turn in, wherever else such requests come from."""

    async def acquire(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CallContext:
    """Links a request to a gateway with the order and operation that it is made for.

    Each single request goes at `pace`; without one, at the account's rate as if it were alone.
    """

    order_id: str | None = None
    operation_id: str | None = None
    purpose: str = ""
    pace: Pace | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SessionCreated:
    redirect_url: str
    session_id: str
    observation: Observation
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway said no, in its own code and words, and what it told of the payment with it."""

    code: str
    message: str
    observation: Observation | None = None


@dataclass(frozen=True, slots=True)
class MoneyMove:
    """An operation to carry out: `reference` is its own, unique for ever."""

    payment_id: str
    amount: Money
    reference: str
    reason: str = ""
    shipment: Shipment | None = None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One delivery exactly as it arrived; header names in lower case, repeated ones repeated."""

    body: bytes
    headers: Sequence[tuple[str, str]]
    query: str
    received_at: datetime

    def header_values(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """One of an account's webhook secrets; `secret_id` may be logged, `value` never."""

    secret_id: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """An authentic delivery. `stored_headers` keep what explains it, without reusable secrets."""

    event_key: str
    secret_id: str
    stored_headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WebhookHint:
    """What a delivery points at; nothing in it is believed before the payment is read back."""

    payment_id: str
    order_reference: str | None
    claims: str


PROBE_HEADER = "x-payments-probe"
"""Says that a delivery is a probe: its secret fits, but no gateway has used it."""


@dataclass(frozen=True, slots=True)
class ProbeDelivery:
    """A delivery that we make ourselves: authentic, and about no payment."""

    body: bytes
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """A delivery in the gateway's own log; `secret_id` is ours that its signature matches."""

    url: str
    event: str
    state: str
    secret_id: str | None
    hint: WebhookHint | None


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request to a gateway and its answer; both bodies are redacted before they come here."""

    account: str
    operation: str
    method: str
    path: str
    request: Mapping[str, Any] | None
    status: int | None
    answer: Mapping[str, Any] | None
    error: str | None
    started_at: datetime
    duration_seconds: float
    context: CallContext


class ApiCalls(Protocol):
    async def record(self, call: ApiCall) -> str:
        """Keeps the call for support staff; returns its id, the evidence of what was observed."""
        ...


class WebhookScheme(Protocol):
    """A gateway's webhooks as two pure steps. The ingress verifies, the orchestrator parses."""

    def verify(self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]) -> Verified:
        """Raises WebhookRefused with a code: missing, repeated or wrong authentication."""
        ...

    def event_key(self, delivery: WebhookDelivery) -> str: ...

    def stored_headers(self, delivery: WebhookDelivery) -> tuple[tuple[str, str], ...]:
        """What may be kept of the headers of a delivery, refused ones too: no reusable secret."""
        ...

    def stored_query(self, delivery: WebhookDelivery) -> str:
        """The same of its query."""
        ...

    def probe(self, secret: WebhookSecret, *, now: datetime) -> ProbeDelivery:
        """Proves that a URL is reached and a secret fits; `parse` makes None of its body."""
        ...

    def parse(self, body: object) -> WebhookHint | None:
        """None for an authentic delivery that concerns no payment, such as a dispute notice.

        Raises InvalidMessage for a body that cannot be what the gateway says it sends.
        """
        ...


@runtime_checkable
class VerifiesStored(Protocol):
    """A scheme whose `stored_headers` allow a delivery to be verified again, as law 10 wants."""

    def verify_stored(
        self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]
    ) -> Verified:
        """Only for what was kept with `stored_headers`: their digests must not open the door."""
        ...


class Gateway(Protocol):
    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def webhooks(self) -> WebhookScheme: ...

    async def create_session(
        self, session: CreateSession, *, context: CallContext
    ) -> SessionCreated | Declined: ...

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation: ...

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined: ...

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined: ...

    async def void(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined: ...

    async def check_access(self, *, context: CallContext) -> None:
        """Reads something harmless; raises what the gateway or the way to it has against us."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class AuthorizesByCall(Protocol):
    """A gateway with the capability `authorizes_by_call`."""

    async def authorize(
        self, move: MoneyMove, *, context: CallContext
    ) -> Observation | Declined: ...


@runtime_checkable
class FindsPayments(Protocol):
    """A gateway that can be asked for the payment of an order whose session we never saw."""

    async def find_payment(
        self, order_reference: str, *, context: CallContext
    ) -> Observation | None:
        """The newest payment of that order; None where the gateway knows none."""
        ...


@runtime_checkable
class LogsDeliveries(Protocol):
    """A gateway that shows the webhooks it has sent, or tried to."""

    async def delivery_log(
        self, *, since: datetime, until: datetime, context: CallContext
    ) -> list[LoggedDelivery]: ...


@runtime_checkable
class ListsPayments(Protocol):
    """A gateway with the capability `list_payments`."""

    async def list_payments(
        self, *, created_from: date, created_before: date, context: CallContext
    ) -> list[Observation]:
        """Payments with money made between the two days' starts, UTC; source POLL."""
        ...


Gateways = Mapping[str, Gateway]
"""By account name."""
