"""What the orchestrator's use cases need from outside, by role."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from payment_orchestrator.domain.change import Change, HistoryEntry, OutboxMessage
from payment_orchestrator.domain.order import Order, Review
from payment_orchestrator.domain.waiting import OpenOperations, Waiting
from payment_orchestrator.domain.webhook_health import Traffic
from payment_orchestrator.domain.webhook_hours import Hour
from payments_common.breakers.entry import CallKind
from payments_common.breakers.line import InLine, Wait
from payments_common.errors import NotSent
from payments_common.schemas.replies import Answer
from payments_common.schemas.webhooks import WebhookMessage


class OrderRepository(Protocol):
    """Orders, each one document, changed by compare-and-set on its version (law 8)."""

    async def get(self, order_id: str) -> Order | None: ...

    async def find_by_reference(self, order_reference: str) -> Order | None: ...

    async def find_by_payment(self, account: str, payment_id: str) -> Order | None: ...

    async def insert(self, change: Change) -> None:
        """Raises LostRace when the order's id or reference is there already."""
        ...

    async def save(self, change: Change) -> None:
        """Order, outbox and history in one write; raises LostRace when the version has moved."""
        ...

    async def history(self, order_id: str) -> list[HistoryEntry]:
        """All of it, the oldest first."""
        ...

    def undelivered(
        self, *, committed_before: datetime, limit: int
    ) -> AsyncIterator[tuple[str, Sequence[OutboxMessage]]]:
        """Orders with messages that nobody has published yet, with those messages."""
        ...

    async def delivered(self, order_id: str, envelope_ids: Sequence[str]) -> None:
        """The broker has these messages: they leave the outbox."""
        ...


class OrderVersions(Protocol):
    async def versions(self, order_ids: Collection[str]) -> Mapping[str, int]:
        """Of those that there are; one cheap question for all of them."""
        ...


class StatusTokens(Protocol):
    """What lets a customer's page read one order's status, and nothing else."""

    def of(self, order: Order) -> str:
        """The same one, whenever it is asked for."""
        ...

    def order_id(self, token: str, *, now: datetime) -> str | None:
        """None where it is forged, expired, or no such token at all."""
        ...


class NeglectedWork(Protocol):
    async def take_neglected(self, *, due_before: datetime, now: datetime) -> str | None:
        """An order whose work has been due since then, the longest first.

        It is not given again before it has rested twice as long as now.
        """
        ...


class OrderWatch(Protocol):
    """What waits, for those who keep it running; cheap however many orders there are."""

    async def open_operations(self) -> Mapping[str, OpenOperations]:
        """By account; one that is not there has none."""
        ...

    async def in_review(self) -> Mapping[tuple[str, Review], int]:
        """How many orders, by account and review; what is not there is none."""
        ...

    def reviewed(self, review: Review) -> AsyncIterator[Waiting]:
        """Orders with this review, the first that was flagged for anything first."""
        ...

    def open_since(self, before: datetime) -> AsyncIterator[Waiting]:
        """Orders with an operation that was asked for before then and is open, oldest first."""
        ...


class CommandRepository(Protocol):
    """Which command ids were used, for what, and the answers that no order holds."""

    async def claim(
        self, command_id: str, *, digest: str, received_at: datetime, order_id: str | None = None
    ) -> Answer | None:
        """None when the command is to be carried out, else the answer it was given before.

        From a claim with an order on, that order alone decides the answer. Raises
        IdempotencyConflict when the id was used for other content.
        """
        ...

    async def refuse(self, command_id: str, answer: Answer) -> Answer | None:
        """Keeps the first answer and returns it; None where an order decides."""
        ...

    async def answer(self, command_id: str, answer: Answer) -> Answer:
        """Keeps the first answer and returns it."""
        ...


class WebhookEventRepository(Protocol):
    """Every delivery, as it came, unique per account and event key."""

    async def record(self, message: WebhookMessage) -> bool:
        """True when it is still to be processed; a duplicate counts up."""
        ...

    async def failed(self, message: WebhookMessage, *, reason: str) -> None:
        """Says why it could not be processed; it stays to be processed."""
        ...

    async def processed(self, message: WebhookMessage, *, outcome: str, at: datetime) -> None: ...

    async def last_matched(self, account: str) -> dict[str, datetime]:
        """When each webhook secret last proved a delivery, duplicates too; absent is never."""
        ...


class WebhookHours(Protocol):
    """What was counted of each account's webhooks and changes, by hour; kept for a while."""

    async def add(self, counted: Sequence[Hour]) -> None:
        """Adds to what is there; after an error some of it may be stored."""
        ...

    async def since(self, account: str, begin: datetime) -> list[Hour]:
        """The hours that began then or later and of which anything was counted, oldest first."""
        ...

    async def traffic(self, account: str, *, now: datetime) -> Traffic:
        """What of its webhooks is to be compared with the usual."""
        ...


class Breakers(Protocol):
    """What stands before the gateways, asked before something is begun that it would refuse."""

    def refusal(self, account: str, kind: CallKind) -> NotSent | None:
        """Why no call of this kind would be sent now, and when to try again."""
        ...

    def money_turn(
        self,
        account: str,
        order_id: str,
        operation_id: str,
        *,
        waits_since: datetime | None = None,
    ) -> Wait | None:
        """None where it may go now; else it is in line. Asked again, the answer is the same."""
        ...

    async def next_in_line(self, account: str) -> InLine:
        """The first of those that wait, when its turn has come."""
        ...


class Relay(Protocol):
    async def deliver(self, order_id: str, messages: Sequence[OutboxMessage]) -> None:
        """Publishes committed messages; what cannot be published now stays in the outbox."""
        ...
