"""What payers do on the page, merchants in the dashboard and finance anywhere, without either."""

from collections.abc import Mapping
from typing import Any

from gateway_sandbox.errors import (
    ActionRefusedError,
    InvalidControlRequestError,
    UnknownSubjectError,
)
from gateway_sandbox.myfatoorah import machine
from gateway_sandbox.myfatoorah.errors import MyFatoorahError
from gateway_sandbox.myfatoorah.event_names import STAGED_KINDS
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.invoice import Card, Event, Invoice, RefundStatus, Transaction
from gateway_sandbox.myfatoorah.methods import CARDS, PaymentMethod, methods_of
from gateway_sandbox.myfatoorah.test_data import CANCELED, DECLINED, FAILURES, Failure, suggested
from gateway_sandbox.myfatoorah.wire_amounts import as_decimal, has_excess_decimals, to_minor

ACTIONS = (
    "pay",
    "decline",
    "cancel",
    "expire",
    "cancel_invoice",
    "capture",
    "close",
    "refund",
    "refund_processed",
    "refund_rejected",
    "event",
)


class MyFatoorahActions:
    """One method per action; each gives the invoice as it is afterwards."""

    def __init__(self, gateway: MyFatoorahGateway) -> None:
        self._gateway = gateway

    def perform(self, payment_id: str, action: str, body: Mapping[str, Any]) -> Invoice:
        """An action by name; raises SandboxError with MyFatoorah's reason if it is refused."""
        invoice = self._gateway.book.with_ledger_id(payment_id)
        if invoice is None:
            raise UnknownSubjectError(f"MyFatoorah has no invoice {payment_id}")
        if action not in ACTIONS:
            raise InvalidControlRequestError(f"action must be one of {ACTIONS}, got {action!r}")
        try:
            return self._perform(invoice, action, body)
        except MyFatoorahError as error:
            raise ActionRefusedError(f"cannot {action} invoice {payment_id}: {error}") from error

    def methods(self, invoice: Invoice) -> tuple[PaymentMethod, ...]:
        """What the payer can choose from."""
        if invoice.order.session_id is not None:
            return (CARDS,)
        offered = invoice.order.method_ids
        known = methods_of(invoice.country)
        return tuple(item for item in known if not offered or item.method_id in offered)

    def usual(self, methods: tuple[PaymentMethod, ...]) -> PaymentMethod:
        """The one to begin with: cards, if they are offered."""
        return next((method for method in methods if method == CARDS), methods[0])

    def pay(self, invoice: Invoice, method: PaymentMethod, card: Card) -> Transaction:
        """A card that works; raises MyFatoorahError unless the invoice can be paid."""
        machine.require_chargeable(invoice, self._gateway.settings)
        opened = self._gateway.open_attempt(invoice, method)
        invoice = self._gateway.book.invoices[invoice.invoice_id]
        paid = self._gateway.approve(invoice, opened, card, origin="customer")
        return paid.transactions[-1]

    def fail(
        self, invoice: Invoice, method: PaymentMethod, failure: Failure, card: Card | None = None
    ) -> Transaction:
        """A card that does not, or a payer who goes back; raises MyFatoorahError likewise."""
        machine.require_payable(invoice, self._gateway.settings)
        opened = self._gateway.open_attempt(invoice, method)
        invoice = self._gateway.book.invoices[invoice.invoice_id]
        return self._gateway.refuse(invoice, opened, failure, card=card).transactions[-1]

    def _perform(self, invoice: Invoice, action: str, body: Mapping[str, Any]) -> Invoice:
        match action:
            case "pay" | "decline" | "cancel":
                self._attempt(invoice, action, body)
            case "expire":
                self._gateway.apply(machine.expire(invoice, self._gateway.act("auto")))
            case "cancel_invoice":
                self._gateway.apply(machine.cancel(invoice, self._gateway.act("dashboard")))
            case "capture" | "close":
                self._settle(invoice, action, body)
            case "refund":
                self._refund(invoice, body)
            case "event":
                self._stage(invoice, body)
            case _:
                self._decide(invoice, action, body)
        return self._gateway.book.invoices[invoice.invoice_id]

    def _attempt(self, invoice: Invoice, action: str, body: Mapping[str, Any]) -> None:
        method = self._method(invoice, body.get("payment_method"))
        if action == "pay":
            self.pay(invoice, method, suggested(method.code).shown())
            return
        code = body.get("error_code", DECLINED.code)
        if code not in FAILURES:
            raise InvalidControlRequestError(f"error_code must be one of {sorted(FAILURES)}")
        self.fail(invoice, method, CANCELED if action == "cancel" else FAILURES[code])

    def _settle(self, invoice: Invoice, action: str, body: Mapping[str, Any]) -> None:
        act = self._gateway.act("dashboard")
        if action == "close":
            self._gateway.release(invoice, None, act)
            return
        held = machine.require_held(invoice)
        self._gateway.capture(invoice, _amount(body, invoice, held.amount_minor), act)

    def _refund(self, invoice: Invoice, body: Mapping[str, Any]) -> None:
        rest_minor = invoice.captured_minor - invoice.refunded_minor(with_pending=True)
        refund = self._gateway.file_refund(
            invoice,
            _amount(body, invoice, rest_minor),
            origin="dashboard",
            comment=_text(body, "comment"),
            external_identifier=_text(body, "reference_id"),
        )
        if not body.get("pending", False):
            filed = self._gateway.book.invoices[invoice.invoice_id]
            self._gateway.settle_refund(filed, refund.refund_id, RefundStatus.REFUNDED)

    def _decide(self, invoice: Invoice, action: str, body: Mapping[str, Any]) -> None:
        is_executed = action == "refund_processed"
        status = RefundStatus.REFUNDED if is_executed else RefundStatus.CANCELED
        wanted = body.get("refund_id")
        pending = [item for item in invoice.refunds if item.status == RefundStatus.PENDING]
        chosen = [item for item in pending if wanted in (None, item.refund_id)]
        if not chosen:
            raise ActionRefusedError(f"invoice {invoice.invoice_id} has no such pending refund")
        for refund in chosen:
            invoice = self._gateway.settle_refund(invoice, refund.refund_id, status)

    def _stage(self, invoice: Invoice, body: Mapping[str, Any]) -> None:
        kind, data = body.get("kind"), body.get("data", {})
        if kind not in STAGED_KINDS:
            raise InvalidControlRequestError(f"kind must be one of {STAGED_KINDS}, got {kind!r}")
        if not isinstance(data, dict):
            raise InvalidControlRequestError("data must be an object of members to replace")
        if kind == "dispute" and invoice.latest is None:
            raise ActionRefusedError(f"invoice {invoice.invoice_id} has no payment to dispute")
        at = self._gateway.act("auto").at
        self._gateway.announce(Event(kind, invoice, at, details=data))

    def _method(self, invoice: Invoice, code: object) -> PaymentMethod:
        offered = self.methods(invoice)
        if code is not None:
            offered = tuple(method for method in offered if method.code == code)
        if not offered:
            raise InvalidControlRequestError(f"the invoice offers no payment_method {code!r}")
        return self.usual(offered)


def _amount(body: Mapping[str, Any], invoice: Invoice, default_minor: int) -> int:
    if "amount" not in body:
        return default_minor
    number = as_decimal(body["amount"])
    if number is None or has_excess_decimals(number, invoice.currency):
        raise InvalidControlRequestError(f"amount must be in {invoice.currency}, as text or number")
    return to_minor(number, invoice.currency)


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    return None if value is None else str(value)
