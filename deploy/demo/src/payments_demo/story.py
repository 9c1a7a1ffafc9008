"""Five orders from checkout to their end, as a calling service lives through them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import AnyHttpUrl

from payments_common import client
from payments_common.client import PaymentsClient, ReceivedEvent
from payments_common.money import Money
from payments_common.schemas.commands import (
    AnyCommand,
    CaptureMode,
    CapturePayment,
    CreateSession,
    RefundPayment,
    RegisterWebhook,
    VoidPayment,
)
from payments_common.schemas.events import EventType
from payments_common.schemas.parties import Actor, Customer, Item, Shipment
from payments_common.schemas.replies import Answer, Outcome
from payments_demo.customer import finance_pays, visit
from payments_demo.house import Urls
from payments_demo.shop_orders import register, return_url

EVENT_SECONDS = 60.0
ACTOR = Actor(user_id="demo-shop")

Tell = Callable[[str, str], None]
"""Told a title and what was sent or came back."""
Pause = Callable[[str], Awaitable[None]]
"""Called between the steps, by name; tests stop and start services there."""


class StoryFailed(RuntimeError):
    """A step did not come out as it should."""


@dataclass(frozen=True, slots=True)
class Part:
    """An order of the story: its account, what the customer does, what comes next."""

    order_reference: str
    title: str
    account: str
    total: Money
    capture_mode: CaptureMode
    phone: str


class Events:
    """The events of the story's orders, kept as they come and awaited by what they say."""

    def __init__(self) -> None:
        self.seen: list[ReceivedEvent] = []
        self._more = asyncio.Condition()

    @asynccontextmanager
    async def following(self, payments: PaymentsClient, queue: str) -> AsyncIterator[None]:
        """Keeps what comes, until the end of the block."""
        task = asyncio.create_task(self._follow(payments, queue))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, payments: PaymentsClient, queue: str) -> None:
        async for event in payments.events(queue, lasting=False):
            async with self._more:
                if all(known.event_id != event.event_id for known in self.seen):
                    self.seen.append(event)
                self._more.notify_all()

    async def until(self, order_reference: str, kind: EventType) -> ReceivedEvent:
        """Waits for the order's first event of this kind."""

        def found() -> list[ReceivedEvent]:
            mine = (e for e in self.seen if e.data.order_reference == order_reference)
            return [e for e in mine if e.data.event is kind]

        try:
            async with asyncio.timeout(EVENT_SECONDS), self._more:
                await self._more.wait_for(found)
        except TimeoutError:
            raise StoryFailed(f"{order_reference}: no {kind} within {EVENT_SECONDS:g} s") from None
        return found()[0]


