"""What customers do on the page and merchants in Tamara's portal, without either."""

from typing import Any

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.errors import (
    ActionRefusedError,
    InvalidControlRequestError,
    UnknownSubjectError,
)
from gateway_sandbox.tamara import machine
from gateway_sandbox.tamara.errors import TamaraError, invalid
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.machine import Change
from gateway_sandbox.tamara.money import Money, decode_money
from gateway_sandbox.tamara.order import Cancel, Capture, Order, Refund, TamaraStatus
from gateway_sandbox.tamara.test_data import is_declined

ACTIONS = (
    "pay",
    "decline",
    "cancel",
    "expire",
    "authorise",
    "capture",
    "refund",
    "close",
    "dispute",
)


class TamaraActions:
    """One method per action; each gives the order as it is afterwards."""

    def __init__(self, gateway: TamaraGateway) -> None:
        self._gateway = gateway

    def perform(self, order_id: str, action: str, body: dict[str, Any]) -> Order:
        """An action by name; raises SandboxError with Tamara's reason if it is refused."""
        order = self._gateway.book.orders.get(order_id)
        if order is None:
            raise UnknownSubjectError(f"Tamara has no order {order_id}; see GET /sandbox/ledger")
        if action not in ACTIONS:
            raise InvalidControlRequestError(f"action must be one of {ACTIONS}, got {action!r}")
        try:
            return self._perform(order, action, body)
        except TamaraError as error:
            raise ActionRefusedError(f"cannot {action} order {order_id}: {error}") from error

    def pay(self, order: Order) -> Order:
        """The customer gives the right code; the test customer for it is declined then."""
        self._require_open(order)
        if is_declined(order.checkout.phone_number):
            return self.decline(order)
        return self._gateway.pay(order, self._gateway.act("customer"))

    def decline(self, order: Order) -> Order:
        """Tamara declines the customer on the page."""
        self._require_open(order)
        return self._gateway.apply(machine.decline(order, self._gateway.act("customer")))

    def cancel(self, order: Order) -> Order:
        """The customer goes back to the shop."""
        self._require_open(order)
        if self._gateway.settings.customer_cancel == "stay_new":
            return order
        return self._gateway.apply(machine.expire(order, self._gateway.act("customer")))

    def _require_open(self, order: Order) -> None:
        is_late_taken = self._gateway.settings.late_payments == "accept"
        if order.status == TamaraStatus.EXPIRED and is_late_taken:
            return
        if order.status != TamaraStatus.NEW:
            raise ActionRefusedError(f"the order is {order.status.value} already")

    def _perform(self, order: Order, action: str, body: dict[str, Any]) -> Order:
        by_customer = {"pay": self.pay, "decline": self.decline, "cancel": self.cancel}
        if action in by_customer:
            return by_customer[action](order)
        match action:
            case "expire":
                return self._gateway.apply(machine.expire(order, self._gateway.act("auto")))
            case "authorise":
                return self._gateway.authorise(order, self._gateway.act("dashboard"))
            case "dispute":
                self._gateway.book.disputes.open(order, self._gateway.act("customer").at)
                return order
            case _:
                return self._gateway.apply(self._in_portal(order, action, body))

    def _in_portal(self, order: Order, action: str, body: dict[str, Any]) -> Change:
        act, settings, name = self._gateway.act("dashboard"), self._gateway.settings, new_uuid()
        match action:
            case "capture":
                capture = Capture(name, act.at, self._amount(body, order, order.open_minor))
                return machine.capture(order, capture, act, settings=settings)
            case "refund":
                left_minor = order.captured_minor - order.refunded_minor
                refund = Refund(
                    name,
                    act.at,
                    self._amount(body, order, left_minor),
                    comment=str(body.get("comment", "")),
                    merchant_refund_id=str(body.get("reference_id", "")),
                )
                return machine.refund(order, refund, act, settings=settings)
            case _:
                cancel = Cancel(name, act.at, self._amount(body, order, order.open_minor))
                return machine.cancel(order, cancel, act, settings=settings)

    def _amount(self, body: dict[str, Any], order: Order, rest_minor: int) -> int:
        if "amount" not in body:
            return rest_minor
        money: Money = decode_money(
            {"amount": body["amount"], "currency": body.get("currency", order.currency)},
            "amount",
            self._gateway.settings,
        )
        if money.currency != order.currency:
            raise invalid(f"the order is in {order.currency}")
        return money.amount_minor
