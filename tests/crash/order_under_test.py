"""One order of the crash test, and what its caller, its customer and finance do about it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crash.cell import Cell
from payment_orchestrator.domain.order import OPEN_STATES, Order
from payments_common.calling.answers import NoAnswerYet
from payments_common.money import Money
from payments_common.schemas.commands import AnyCommand
from payments_common.schemas.replies import Answer, Outcome
from support.builders import session

TOTAL_MINOR = 15_000
ANSWER_SECONDS = 10.0
PAUSE_SECONDS = 0.25

ACCOUNTS = {
    "tabby": ("tabby-ksa", "SAR", "+966500000001"),
    "tamara": ("tamara-ksa", "SAR", "+966500000001"),
    "myfatoorah": ("myfatoorah-kwt", "KWD", "+96590000001"),
}
_AT_REST: Mapping[str, Any] = {
    "reads": [],
    "outbox": [],
    "operations.state": {"$nin": [state.value for state in OPEN_STATES]},
}


@dataclass
class OrderUnderTest:
    """`asked` are the commands whose effect is on trial, by id, `heard` all answers to them."""

    cell: Cell
    gateway: str
    reference: str
    payment_id: str = ""
    order_id: str = ""
    asked: dict[str, AnyCommand] = field(default_factory=dict)
    heard: dict[str, list[Answer]] = field(default_factory=dict)

    @property
    def marks(self) -> tuple[str, ...]:
        """What names it in messages."""
        return tuple(filter(None, (self.reference, self.payment_id, self.order_id)))

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, ACCOUNTS[self.gateway][1])

    def session(self, capture_mode: str) -> AnyCommand:
        account, _, phone = ACCOUNTS[self.gateway]
        total = self.money(TOTAL_MINOR)
        return session(
            order_reference=self.reference,
            account=account,
            total_amount=total,
            capture_mode=capture_mode,
            customer={"name": "Test Customer", "email": "otp.success@tabby.ai", "phone": phone},
            items=[{"title": "Lamp", "unit_price": total}],
        )

    async def is_open(self, capture_mode: str) -> None:
        """Its customer is at the gateway's page."""
        answer = await self.answer(self.session(capture_mode), f"{self.reference}-session")
        self.payment_id, self.order_id = str(answer.payment_id), str(answer.order_id)
        await self.rest("pending")

    async def is_paid(self, capture_mode: str, *, status: str) -> None:
        await self.is_open(capture_mode)
        await self.pay()
        await self.rest(status)

    async def pay(self) -> None:
        await self.cell.sandbox.act(self.payment_id, "pay")

    async def make_due(self) -> None:
        """Waits until the reconciler knows what is to be asked, and has it asked now."""
        while not await self._is_made_due():  # noqa: ASYNC110 - the scout tells nobody
            await asyncio.sleep(PAUSE_SECONDS)

    async def _is_made_due(self) -> bool:
        """An entry of an earlier mark would only be put off: what it asks about has changed."""
        order = await self.order()
        if order is None or order.check is None:
            return False
        now = datetime.now(UTC)
        updated = await self.cell.store.database["reconciliation"].update_one(
            {"_id": self.order_id, "marked_at": order.check.marked_at},
            {"$set": {"due_at": now, "lease_until": now}},
        )
        return bool(updated.matched_count)

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        """The gateway misbehaves once towards this order."""
        await self.cell.sandbox.fault(operation, kind, payment_id=self.payment_id, **more)

    async def ask(self, command: AnyCommand, name: str) -> None:
        """Sends a command that is on trial, and hears its answer."""
        command_id = f"{self.reference}-{name}"
        self.asked[command_id] = command
        await self.hear(command_id)

    async def hear(self, command_id: str) -> None:
        answer = await self.answer(self.asked[command_id], command_id)
        self.heard.setdefault(command_id, []).append(answer)

    async def answer(self, command: AnyCommand, command_id: str) -> Answer:
        """As a caller does who gets none: the same command, the same id, until there is one."""
        while True:
            try:
                answer = await self.cell.shop.send(
                    command, command_id=command_id, timeout_seconds=ANSWER_SECONDS
                )
            except NoAnswerYet:
                continue
            if answer.outcome is not Outcome.UNAVAILABLE:
                return answer
            await asyncio.sleep(answer.retry_after_seconds or PAUSE_SECONDS)

    async def rest(self, status: str) -> None:
        """Waits until the order has this status and nothing is due, here or at the gateway."""
        while not await self.is_at_rest(status):  # noqa: ASYNC110 - services tell nobody of rest
            await asyncio.sleep(PAUSE_SECONDS)

    async def is_at_rest(self, status: str) -> bool:
        query = {"order_reference": self.reference, "status": status, **_AT_REST}
        found = await self.cell.store.database["orders"].find_one(query, {"_id": 1})
        if found is None:
            return False
        sent = await self.cell.sandbox.deliveries(self.reference)
        return not any(each["state"] in {"pending", "waiting"} for each in sent)

    async def order(self) -> Order | None:
        query = {"order_reference": self.reference}
        found = await self.cell.store.database["orders"].find_one(query, {"history": 0})
        return Order.model_validate({**found, "order_id": found["_id"]}) if found else None
