"""Accounts and what their dashboard is set to, gateways/myfatoorah.md sections 1 and 5."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.myfatoorah.countries import (
    COUNTRIES,
    CURRENCIES,
    IDEMPOTENT_COUNTRIES,
    Country,
)
from gateway_sandbox.settings_patch import patched

WebhookVersion = Literal["v1", "v2"]
ALL_EVENTS = (1, 2, 3, 4, 5, 6, 7)
DEFAULT_SECRET = "myfatoorah-sandbox-webhook-secret/1+=="  # noqa: S105 - the sandbox's own
MAXIMUM_RETRIES = 5
MAXIMUM_RETRY_DELAY_SECONDS = 180.0
_KEY_PATTERN = re.compile(r"SK_[A-Z]{3}_[\x21-\x7e]+")
_LEGACY_KEY_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Merchant:
    """One account of one country, with the webhook settings of its dashboard.

    `permissions` None allows every endpoint, else only those named; `supports_idempotency` and
    `can_authorize` are features that MyFatoorah enables.
    """

    api_key: str
    country: str
    currency: str
    webhook_url: str | None = None
    webhook_secret: str | None = DEFAULT_SECRET
    webhook_version: WebhookVersion = "v2"
    webhook_events: tuple[int, ...] = ALL_EVENTS
    webhook_retry_count: int = MAXIMUM_RETRIES
    webhook_retry_delay_seconds: float = 60.0
    can_authorize: bool = True
    supports_idempotency: bool = False
    permissions: tuple[str, ...] | None = None
    is_expired: bool = False

    @property
    def place(self) -> Country:
        """The account's country."""
        return COUNTRIES[self.country]


def default_merchant(country: Country, api_key: str) -> Merchant:
    """An account as it is on its first day."""
    return Merchant(
        api_key,
        country.code,
        country.currency,
        supports_idempotency=country.code in IDEMPOTENT_COUNTRIES,
    )


class MerchantBook:
    """Known accounts by their key."""

    def __init__(self) -> None:
        self._by_key: dict[str, Merchant] = {}
        self.reset()

    def of(self, api_key: str) -> Merchant | None:
        """The account of a key, as its dashboard is set now."""
        return self._by_key.get(api_key)

    def all(self) -> list[Merchant]:
        """All accounts."""
        return list(self._by_key.values())

    def add(self, document: Mapping[str, Any]) -> None:
        """Add an account, or change the named members of a known one.

        Raises InvalidControlRequestError that says what is wrong.
        """
        merchant = self._merged(document)
        self._by_key[merchant.api_key] = merchant

    def reset(self) -> None:
        """One account per country."""
        self._by_key.clear()
        for country in COUNTRIES.values():
            key = f"SK_{country.code}_sandbox_1"
            self._by_key[key] = default_merchant(country, key)

    def _merged(self, document: Mapping[str, Any]) -> Merchant:
        api_key = document.get("api_key")
        if not isinstance(api_key, str) or not is_well_formed(api_key):
            raise InvalidControlRequestError("api_key must be SK_, a country and more, as SK_KWT_1")
        known = self._by_key.get(api_key) or default_merchant(_country_of(document), api_key)
        merchant = patched(known, document)
        _check(merchant)
        return merchant


def merchant_document(merchant: Merchant) -> dict[str, Any]:
    """One account as JSON; keys and secrets are the sandbox's own inventions."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(merchant).items()
    }


def is_well_formed(api_key: str) -> bool:
    """Whether the text can be a key: a new one by its beginning, a legacy one by its length."""
    return _KEY_PATTERN.fullmatch(api_key) is not None or (
        len(api_key) >= _LEGACY_KEY_LENGTH and api_key.isascii() and api_key.isprintable()
    )


def _country_of(document: Mapping[str, Any]) -> Country:
    country = COUNTRIES.get(str(document.get("country")))
    if country is None:
        raise InvalidControlRequestError(f"country must be one of {sorted(COUNTRIES)}")
    return country


def _check(merchant: Merchant) -> None:
    if merchant.country not in COUNTRIES:
        raise InvalidControlRequestError(f"country must be one of {sorted(COUNTRIES)}")
    if merchant.currency not in CURRENCIES:
        raise InvalidControlRequestError(f"currency must be one of {sorted(CURRENCIES)}")
    if merchant.webhook_version == "v2" and not merchant.webhook_secret:
        raise InvalidControlRequestError("webhook_secret is mandatory with webhook_version v2")
    if not set(ALL_EVENTS).issuperset(merchant.webhook_events):
        raise InvalidControlRequestError(f"webhook_events must be some of {list(ALL_EVENTS)}")
    if merchant.webhook_retry_count > MAXIMUM_RETRIES:
        raise InvalidControlRequestError(f"webhook_retry_count must be 0 to {MAXIMUM_RETRIES}")
    if merchant.webhook_retry_delay_seconds > MAXIMUM_RETRY_DELAY_SECONDS:
        limit = MAXIMUM_RETRY_DELAY_SECONDS
        raise InvalidControlRequestError(f"webhook_retry_delay_seconds must be 0 to {limit}")
    url = merchant.webhook_url
    if url is not None and not url.startswith(("http://", "https://")):
        raise InvalidControlRequestError(f"webhook_url must be an HTTP URL or null, got {url!r}")
