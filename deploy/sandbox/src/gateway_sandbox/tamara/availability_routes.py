"""What a customer could pay with, before there is an order, gateways/tamara.md section 2.4."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway_sandbox.tamara.amount_limits import is_within_limits, limits_minor
from gateway_sandbox.tamara.decode_checkout import decode_country
from gateway_sandbox.tamara.errors import invalid
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.http import TamaraHttp
from gateway_sandbox.tamara.members import Members, load_members
from gateway_sandbox.tamara.money import (
    Money,
    decode_any_money,
    money_document,
    wrong_currency,
)
from gateway_sandbox.tamara.phones import COUNTRIES, country_of, normalised
from gateway_sandbox.tamara.test_data import is_declined

_INSTALMENTS = (2, 3, 4)
_VERIFYING_COUNTRIES = ("SA", "AE")
_LABELS = {
    "PAY_BY_INSTALMENTS": ("Split in {count}, no fees", "قسّمها على {count}"),
    "PAY_NOW": ("Pay in full", "ادفع كامل المبلغ"),
}


class AvailabilityRoutes:
    """All answers say yes, unless the amount is out of limits or the customer was declined."""

    def __init__(self, gateway: TamaraGateway, http: TamaraHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def payment_types(self, request: web.Request) -> Any:
        """GET /checkout/payment-types?country=&currency=&order_value=&phone=."""
        self._http.authenticate(request)
        query = Members(dict(request.query))
        country = decode_country(query.text("country"), self._gateway.settings)
        currency = query.optional_text("currency") or COUNTRIES[country].currency
        value: Money | None = None
        if amount := query.optional_text("order_value"):
            value = self._money({"amount": amount, "currency": currency}, "order_value")
        phone = query.optional_text("phone") or query.optional_text("phone_number")
        return self._types(country, currency, value, phone)

    async def credit_pre_check(self, request: web.Request) -> Any:
        """POST /checkout/credit-pre-check: the same list, from what is known of the order."""
        self._http.authenticate(request)
        document = load_members(await request.read())
        country = decode_country(document.text("country_code"), self._gateway.settings)
        total = self._money(document.values.get("total_amount"), "total_amount")
        consumer = document.optional_object("consumer") or Members({})
        phone = consumer.optional_text("phone_number")
        return self._types(country, total.currency, total, phone)

    async def payment_options(self, request: web.Request) -> Any:
        """POST /checkout/payment-options-pre-check."""
        self._http.authenticate(request)
        document = load_members(await request.read())
        country = decode_country(document.text("country"), self._gateway.settings)
        value = self._money(document.values.get("order_value"), "order_value")
        phone = document.optional_text("phone_number")
        types = self._open_types(country, value.currency, value, phone)
        return {
            "has_available_payment_options": bool(types),
            "single_checkout_enabled": self._gateway.settings.single_checkout,
            "available_payment_labels": [
                _label(name, count) for name, counts in types for count in counts
            ],
        }

    async def eligibility(self, request: web.Request) -> Any:
        """POST /pre-checkout/v1/eligibility; an unknown customer is eligible."""
        self._http.authenticate(request)
        document = load_members(await request.read())
        order = document.values.get("order")
        money = self._money(order, "order")
        customer = document.optional_object("customer") or Members({})
        phone = customer.optional_text("phone_number") or customer.optional_text("phone")
        return {"is_eligible": self._is_eligible(country_of(money.currency), phone)}

    async def id_verification(self, request: web.Request) -> Any:
        """GET or POST /merchants/customer/id-verification-status: the documents disagree."""
        self._http.authenticate(request)
        document = load_members(await request.read())
        asked = Members({**document.values, **request.query})
        if asked.text("country_code").upper() not in _VERIFYING_COUNTRIES:
            raise invalid("country_code must be SA or AE")
        phone = asked.text("phone_number")
        return {"is_id_verified": self._is_eligible(asked.text("country_code").upper(), phone)}

    async def configs(self, request: web.Request) -> Any:
        """GET /merchants/configs."""
        merchant = self._http.authenticate(request)
        return {
            "merchant_id": merchant.merchant_id,
            "single_checkout_enabled": self._gateway.settings.single_checkout,
            "public_key": merchant.public_key,
        }

    def _money(self, value: Any, name: str) -> Money:
        return decode_any_money(value, name, self._gateway.settings)

    def _types(self, country: str, currency: str, value: Money | None, phone: str) -> Any:
        settings = self._gateway.settings
        lowest, highest = (
            money_document(limit, currency, settings) for limit in limits_minor(currency, settings)
        )
        limits = {"min_limit": lowest, "max_limit": highest}
        types = [
            {
                "name": name,
                **_descriptions(name, counts[-1]),
                **limits,
                "supported_instalments": [
                    {"instalments": count, **limits} for count in counts if count > 1
                ],
            }
            for name, counts in self._open_types(country, currency, value, phone)
        ]
        return {"payment_types": types} if settings.wrap_payment_types else types

    def _open_types(
        self, country: str, currency: str, value: Money | None, phone: str
    ) -> list[tuple[str, tuple[int, ...]]]:
        settings = self._gateway.settings
        if currency != COUNTRIES[country].currency:
            raise wrong_currency(f"{country} pays in {COUNTRIES[country].currency}")
        is_affordable = value is None or is_within_limits(value.amount_minor, currency, settings)
        if not is_affordable or not self._is_eligible(country, phone):
            return []
        return [("PAY_BY_INSTALMENTS", _INSTALMENTS), ("PAY_NOW", (1,))]

    def _is_eligible(self, country: str, phone: str) -> bool:
        number = normalised(phone, country) or phone
        return not is_declined(number) and not self._gateway.has_decline_record(number)


def _descriptions(name: str, count: int) -> dict[str, str]:
    english, arabic = _LABELS[name]
    return {
        "description": english.format(count=count),
        "description_ar": arabic.format(count=count),
    }


def _label(name: str, count: int) -> Mapping[str, Any]:
    english, arabic = _LABELS[name]
    return {
        "payment_type": name,
        "instalment": count,
        "description_en": english.format(count=count),
        "description_ar": arabic.format(count=count),
    }
