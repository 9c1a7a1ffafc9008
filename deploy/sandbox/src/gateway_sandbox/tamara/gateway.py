"""Tamara in the sandbox: holds the state, applies changes, books and announces them."""

from collections.abc import Mapping
from dataclasses import replace

from gateway_sandbox.agenda import Agenda
from gateway_sandbox.chance import new_uuid
from gateway_sandbox.clock import VirtualClock, after
from gateway_sandbox.deliveries import Authentication, Sign
from gateway_sandbox.delivery_engine import DeliveryEngine
from gateway_sandbox.ledger import Ledger, Origin, PaymentKey
from gateway_sandbox.rate_limit import RateLimiter
from gateway_sandbox.tamara import machine
from gateway_sandbox.tamara.book import TamaraBook
from gateway_sandbox.tamara.machine import Act, Change
from gateway_sandbox.tamara.merchants import MerchantBook
from gateway_sandbox.tamara.notices import (
    NOTIFICATION,
    authentication,
    notice,
    notification_document,
    webhook_document,
)
from gateway_sandbox.tamara.order import Breakdown, Capture, Event, Order, TamaraStatus
from gateway_sandbox.tamara.order_document import OrderWriter
from gateway_sandbox.tamara.settings import TamaraSettings
from gateway_sandbox.tamara.tampering import tampered
from gateway_sandbox.tamara.token import mint

_WAITING_FOR_CAPTURE = frozenset({TamaraStatus.AUTHORISED, TamaraStatus.UPDATED})


