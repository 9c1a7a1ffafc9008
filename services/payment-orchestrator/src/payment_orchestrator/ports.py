"""What the orchestrator's use cases need from outside, by role."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from payment_orchestrator.domain.change import Change, HistoryEntry, OutboxMessage
from payment_orchestrator.domain.order import Order, Review
from payment_orchestrator.domain.waiting import OpenOperations, Waiting
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


class Relay(Protocol):
    async def deliver(self, order_id: str, messages: Sequence[OutboxMessage]) -> None:
        """Publishes committed messages; what cannot be published now stays in the outbox."""
        ...