class Story:
    def __init__(
        self, payments: PaymentsClient, events: Events, *, urls: Urls, tell: Tell, pause: Pause
    ) -> None:
        self._payments = payments
        self._events = events
        self._urls = urls
        self._tell = tell
        self._pause = pause

    async def register_webhooks(self) -> None:
        """MyFatoorah is told with each invoice instead."""
        for account in ("tabby-ksa", "tabby-kwt", "tamara-ksa"):
            url = AnyHttpUrl(f"{self._urls.ingress}/webhooks/{account}")
            await self._send(RegisterWebhook(account=account, url=url, requested_by=ACTOR))

    async def captured_and_partly_refunded(self, part: Part) -> None:
        await self._checkout(part, action="pay")
        captured = await self._events.until(part.order_reference, EventType.CAPTURED)
        self._told(captured)
        await self._pause("captured")
        await self._refund(part, Money(4900, part.total.currency))
        self._told(await self._events.until(part.order_reference, EventType.REFUND_PROCESSED))

    async def captured_in_two_parts_then_closed(self, part: Part) -> None:
        await self._checkout(part, action="pay")
        self._told(await self._events.until(part.order_reference, EventType.AUTHORIZED))
        for number, amount_minor in enumerate((5250, 4500), start=1):
            await self._pause(f"capture {number}")
            await self._send(
                CapturePayment(
                    order_reference=part.order_reference,
                    amount=Money(amount_minor, part.total.currency),
                    reason=f"parcel {number} shipped",
                    requested_by=ACTOR,
                )
            )
        await self._pause("void")
        await self._send(
            VoidPayment(
                order_reference=part.order_reference,
                reason="the rest is out of stock",
                requested_by=ACTOR,
            )
        )
        self._told(await self._events.until(part.order_reference, EventType.VOIDED))

    async def declined(self, part: Part) -> None:
        await self._checkout(part, action="decline")
        self._told(await self._events.until(part.order_reference, EventType.FAILED))

    async def approved_then_shipped(self, part: Part) -> None:
        """Tamara waits for us to authorize what the customer approved, and asks what was sent."""
        await self._checkout(part, action="pay")
        self._told(await self._events.until(part.order_reference, EventType.AUTHORIZED))
        await self._pause("shipped")
        await self._send(
            CapturePayment(
                order_reference=part.order_reference,
                shipment=Shipment(carrier="Example Post", tracking_number="EX-20417"),
                reason="shipped",
                requested_by=ACTOR,
            )
        )
        await self._refund(part, Money(10000, part.total.currency))
        self._told(await self._events.until(part.order_reference, EventType.REFUND_PROCESSED))

    async def paid_then_refunded_by_finance(self, part: Part) -> None:
        """MyFatoorah files a refund, and its finance department carries it out later."""
        await self._checkout(part, action="pay")
        self._told(await self._events.until(part.order_reference, EventType.CAPTURED))
        await self._refund(part, Money(8750, part.total.currency))
        pending = await self._events.until(part.order_reference, EventType.REFUND_PENDING)
        self._told(pending)
        await self._pause("refund filed")
        await finance_pays(self._urls.sandbox, pending.data.payment_id or "")
        self._told(await self._events.until(part.order_reference, EventType.REFUND_PROCESSED))

    async def _refund(self, part: Part, amount: Money) -> None:
        await self._send(
            RefundPayment(
                order_reference=part.order_reference,
                amount=amount,
                reason="one piece came back",
                requested_by=ACTOR,
            )
        )

    async def put_in_shop(self, part: Part) -> str:
        """Returns the page of the shop from which a person can pay for this order."""
        redirect_url, status_token = await self._open_checkout(part)
        if status_token is None:
            raise StoryFailed(f"{part.order_reference}: no status_token; are there keys for them?")
        return await register(
            self._urls,
            part.order_reference,
            title=part.title,
            amount=str(part.total),
            checkout_url=redirect_url,
            status_token=status_token,
        )

    async def _open_checkout(self, part: Part) -> tuple[str, str | None]:
        """The gateway's hosted page and the order's status token."""
        answer = await self._send(_session(part, self._urls))
        if answer.redirect_url is None:
            raise StoryFailed(f"{part.order_reference}: the answer has no redirect_url")
        return answer.redirect_url, answer.status_token

    async def _checkout(self, part: Part, *, action: str) -> None:
        redirect_url, _ = await self._open_checkout(part)
        await self._pause("session")
        went_to = await visit(redirect_url, action=action)
        self._tell(f"customer presses {action}", f"the page sends them to {went_to}")
        await self._pause(action)

    async def _send(self, command: AnyCommand) -> Answer:
        sent = command.model_dump_json(exclude_none=True, exclude={"customer", "items"})
        answer = await self._payments.send(command, command_id=secrets.token_hex(16))
        came_back = answer.model_dump_json(exclude_none=True, exclude={"status_token"})
        self._tell(f"command {command.TYPE}", f"sent {sent}\n← {came_back}")
        if answer.outcome is not Outcome.SUCCEEDED:
            raise StoryFailed(f"{command.TYPE} was {answer.outcome}: {answer.message}")
        return answer

    def _told(self, event: ReceivedEvent) -> None:
        amount = f" {event.data.amount}" if event.data.amount else ""
        text = f"#{event.sequence}{amount}, the order is now {event.data.status}"
        self._tell(f"event {event.data.event}", text)


def parts() -> tuple[Part, Part, Part, Part, Part]:
    """Fresh order references, so that the story can be told again to the same servers."""
    run = secrets.token_hex(3)
    saudi, kuwaiti = "+966500000001", "+96590000001"
    automatic, manual = CaptureMode.AUTOMATIC, CaptureMode.MANUAL
    return (
        Part(f"LAMP-{run}", "A lamp", "tabby-ksa", Money(24900, "SAR"), automatic, saudi),
        Part(f"RUGS-{run}", "Two rugs", "tabby-kwt", Money(12750, "KWD"), manual, kuwaiti),
        Part(f"SOFA-{run}", "A sofa", "tabby-ksa", Money(99000, "SAR"), manual, saudi),
        Part(f"VASE-{run}", "A vase", "tamara-ksa", Money(34950, "SAR"), manual, saudi),
        Part(f"OUDS-{run}", "Ouds", "myfatoorah-kwt", Money(18750, "KWD"), automatic, kuwaiti),
    )


@asynccontextmanager
async def storyteller(urls: Urls, *, tell: Tell, pause: Pause) -> AsyncIterator[Story]:
    async with client.connect(urls.rabbitmq, name="demo-shop") as payments:
        events = Events()
        async with events.following(payments, f"demo-shop.events.{secrets.token_hex(4)}"):
            yield Story(payments, events, urls=urls, tell=tell, pause=pause)


def _session(part: Part, urls: Urls) -> CreateSession:
    return CreateSession(
        order_reference=part.order_reference,
        requested_by=ACTOR,
        account=part.account,
        total_amount=part.total,
        capture_mode=part.capture_mode,
        customer=Customer(name="Noor Example", email="otp.success@tabby.ai", phone=part.phone),
        items=(Item(title=part.title, unit_price=part.total, category="home"),),
        success_url=return_url(urls, part.order_reference, "success"),
        failure_url=return_url(urls, part.order_reference, "failure"),
        cancel_url=return_url(urls, part.order_reference, "cancel"),
    )