class TamaraGateway:
    """All effects on Tamara's state go through `apply`."""

    name = "tamara"

    def __init__(
        self,
        *,
        settings: TamaraSettings,
        clock: VirtualClock,
        ledger: Ledger,
        deliveries: DeliveryEngine,
    ) -> None:
        self._initial_settings = settings
        self.settings = settings
        self.clock = clock
        self.book = TamaraBook()
        self.merchants = MerchantBook()
        self.limiter = RateLimiter()
        self._ledger = ledger
        self._deliveries = deliveries
        self._agenda = Agenda()

    @property
    def writer(self) -> OrderWriter:
        """Writes under the present settings."""
        return OrderWriter(self.settings)

    def act(self, origin: Origin) -> Act:
        """An act of now; whole seconds, as Tamara's times have no finer ones."""
        return Act(origin, self.clock.now().replace(microsecond=0))

    def apply(self, change: Change) -> Order:
        """Store the order, book the entries, send the notices, in that order."""
        order = change.order
        self.book.store(order)
        key = PaymentKey(self.name, order.order_id, order.reference_id, order.currency)
        self._ledger.record(key, order.status.value, change.entries)
        for event in change.events:
            if event.kind == "order_declined" and order.checkout.phone_number:
                self.book.declined_at[order.checkout.phone_number] = self.clock.now()
            self._announce(event)
        return order

    def open_order(self, order: Order, act: Act) -> Order:
        """Take in a new order and note when its session ends."""
        self._agenda.add(order.session_expires_at, "end_session", order.order_id)
        return self.apply(machine.create(order, act))

    def pay(self, order: Order, act: Act) -> Order:
        """The customer has finished: approve now or, if so set, a little later."""
        delay_seconds = self.settings.approval_delay_seconds
        if delay_seconds > 0:
            self._agenda.add(after(act.at, delay_seconds), "approve", order.order_id)
            return order
        return self._approve(order, act)

    def authorise(self, order: Order, act: Act) -> Order:
        """The merchant acknowledges; some merchants' orders are captured at once."""
        if self.settings.capture_on_authorise:
            return self._authorise_and_capture(order, act)
        order = self.apply(machine.authorise(order, act))
        settings = self.settings
        if settings.auto_capture:
            due_at = after(act.at, settings.auto_capture_seconds)
            self._agenda.add(due_at, "capture", order.order_id)
        else:
            due_at = after(act.at, settings.authorisation_seconds)
            self._agenda.add(due_at, "end_authorisation", order.order_id)
        return order

    def run_due(self) -> None:
        """Do what time alone does, each thing with the time at which it was due."""
        for due_at, task, order_id in self._agenda.due(self.clock.now()):
            order, act = self.book.orders[order_id], Act("auto", due_at)
            match task, order.status:
                case "approve", TamaraStatus.NEW:
                    self._approve(order, Act("customer", due_at))
                case "end_session", TamaraStatus.NEW:
                    self.apply(machine.expire(order, act))
                case "end_approval", TamaraStatus.APPROVED:
                    self.apply(machine.expire(order, act))
                case "end_authorisation", status if status in _WAITING_FOR_CAPTURE:
                    self.apply(machine.expire(order, act))
                case "capture", status if self._is_captured_by_tamara(status):
                    self.apply(
                        machine.capture(order, _rest(order, act), act, settings=self.settings)
                    )
                case _:
                    pass

    def has_decline_record(self, phone_number: str) -> bool:
        """Whether this customer was declined lately."""
        declined_at = self.book.declined_at.get(phone_number)
        if declined_at is None:
            return False
        return self.clock.now() < after(declined_at, self.settings.decline_record_seconds)

    def reset(self) -> None:
        """Back to the settings of the start, the default merchant and no orders."""
        self.settings = self._initial_settings
        self.book = TamaraBook()
        self.merchants.reset()
        self.limiter.clear()
        self._agenda.clear()

    def _approve(self, order: Order, act: Act) -> Order:
        settings = self.settings
        if order.checkout.is_in_store:
            paid = machine.pay_in_store(order, _rest(order, act), act, settings=settings)
            return self.apply(paid)
        is_late_taken = settings.late_payments == "accept"
        order = self.apply(machine.approve(order, act, is_late_taken=is_late_taken))
        if settings.auto_authorise:
            return self._authorise_and_capture(order, Act("auto", act.at))
        due_at = after(act.at, settings.approval_seconds)
        self._agenda.add(due_at, "end_approval", order.order_id)
        return order

    def _authorise_and_capture(self, order: Order, act: Act) -> Order:
        new = _rest(order, act)
        return self.apply(machine.authorise_and_capture(order, new, act, settings=self.settings))

    def _is_captured_by_tamara(self, status: TamaraStatus) -> bool:
        if status == TamaraStatus.PARTIALLY_CAPTURED:
            return self.settings.auto_capture_partly_captured
        return status in _WAITING_FOR_CAPTURE

    def _announce(self, event: Event) -> None:
        settings, order = self.settings, event.order
        if not settings.webhooks_enabled:
            return
        webhooks = self.book.webhooks_of(order.merchant_id)
        subscribed = [webhook for webhook in webhooks if event.kind in webhook.events]
        for webhook in subscribed:
            sign = self._signer(order.merchant_id, webhook.headers)
            document = webhook_document(event, settings)
            self._post(event, webhook.url, name=event.kind, document=document, sign=sign)
        url = order.checkout.merchant_url.get("notification")
        is_wanted = settings.notification_with_webhook or not subscribed
        if event.kind == "order_approved" and url and is_wanted:
            sign = self._signer(order.merchant_id, {})
            document = notification_document(order, settings)
            self._post(event, url, name=NOTIFICATION, document=document, sign=sign)

    def _post(
        self, event: Event, url: str, *, name: str, document: Mapping[str, object], sign: Sign
    ) -> None:
        self._deliveries.enqueue(
            notice(
                event,
                url,
                name=name,
                document=document,
                sign=sign,
                tamper=tampered,
                settings=self.settings,
            )
        )

    def _signer(self, merchant_id: str, custom_headers: Mapping[str, str]) -> Sign:
        # Each attempt has a token of its own time, made with the secret of that time.
        def sign(_body: bytes) -> Authentication:
            secret = self.merchants.of_id(merchant_id).notification_token
            token = mint(secret, self.clock.now(), self.settings)
            return authentication(token, custom_headers, self.settings)

        return sign


def _rest(order: Order, act: Act) -> Capture:
    is_whole = order.open_minor == order.total_minor
    parts = replace(order.checkout.breakdown, items=order.checkout.items)
    breakdown = parts if is_whole else Breakdown()
    return Capture(new_uuid(), act.at, order.open_minor, breakdown)
