"""SendPayment's and ExecutePayment's request, gateways/myfatoorah.md sections 2.2 and 2.3."""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from gateway_sandbox.myfatoorah import errors
from gateway_sandbox.myfatoorah.countries import CURRENCIES
from gateway_sandbox.myfatoorah.fields import Fields
from gateway_sandbox.myfatoorah.invoice import Order
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.methods import methods_of
from gateway_sandbox.myfatoorah.order_parts import (
    amount_in,
    check_shipping,
    check_sum,
    email_in,
    is_recurring,
    items_in,
    suppliers_in,
    url_in,
    user_defined_field_in,
)
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.wire_amounts import as_decimal
from gateway_sandbox.myfatoorah.wire_times import moment_of

MAXIMUM_MOBILE_LENGTH = 11
_NOTIFICATIONS = {"eml": "EML", "sms": "SMS", "lnk": "LNK", "all": "ALL"}
_LANGUAGES = {"en": "EN", "ar": "AR"}
_CURRENCY_WORDS = {currency.lower(): currency for currency in CURRENCIES}
_MOBILE = re.compile(r"(\+|00|\*)?[0-9]{3,14}#?", re.ASCII)


class OrderDecoder:
    """Reads one merchant's requests; raises MyFatoorahError 400 that names all that is wrong."""

    def __init__(self, merchant: Merchant, settings: MyFatoorahSettings, zone: tzinfo) -> None:
        self._merchant = merchant
        self._settings = settings
        self._zone = zone

    def send_payment(self, fields: Fields) -> Order:
        """An invoice link: whoever has it chooses how to pay."""
        fields.text("CustomerName", required=True)
        way = fields.choice("NotificationOption", _NOTIFICATIONS, required=True)
        if way in {"SMS", "ALL"} and not fields.text("CustomerMobile"):
            fields.refuse("CustomerMobile", "CustomerMobile is required")
        if way in {"EML", "ALL"} and not fields.text("CustomerEmail"):
            fields.refuse("CustomerEmail", "CustomerEmail is required")
        method_ids = self._known_methods(fields, fields.array("InvoicePaymentMethods"))
        return self._order(fields, method_ids=method_ids)

    def execute_payment(self, fields: Fields) -> Order:
        """One method, or the card of an embedded session."""
        session_id = fields.text("SessionId") or None
        method_id = fields.integer("PaymentMethodId")
        if (session_id is None) == (method_id is None):
            fields.refuse(
                "PaymentMethodId", "Only one of PaymentMethodId and SessionId is required"
            )
        found = [] if method_id is None else [method_id]
        method_ids = self._known_methods(fields, found, name="PaymentMethodId")
        return self._order(
            fields,
            method_ids=method_ids,
            session_id=session_id,
            repeats=is_recurring(fields),
        )

    def _order(
        self,
        fields: Fields,
        *,
        method_ids: tuple[int, ...],
        session_id: str | None = None,
        repeats: bool = False,
    ) -> Order:
        base = self._merchant.currency
        currency = fields.choice("DisplayCurrencyIso", _CURRENCY_WORDS) or base
        order = Order(
            display_currency=currency,
            display_minor=amount_in(fields, "InvoiceValue", currency, self._settings),
            customer_name=fields.text("CustomerName") or "Anonymous",
            customer_mobile=self._mobile(fields),
            customer_reference=fields.text("CustomerReference"),
            customer_email=email_in(fields),
            user_defined_field=user_defined_field_in(fields),
            language=fields.choice("Language", _LANGUAGES) or "EN",
            callback_url=url_in(fields, "CallBackUrl", self._settings),
            error_url=url_in(fields, "ErrorUrl", self._settings),
            webhook_url=url_in(fields, "WebhookUrl", self._settings),
            expires_at=self._expiry(fields),
            items=items_in(fields),
            suppliers=suppliers_in(fields),
            method_ids=method_ids,
            session_id=session_id,
            is_authorize_only=self._is_authorize_only(fields),
            is_recurring=repeats,
        )
        check_sum(fields, order.items, order.display_minor, currency)
        check_shipping(fields)
        fields.finish()
        return order

    def _mobile(self, fields: Fields) -> str:
        code = fields.text("MobileCountryCode") or self._merchant.place.dial_code
        mobile = fields.text("CustomerMobile", maximum=MAXIMUM_MOBILE_LENGTH) or ""
        if mobile and _MOBILE.fullmatch(mobile) is None:
            fields.refuse("CustomerMobile", "CustomerMobile must be digits")
        return code + mobile

    def _expiry(self, fields: Fields) -> datetime | None:
        text = fields.text("ExpiryDate")
        if not text:
            return None
        moment = moment_of(text, self._zone)
        if moment is None:
            fields.refuse("ExpiryDate", "ExpiryDate is not a valid date")
        return moment

    def _is_authorize_only(self, fields: Fields) -> bool:
        details = fields.child("ProcessingDetails")
        if details is None:
            return False
        auto_capture = details.flag("AutoCapture")
        details.flag("Bypass3DS")
        if auto_capture is not None and not self._merchant.can_authorize:
            details.refuse("AutoCapture", errors.FEATURE_OFF)
        return auto_capture is False

    def _known_methods(
        self, fields: Fields, found: Sequence[object], name: str = "InvoicePaymentMethods"
    ) -> tuple[int, ...]:
        known = {method.method_id for method in methods_of(self._merchant.country)}
        numbers = [as_decimal(item) for item in found]
        method_ids = tuple(
            int(number) for number in numbers if number is not None and number in known
        )
        if len(method_ids) < len(found):
            fields.refuse(name, "The payment method is not enabled for this account")
        return method_ids
