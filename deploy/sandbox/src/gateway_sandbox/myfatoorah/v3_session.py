"""Embedded sessions of API V3 as values and requests, gateways/myfatoorah.md section 2.5."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway_sandbox.clock import after
from gateway_sandbox.myfatoorah.countries import CURRENCIES
from gateway_sandbox.myfatoorah.errors import FEATURE_OFF
from gateway_sandbox.myfatoorah.fields import Fields
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.order_parts import amount_in
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.wire_times import moment_of

COLLECT_DETAILS = "COLLECT_DETAILS"
_COMPLETE_PAYMENT = "COMPLETE_PAYMENT"
_MODES = {word.lower(): word for word in (_COMPLETE_PAYMENT, COLLECT_DETAILS)}
_OPERATIONS = {word.lower(): word for word in ("PAY", "AUTHORIZE")}
_CURRENCY_WORDS = {currency.lower(): currency for currency in CURRENCIES}


@dataclass(frozen=True, slots=True)
class PaymentSession:
    """What one session was made for; `invoice_id` is the invoice that used it."""

    session_id: str
    api_key: str
    encryption_key: str
    mode: str
    operation: str
    currency: str
    amount_minor: int
    expires_at: datetime
    external_identifier: str | None = None
    customer_reference: str | None = None
    invoice_id: int | None = None

    def is_usable(self, merchant: Merchant, now: datetime) -> bool:
        """Whether the merchant can still pay with the details that it has collected."""
        is_own = self.api_key == merchant.api_key and self.mode == COLLECT_DETAILS
        return is_own and self.invoice_id is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class SessionMaker:
    """Reads one merchant's request for a session."""

    merchant: Merchant
    settings: MyFatoorahSettings
    now: datetime

    def session(self, fields: Fields, *, session_id: str, encryption_key: str) -> PaymentSession:
        """Raises MyFatoorahError 400 that names all that is wrong."""
        order = fields.child("Order") or Fields({}, prefix="Order.", problems=fields.problems)
        customer = fields.child("Customer") or Fields({}, problems=fields.problems)
        currency = order.choice("Currency", _CURRENCY_WORDS) or self.merchant.currency
        session = PaymentSession(
            session_id=session_id,
            api_key=self.merchant.api_key,
            encryption_key=encryption_key,
            # Required by the documents and left out by the library.
            mode=fields.choice("PaymentMode", _MODES) or _COMPLETE_PAYMENT,
            operation=self._operation(fields),
            currency=currency,
            amount_minor=amount_in(order, "Amount", currency, self.settings),
            expires_at=self._expiry(fields),
            external_identifier=order.text("ExternalIdentifier"),
            customer_reference=customer.text("Reference"),
        )
        fields.finish()
        return session

    def _operation(self, fields: Fields) -> str:
        operation = fields.choice("OperationType", _OPERATIONS) or "PAY"
        if operation == "AUTHORIZE" and not self.merchant.can_authorize:
            fields.refuse("OperationType", FEATURE_OFF)
        return operation

    def _expiry(self, fields: Fields) -> datetime:
        text = fields.text("SessionExpiry")
        moment = moment_of(text, UTC) if text else None
        if text and moment is None:
            fields.refuse("SessionExpiry", "SessionExpiry is not a valid date")
        return moment or after(self.now, self.settings.session_seconds)
