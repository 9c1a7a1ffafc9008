"""What customers do on the page and merchants in Tabby's dashboard, without either."""

from dataclasses import replace
from typing import Any

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.errors import (
    ActionRefusedError,
    InvalidControlRequestError,
    UnknownSubjectError,
)
from gateway_sandbox.strict_body import dump
from gateway_sandbox.tabby import machine
from gateway_sandbox.tabby.decode import decode_money
from gateway_sandbox.tabby.errors import TabbyError
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.machine import Act
from gateway_sandbox.tabby.payment import Capture, Payment, Refund, Session, TabbyStatus
from gateway_sandbox.tabby.test_data import is_declined_after_otp

ACTIONS = ("pay", "decline", "cancel", "expire", "capture", "refund", "close", "dispute")


class TabbyActions:
    """One method per action; each gives the payment as it is afterwards."""

    def __init__(self, gateway: TabbyGateway) -> None:
        self._gateway = gateway

    def perform(self, payment_id: str, action: str, body: dict[str, Any]) -> Payment:
        """An action by name; raises SandboxError with Tabby's reason if it is refused."""
        payment = self._gateway.book.payments.get(payment_id)
        if payment is None:
            raise UnknownSubjectError(f"Tabby has no payment {payment_id}; see GET /sandbox/ledger")
        if action not in ACTIONS:
            raise InvalidControlRequestError(f"action must be one of {ACTIONS}, got {action!r}")
        try:
            return self._perform(payment, action, body)
        except TabbyError as error:
            raise ActionRefusedError(f"cannot {action} payment {payment_id}: {error}") from error

    def pay(self, payment: Payment) -> Payment:
        """The customer gives the right code; some test customers are declined then."""
        self._require_open(payment)
        if is_declined_after_otp(payment.request["buyer"]):
            return self.decline(payment)
        return self._gateway.approve(payment, self._gateway.act("customer"))

    def decline(self, payment: Payment) -> Payment:
        """Tabby declines the customer on the page."""
        self._require_open(payment)
        return self._gateway.apply(machine.reject(payment, self._gateway.act("customer")))

    def cancel(self, payment: Payment) -> Payment:
        """The customer goes back to the shop."""
        self._require_open(payment)
        if not self._gateway.settings.expire_on_cancel:
            return payment
        return self._gateway.apply(machine.expire(payment, self._gateway.act("customer")))

    def session_of(self, payment: Payment) -> Session:
        """The payment's session."""
        return self._gateway.book.sessions[payment.session_id]

    def is_over(self, session: Session) -> bool:
        """Whether the session's time has run out."""
        return self._gateway.clock.now() >= session.expires_at

    def _require_open(self, payment: Payment) -> None:
        session = self.session_of(payment)
        if session.rejection_reason is not None:
            raise ActionRefusedError(f"the session was rejected: {session.rejection_reason}")
        if machine.is_late_but_taken(payment, self._gateway.settings):
            return
        if payment.status != TabbyStatus.CREATED:
            raise ActionRefusedError(f"the payment is {payment.status} already")
        if self.is_over(session):
            raise ActionRefusedError("the session has expired; create another one")

    def _perform(self, payment: Payment, action: str, body: dict[str, Any]) -> Payment:
        match action:
            case "pay":
                return self.pay(payment)
            case "decline":
                return self.decline(payment)
            case "cancel":
                return self.cancel(payment)
            case "expire":
                return self._gateway.apply(machine.expire(payment, self._gateway.act("auto")))
            case "dispute":
                return self._gateway.apply(machine.Change(replace(payment, is_disputed=True)))
            case _:
                return self._gateway.apply(self._in_dashboard(payment, action, body))

    def _in_dashboard(self, payment: Payment, action: str, body: dict[str, Any]) -> machine.Change:
        act, settings = self._gateway.act("dashboard"), self._gateway.settings
        match action:
            case "capture":
                return machine.capture(
                    payment, self._capture(payment, body, act), act, settings=settings
                )
            case "refund":
                return machine.refund(
                    payment, self._refund(payment, body, act), act, settings=settings
                )
            case _:
                return machine.close(payment, act, settings=settings)

    def _capture(self, payment: Payment, body: dict[str, Any], act: Act) -> Capture:
        if "amount" not in body:
            rest_minor = payment.amount_minor - payment.captured_minor
            return Capture(new_uuid(), act.at, rest_minor, str(body.get("reference_id", "")))
        wanted = decode_money(dump(body), payment.currency, self._gateway.settings)
        return Capture(new_uuid(), act.at, wanted.amount_minor, wanted.reference_id)

    def _refund(self, payment: Payment, body: dict[str, Any], act: Act) -> Refund:
        if "amount" not in body:
            rest = payment.captured_minor - payment.refunded_minor
            return Refund(new_uuid(), act.at, rest, str(body.get("reference_id", "")))
        wanted = decode_money(dump(body), payment.currency, self._gateway.settings)
        return Refund(new_uuid(), act.at, wanted.amount_minor, wanted.reference_id, wanted.reason)
