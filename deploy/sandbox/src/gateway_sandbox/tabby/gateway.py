"""Tabby in the sandbox: holds the state, applies changes, books and announces them."""

from collections.abc import Mapping
from typing import Any

from gateway_sandbox.agenda import Agenda
from gateway_sandbox.chance import new_uuid
from gateway_sandbox.clock import VirtualClock, after
from gateway_sandbox.deliveries import Authentication, Notice, RetryRules
from gateway_sandbox.delivery_engine import DeliveryEngine
from gateway_sandbox.faults import Fault
from gateway_sandbox.ledger import Ledger, Origin, PaymentKey
from gateway_sandbox.rate_limit import RateLimiter
from gateway_sandbox.tabby import machine
from gateway_sandbox.tabby.book import TabbyBook, Webhook
from gateway_sandbox.tabby.machine import Act, Change
from gateway_sandbox.tabby.merchants import MerchantBook
from gateway_sandbox.tabby.payment import Capture, Event, Payment, TabbyStatus
from gateway_sandbox.tabby.payment_document import PaymentWriter
from gateway_sandbox.tabby.settings import TabbySettings


class TabbyGateway:
    """All effects on Tabby's state go through `apply`."""

    name = "tabby"

    def __init__(
        self,
        *,
        settings: TabbySettings,
        clock: VirtualClock,
        ledger: Ledger,
        deliveries: DeliveryEngine,
    ) -> None:
        self._initial_settings = settings
        self.settings = settings
        self.clock = clock
        self.book = TabbyBook()
        self.merchants = MerchantBook()
        self.limiter = RateLimiter()
        self._ledger = ledger
        self._deliveries = deliveries
        self._agenda = Agenda()

    @property
    def writer(self) -> PaymentWriter:
        """Writes under the present settings."""
        return PaymentWriter(self.settings)

    def apply(self, change: Change) -> Payment:
        """Store the payment, book the entries, send the notices, in that order."""
        payment = change.payment
        self.book.payments[payment.payment_id] = payment
        key = PaymentKey(self.name, payment.payment_id, payment.reference_id, payment.currency)
        self._ledger.record(key, payment.status.value, change.entries)
        for event in change.events:
            self._announce(event)
        return payment

    def open_payment(self, payment: Payment, act: Act) -> None:
        """Take in a new payment and note when it expires."""
        self.apply(machine.create(payment, act))
        due_at = after(act.at, self.settings.payment_expiry_seconds)
        self._agenda.add(due_at, "expire", payment.payment_id)

    def approve(self, payment: Payment, act: Act) -> Payment:
        """The customer has paid: authorize now or, if so set, a little later."""
        delay_seconds = self.settings.authorization_delay_seconds
        if delay_seconds > 0:
            self._agenda.add(after(act.at, delay_seconds), "authorize", payment.payment_id)
            return payment
        return self._authorize(payment, act)

    def run_due(self) -> None:
        """Do what time alone does, each thing with the time at which it was due."""
        for due_at, task, payment_id in self._agenda.due(self.clock.now()):
            payment = self.book.payments[payment_id]
            act = Act("auto", due_at)
            if task == "expire" and payment.status == TabbyStatus.CREATED:
                self.apply(machine.expire(payment, act))
            elif task == "authorize" and payment.status == TabbyStatus.CREATED:
                self._authorize(payment, Act("customer", due_at))
            elif task == "capture" and payment.status == TabbyStatus.AUTHORIZED:
                self._capture_rest(payment, act)

    def act(self, origin: Origin) -> Act:
        """An act of now; whole seconds, as Tabby's times have no finer ones."""
        return Act(origin, self.clock.now().replace(microsecond=0))

    def tamper(self, document: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
        """A payment, session or notice with the fault's amount or currency in it."""
        name = "amount" if fault.kind == "wrong_amount" else "currency"
        value = fault.amount if name == "amount" else fault.currency
        if isinstance(document.get("payment"), dict):
            return {**document, "payment": {**document["payment"], name: value}}
        return {**document, name: value} if name in document else dict(document)

    def reset(self) -> None:
        """Back to the settings of the start, the default merchant and no payments."""
        self.settings = self._initial_settings
        self.book = TabbyBook()
        self.merchants.reset()
        self.limiter.clear()
        self._agenda.clear()

    def _authorize(self, payment: Payment, act: Act) -> Payment:
        payment = self.apply(machine.authorize(payment, act, settings=self.settings))
        if self.settings.capture_on_authorization:
            return self._capture_rest(payment, Act("auto", act.at))
        due_at = after(act.at, self.settings.auto_capture_seconds)
        self._agenda.add(due_at, "capture", payment.payment_id)
        return payment

    def _capture_rest(self, payment: Payment, act: Act) -> Payment:
        rest_minor = payment.amount_minor - payment.captured_minor
        new = Capture(new_uuid(), act.at, rest_minor, reference_id="")
        return self.apply(machine.capture(payment, new, act, settings=self.settings))

    def _announce(self, event: Event) -> None:
        if event.kind == "expire" and not self.settings.expire_webhooks:
            return
        payment = event.payment
        for webhook in self.book.webhooks_of(payment.merchant_id, payment.merchant_code):
            self._deliveries.enqueue(self._notice(event, webhook))

    def _notice(self, event: Event, webhook: Webhook) -> Notice:
        settings = self.settings
        headers = dict([webhook.header]) if webhook.header is not None else {}
        return Notice(
            gateway=self.name,
            payment_id=event.payment.payment_id,
            reference_id=event.payment.reference_id,
            event=event.kind,
            url=webhook.url,
            document=self.writer.notice(event),
            sign=lambda _body: Authentication(headers),
            tamper=self.tamper,
            headers={
                "Content-Type": settings.delivery_content_type,
                "User-Agent": settings.delivery_user_agent,
            },
            rules=RetryRules(
                delays_seconds=settings.retry_delays_seconds,
                timeout_seconds=settings.delivery_timeout_seconds,
                acknowledging_statuses=frozenset({200}),
            ),
        )
