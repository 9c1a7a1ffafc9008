"""What the orchestrator's use cases need from outside, by role."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from payment_orchestrator.domain.change import Change, HistoryEntry, OutboxMessage
from payment_orchestrator.domain.order import Order
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


class CommandRepository(Protocol):
    """Which command ids were used, for what, and the answers that no order holds."""

    async def claim(self, command_id: str, *, digest: str, received_at: datetime) -> Answer | None:
        """None when the command is to be carried out, else the answer it was given before.

        Raises IdempotencyConflict when the id was used for other content.
        """
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
