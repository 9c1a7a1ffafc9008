"""MyFatoorah in the sandbox: holds the state, applies changes, books and announces them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway_sandbox.agenda import Agenda
from gateway_sandbox.clock import VirtualClock, after
from gateway_sandbox.delivery_engine import DeliveryEngine
from gateway_sandbox.faults import Fault
from gateway_sandbox.ledger import Ledger, Origin, PaymentKey
from gateway_sandbox.myfatoorah import identifiers, machine
from gateway_sandbox.myfatoorah.announce import Announcer
from gateway_sandbox.myfatoorah.attempts import AttemptMaker
from gateway_sandbox.myfatoorah.book import MyFatoorahBook
from gateway_sandbox.myfatoorah.currencies import converted
from gateway_sandbox.myfatoorah.identifiers import Numbers
from gateway_sandbox.myfatoorah.invoice import (
    Card,
    Event,
    Invoice,
    Order,
    Refund,
    RefundStatus,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.invoice_document import InvoiceWriter, zone_of
from gateway_sandbox.myfatoorah.machine import Act, Change
from gateway_sandbox.myfatoorah.merchants import Merchant, MerchantBook
from gateway_sandbox.myfatoorah.methods import PaymentMethod
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.tampering import tampered
from gateway_sandbox.myfatoorah.test_data import Failure
from gateway_sandbox.rate_limit import RateLimiter


class MyFatoorahGateway:
    """All effects on MyFatoorah's state go through `apply`."""

    name = "myfatoorah"

    def __init__(
        self,
        *,
        settings: MyFatoorahSettings,
        clock: VirtualClock,
        ledger: Ledger,
        deliveries: DeliveryEngine,
    ) -> None:
        self._initial_settings = settings
        self.settings = settings
        self.clock = clock
        self.deliveries = deliveries
        self.book = MyFatoorahBook()
        self.merchants = MerchantBook()
        self.numbers = Numbers()
        self.limiter = RateLimiter()
        self._ledger = ledger
        self._agenda = Agenda()
        self._announcer = Announcer(
            gateway=self.name, merchants=self.merchants, deliveries=deliveries, tamper=self.tamper
        )

    @property
    def writer(self) -> InvoiceWriter:
        """Writes under the present settings."""
        return InvoiceWriter(self.settings)

    def apply(self, change: Change) -> Invoice:
        """Store the invoice, book the entries, send the notices, in that order."""
        invoice = change.invoice
        self.book.store(invoice)
        key = PaymentKey(self.name, invoice.payment_id, invoice.order_reference, invoice.currency)
        self._ledger.record(key, invoice.status.value, change.entries)
        for event in change.events:
            self.announce(event)
        return invoice

    def announce(self, event: Event) -> None:
        """Send a notice and remember it for GetWebhooks."""
        record = self._announcer.announce(event, self.settings, self.numbers.webhook_reference)
        if record is not None:
            self.book.webhooks.append(record)

    def open_invoice(self, merchant: Merchant, order: Order) -> Invoice:
        """Take in a new invoice and note when it expires."""
        act = self.act("api")
        invoice_id = self.numbers.invoice_id()
        invoice = Invoice(
            invoice_id=invoice_id,
            invoice_key=identifiers.invoice_key(invoice_id),
            api_key=merchant.api_key,
            country=merchant.country,
            currency=merchant.currency,
            reference=self.numbers.invoice_reference(act.at),
            created_at=act.at,
            expires_at=order.expires_at or after(act.at, self.settings.invoice_expiry_seconds),
            invoiced_minor=converted(
                order.display_minor, order.display_currency, to=merchant.currency
            ),
            order=order,
            recurring_id=identifiers.recurring_id(invoice_id) if order.is_recurring else "",
        )
        self._agenda.add(invoice.expires_at, "expire", invoice.payment_id)
        return self.apply(machine.create(invoice, act))

    def use_session(self, merchant: Merchant, session_id: str) -> bool:
        """Whether the session is the merchant's and new; afterwards it is used."""
        session = self.book.sessions.get(session_id)
        if session is None or session.api_key != merchant.api_key or session.is_used:
            return False
        self.book.sessions[session_id] = replace(session, is_used=True)
        return True

    def open_attempt(
        self, invoice: Invoice, method: PaymentMethod, *, must_show: bool = False
    ) -> Transaction:
        """The row of an attempt that has begun; the one that is open already, if there is one."""
        for row in invoice.transactions:
            if row.status == TransactionStatus.IN_PROGRESS and row.method == method:
                return row
        maker = self._maker(invoice, self.act("customer"))
        row = maker.opened(self.numbers.transaction(), method)
        if self.settings.in_progress_rows or must_show:
            self.apply(machine.open_attempt(invoice, row))
        return row

    def approve(
        self, invoice: Invoice, opened: Transaction, card: Card | None, *, origin: Origin
    ) -> Invoice:
        """The bank says yes: a charge, or a hold if the order asked for one."""
        act = self.act(origin)
        session = self.book.sessions.get(invoice.order.session_id or "")
        if card is not None and session is not None and session.saves_token:
            card = self.book.save_card(session, card)
        row = self._maker(invoice, act).approved(opened, card)
        if not invoice.order.is_authorize_only:
            return self.apply(machine.pay(invoice, row, act, settings=self.settings))
        held = self.apply(machine.authorize(invoice, row, act, settings=self.settings))
        if self.settings.authorization_seconds is not None:
            due_at = after(act.at, self.settings.authorization_seconds)
            self._agenda.add(due_at, "release", invoice.payment_id)
        return held

    def refuse(
        self, invoice: Invoice, opened: Transaction, failure: Failure, *, card: Card | None = None
    ) -> Invoice:
        """The bank, or the payer, says no."""
        act = self.act("customer")
        row = self._maker(invoice, act).refused(opened, failure, card)
        return self.apply(machine.fail(invoice, row, act, settings=self.settings))

    def capture(self, invoice: Invoice, amount_minor: int, act: Act) -> Invoice:
        """Take what is held; raises MyFatoorahError."""
        held = machine.require_held(invoice)
        row = self._maker(invoice, act).captured(self.numbers.transaction(), held, amount_minor)
        return self.apply(machine.capture(invoice, row, act))

    def release(self, invoice: Invoice, amount_minor: int | None, act: Act) -> Invoice:
        """Give back what is held; raises MyFatoorahError."""
        held = machine.require_held(invoice)
        row = self._maker(invoice, act).released(self.numbers.transaction(), held)
        return self.apply(machine.release(invoice, row, act, amount_minor=amount_minor))

    def file_refund(
        self,
        invoice: Invoice,
        amount_minor: int,
        *,
        origin: Origin,
        comment: str | None = None,
        external_identifier: str | None = None,
    ) -> Refund:
        """Put a refund before finance; raises MyFatoorahError."""
        act = self.act(origin)
        refund = Refund(
            refund_id=self.numbers.refund_id(),
            reference=self.numbers.refund_reference(act.at),
            own_invoice_id=self.numbers.invoice_id(),
            created_at=act.at,
            amount_minor=amount_minor,
            origin=origin,
            comment=comment,
            external_identifier=external_identifier,
        )
        self.apply(machine.file_refund(invoice, refund, settings=self.settings))
        if self.settings.refund_execution_seconds is not None:
            due_at = after(act.at, self.settings.refund_execution_seconds)
            self._agenda.add(due_at, "refund", str(refund.refund_id))
        return refund

    def settle_refund(self, invoice: Invoice, refund_id: int, status: RefundStatus) -> Invoice:
        """Finance's decision; raises MyFatoorahError unless the refund is pending."""
        return self.apply(machine.settle_refund(invoice, refund_id, status, self.act("auto").at))

    def run_due(self) -> None:
        """Do what time alone does, each thing with the time at which it was due."""
        for due_at, task, number in self._agenda.due(self.clock.now()):
            if task == "refund":
                self._execute_refund(int(number))
                continue
            invoice = self.book.invoices[int(number)]
            if task == "release" and invoice.held is not None:
                self.release(invoice, None, Act("auto", due_at))
            elif task == "expire" and invoice.is_open:
                self.apply(machine.expire(invoice, Act("auto", due_at)))

    def act(self, origin: Origin) -> Act:
        """An act of now."""
        return Act(origin, self.clock.now())

    def tamper(self, document: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
        """An answer or notice with the fault's amount or currency in it."""
        return tampered(document, fault)

    def reset(self) -> None:
        """Back to the settings of the start, the default merchants and no invoices."""
        self.settings = self._initial_settings
        self.book = MyFatoorahBook()
        self.merchants.reset()
        self.limiter.clear()
        self._agenda.clear()

    def _execute_refund(self, refund_id: int) -> None:
        invoice = self.book.with_refund(refund_id)
        if invoice is None:
            return
        refund = next(item for item in invoice.refunds if item.refund_id == refund_id)
        if refund.status == RefundStatus.PENDING:
            self.settle_refund(invoice, refund_id, RefundStatus.REFUNDED)

    def _maker(self, invoice: Invoice, act: Act) -> AttemptMaker:
        zone = zone_of(invoice.country, self.settings)
        return AttemptMaker(invoice, act.at, zone, self.settings)
