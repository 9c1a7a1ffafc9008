"""What MyFatoorah needs of an account, checked once at start."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, SecretStr

from payments_common.config import Account
from payments_common.errors import Misconfigured
from payments_common.gateways.myfatoorah.countries import (
    COUNTRIES,
    CURRENCIES,
    OWN_DOMAIN,
    TEST_CURRENCY,
    TEST_HOST,
    TEST_PORTAL_URL,
    TEST_ZONE,
    Country,
)
from payments_common.gateways.port import WebhookSecret

LONGEST_URL = 254
_LANGUAGES = frozenset({"EN", "AR"})
_SWITCH = {"true": True, "false": False}
_OPTIONS = frozenset({"country", "currency", "language", "idempotency"})
_CREDENTIALS = frozenset({"api_key"})
_HEADER_VALUE = re.compile(r"[\x21-\x7e]{1,4096}")
# Only new keys name their country; older ones are long opaque strings (section 1).
_NEW_KEY = re.compile(r"SK_([A-Z]{3})_", re.ASCII)


class MyFatoorahConfig(BaseModel):
    """`currency` is the account's base currency, the one that every amount is in.

    `zone_name` is that of the wall clock in MyFatoorah's answers; `language` is None where each
    session's own counts.
    """

    model_config = ConfigDict(frozen=True)

    account: str
    api_key: SecretStr
    country: str
    currency: str
    zone_name: str
    portal_url: str
    dialling_code: str
    language: str | None
    has_idempotency: bool
    webhook_url: str | None
    webhook_secrets: tuple[WebhookSecret, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)


def read_config(account: Account) -> MyFatoorahConfig:
    """Raises Misconfigured that names the account and every problem at once, and no secret."""
    api_key = account.credentials.get("api_key", SecretStr(""))
    country = COUNTRIES.get(account.options.get("country", "").upper())
    problems = [
        *_unknown_names(account),
        *_country_problems(account, country),
        *_api_key_problems(api_key, account, country),
        *_option_problems(account),
        *_webhook_problems(account),
    ]
    if problems or country is None:
        raise Misconfigured(
            "\n  ".join([f"account {account.name} cannot be a MyFatoorah account:", *problems])
        )
    is_test = _host(account.base_url) == TEST_HOST
    idempotency = account.options.get("idempotency")
    return MyFatoorahConfig(
        account=account.name,
        api_key=api_key,
        country=country.iso3,
        currency=account.options.get("currency", TEST_CURRENCY if is_test else country.currency),
        zone_name=_zone_name(account, country),
        portal_url=_portal_url(account, country),
        dialling_code=country.dialling_code,
        language=account.options.get("language"),
        has_idempotency=_SWITCH[idempotency] if idempotency else country.has_idempotency,
        webhook_url=account.webhook_url,
        webhook_secrets=tuple(
            WebhookSecret(name, secret.get_secret_value())
            for name, secret in account.webhook_secrets.items()
        ),
    )


def _unknown_names(account: Account) -> list[str]:
    return [
        *(
            f"options.{name} is not known; known are {', '.join(sorted(_OPTIONS))}"
            for name in sorted(account.options.keys() - _OPTIONS)
        ),
        *(
            f"credentials.{name} is not known; MyFatoorah needs api_key only"
            for name in sorted(account.credentials.keys() - _CREDENTIALS)
        ),
    ]


def _country_problems(account: Account, country: Country | None) -> Iterator[str]:
    if country is None:
        known = ", ".join(sorted(COUNTRIES))
        yield f"options.country is missing or not known; MyFatoorah is in {known}"
        return
    url = urlsplit(account.base_url)
    if _is_own(url) and url.hostname not in {country.api_host, TEST_HOST}:
        yield (
            f"base_url is {url.hostname}, but the API of {country.iso3} is at "
            f"https://{country.api_host}, and of every test account at https://{TEST_HOST}"
        )
    if _is_own(url) and url.scheme != "https":
        yield "base_url must begin with https://"
    if _is_own(url) and url.path.strip("/"):
        yield "base_url must end with its host: the calls themselves name /v2"
    if not _has_zone(_zone_name(account, country)):
        yield "this machine has no time zone data; install tzdata"


def _api_key_problems(
    api_key: SecretStr, account: Account, country: Country | None
) -> Iterator[str]:
    key = api_key.get_secret_value()
    named = _NEW_KEY.match(key)
    if not key:
        yield "credentials.api_key is missing"
    elif not _HEADER_VALUE.fullmatch(key):
        yield "credentials.api_key cannot be sent in a header: it has spaces or is not ASCII"
    elif country and named and _is_live(account, country) and named[1] != country.iso3:
        yield f"credentials.api_key is a key for {named[1]}, not for {country.iso3}"


def _option_problems(account: Account) -> Iterator[str]:
    currency = account.options.get("currency")
    if currency is not None and currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        yield f"options.currency is {currency!r}; base currencies are {known}"
    if account.options.get("language", "EN") not in _LANGUAGES:
        yield "options.language must be EN or AR"
    if account.options.get("idempotency", "true") not in _SWITCH:
        yield "options.idempotency must be true or false"


def _webhook_problems(account: Account) -> Iterator[str]:
    """MyFatoorah itself refuses such URLs in every invoice (section 2.2)."""
    if account.webhook_url is None:
        return
    url = urlsplit(account.webhook_url)
    if len(account.webhook_url) > LONGEST_URL:
        yield f"webhook_url has more than {LONGEST_URL} characters"
    if _is_own(urlsplit(account.base_url)) and (url.scheme != "https" or _is_local(url)):
        yield "webhook_url must begin with https:// and name a public host"


def _is_live(account: Account, country: Country) -> bool:
    return _host(account.base_url) == country.api_host


def _zone_name(account: Account, country: Country) -> str:
    return TEST_ZONE if _host(account.base_url) == TEST_HOST else country.zone


def _portal_url(account: Account, country: Country) -> str:
    """A sandbox has no portal of MyFatoorah's."""
    portals = {country.api_host: country.portal_url, TEST_HOST: TEST_PORTAL_URL}
    return portals.get(_host(account.base_url), account.base_url)


def _has_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return False
    return True


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_own(url: SplitResult) -> bool:
    host = url.hostname or ""
    return host == OWN_DOMAIN or host.endswith(f".{OWN_DOMAIN}")


def _is_local(url: SplitResult) -> bool:
    host = url.hostname or ""
    return host == "localhost" or host.endswith(".localhost") or host.startswith(("127.", "::1"))
