"""What the services may ask of any gateway, and what a gateway tells of itself.

A decline is a result. An outage is an exception: NotSent when the request never left, else
OutcomeUnknown. GatewayRefusal says that the request itself was wrong. See errors.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from payments_common.money import Money
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import Observation


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do, as data that policy and refusals are made from.

    `webhook_is_hint`: the webhook's authentication does not cover its body, so the payment is
    read back before a fact is joined (law 5). `refund_needs_closed`: a payment with an uncaptured
    rest must be voided before it can be refunded. `reference_is_idempotent`: the same reference
    twice has one effect. `echoes_reference`: captures and refunds come back with our reference, so
    one without it is not ours. `settle_seconds`: how long after a call without an answer its
    effect may still be missing from the payment's details.
    """

    currencies: frozenset[str]
    manual_capture: bool
    partial_capture: bool
    several_captures: bool
    partial_refund: bool
    void: bool
    partial_void: bool
    list_payments: bool
    registers_webhooks: bool
    webhook_is_hint: bool
    refund_needs_closed: bool
    reference_is_idempotent: bool
    echoes_reference: bool
    settle_seconds: float


@dataclass(frozen=True, slots=True)
class CallContext:
    """Links a request to a gateway with the order and operation that it is made for."""

    order_id: str | None = None
    operation_id: str | None = None
    purpose: str = ""


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
    """A capture or a refund to make: `reference` is our operation's own, unique for ever."""

    payment_id: str
    amount: Money
    reference: str
    reason: str = ""


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


@dataclass(frozen=True, slots=True)
class WebhookRegistration:
    webhook_id: str
    url: str
    changed: bool


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

    def parse(self, body: object) -> WebhookHint | None:
        """None for an authentic delivery that concerns no payment, such as a dispute notice.

        Raises InvalidMessage for a body that cannot be what the gateway says it sends.
        """
        ...


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

    async def void(
        self, payment_id: str, *, reference: str, context: CallContext
    ) -> Observation | Declined: ...

    async def register_webhook(self, url: str, *, context: CallContext) -> WebhookRegistration: ...

    async def close(self) -> None: ...


class ListsPayments(Protocol):
    """A gateway with the capability `list_payments`."""

    async def list_payments(
        self, *, created_from: date, created_before: date, context: CallContext
    ) -> list[Observation]:
        """Payments with money made between the two days' starts, UTC; source POLL."""
        ...


Gateways = Mapping[str, Gateway]
"""By account name."""
