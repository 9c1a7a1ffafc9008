"""The repositories in memory, for tests and the simulation; they pass the suite MongoDB passes."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime

from payment_orchestrator.adapters.work_due import work_due_at
from payment_orchestrator.domain.change import Change, HistoryEntry, OutboxMessage
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.waiting import OpenOperations, Waiting, open_operations
from payments_common.errors import IdempotencyConflict, LostRace
from payments_common.schemas.replies import Answer
from payments_common.schemas.webhooks import WebhookMessage


class MemoryOrders:
    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._history: dict[str, list[HistoryEntry]] = {}
        self._outbox: dict[str, list[tuple[datetime, OutboxMessage]]] = {}
        self._review_since: dict[str, datetime] = {}
        self._work_due_at: dict[str, datetime] = {}

    async def get(self, order_id: str) -> Order | None:
        return self._orders.get(order_id)

    async def find_by_reference(self, order_reference: str) -> Order | None:
        found = (o for o in self._orders.values() if o.order_reference == order_reference)
        return next(found, None)

    async def find_by_payment(self, account: str, payment_id: str) -> Order | None:
        found = (o for o in self._orders.values() if o.account == account)
        return next((o for o in found if o.payment(payment_id) is not None), None)

    async def versions(self, order_ids: Collection[str]) -> Mapping[str, int]:
        found = (self._orders.get(each) for each in order_ids)
        return {order.order_id: order.version for order in found if order is not None}

    async def insert(self, change: Change) -> None:
        order = change.order
        if order.order_id in self._orders or await self.find_by_reference(order.order_reference):
            raise LostRace(f"order {order.order_reference} is there already")
        self._write(change, version=1)

    async def save(self, change: Change) -> None:
        stored = self._orders.get(change.order.order_id)
        if stored is None or stored.version != change.order.version:
            raise LostRace(f"order {change.order.order_id} was changed by somebody else")
        self._write(change, version=stored.version + 1)

    def _write(self, change: Change, *, version: int) -> None:
        order = change.order.model_copy(update={"version": version})
        self._orders[order.order_id] = order
        if order.review:
            self._review_since.setdefault(order.order_id, change.now)
        else:
            self._review_since.pop(order.order_id, None)
        self._history.setdefault(order.order_id, []).extend(change.history)
        outbox = self._outbox.setdefault(order.order_id, [])
        outbox.extend((change.now, message) for message in change.messages)
        self._work_due_at.pop(order.order_id, None)
        if (due_at := work_due_at(change)) is not None:
            self._work_due_at[order.order_id] = due_at

    async def take_neglected(self, *, due_before: datetime, now: datetime) -> str | None:
        due = [(at, order_id) for order_id, at in self._work_due_at.items() if at <= due_before]
        if not due:
            return None
        _, order_id = min(due)
        self._work_due_at[order_id] = now + (now - self._orders[order_id].updated_at)
        return order_id

    def in_review(self) -> list[Waiting]:
        """The first that was flagged first."""
        found = [Waiting(self._orders[key], at) for key, at in self._review_since.items()]
        return sorted(found, key=lambda waiting: waiting.since)

    def with_open_operations(self) -> list[tuple[Order, OpenOperations]]:
        """The one with the oldest first."""
        found = [(order, open_operations(order)) for order in self._orders.values()]
        some = [(order, opened) for order, opened in found if opened is not None]
        return sorted(some, key=lambda each: each[1].since)

    async def history(self, order_id: str) -> list[HistoryEntry]:
        return list(self._history.get(order_id, []))

    async def undelivered(
        self, *, committed_before: datetime, limit: int
    ) -> AsyncIterator[tuple[str, Sequence[OutboxMessage]]]:
        waiting = [
            (order_id, [message for _, message in entries])
            for order_id, entries in self._outbox.items()
            if entries and entries[0][0] <= committed_before
        ]
        for order_id, messages in waiting[:limit]:
            yield order_id, messages

    async def delivered(self, order_id: str, envelope_ids: Sequence[str]) -> None:
        gone = set(envelope_ids)
        entries = self._outbox.get(order_id, [])
        self._outbox[order_id] = [e for e in entries if e[1].envelope.id not in gone]


class MemoryCommands:
    def __init__(self) -> None:
        self._claims: dict[str, str] = {}
        self._answers: dict[str, Answer] = {}
        self._ordered: set[str] = set()

    async def claim(
        self, command_id: str, *, digest: str, received_at: datetime, order_id: str | None = None
    ) -> Answer | None:
        _ = received_at
        if self._claims.setdefault(command_id, digest) != digest:
            raise IdempotencyConflict(
                f"command id {command_id} was used for other content; use a fresh id"
            )
        if order_id and command_id not in self._answers:
            self._ordered.add(command_id)
        return self._answers.get(command_id)

    async def refuse(self, command_id: str, answer: Answer) -> Answer | None:
        if command_id not in self._ordered:
            self._answers.setdefault(command_id, answer)
        return self._answers.get(command_id)

    async def answer(self, command_id: str, answer: Answer) -> Answer:
        return self._answers.setdefault(command_id, answer)


class MemoryWebhookEvents:
    def __init__(self) -> None:
        self.counts: dict[tuple[str, str, str], int] = {}
        self.outcomes: dict[tuple[str, str, str], str] = {}
        self._processed: set[tuple[str, str, str]] = set()
        self._matched: dict[str, dict[str, datetime]] = {}

    async def record(self, message: WebhookMessage) -> bool:
        if message.secret_id is not None:
            matched = self._matched.setdefault(message.account, {})
            before = matched.get(message.secret_id, message.received_at)
            matched[message.secret_id] = max(before, message.received_at)
        key = _event(message)
        self.counts[key] = self.counts.get(key, 0) + 1
        return key not in self._processed

    async def failed(self, message: WebhookMessage, *, reason: str) -> None:
        self.outcomes[_event(message)] = reason

    async def processed(self, message: WebhookMessage, *, outcome: str, at: datetime) -> None:
        _ = at
        self.outcomes[_event(message)] = outcome
        self._processed.add(_event(message))

    async def last_matched(self, account: str) -> dict[str, datetime]:
        return dict(self._matched.get(account, {}))


def _event(message: WebhookMessage) -> tuple[str, str, str]:
    return (message.account, message.event_key, message.verdict)
