"""What Tamara needs of an account, checked once at start."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from payments_common.config import Account
from payments_common.errors import Misconfigured
from payments_common.gateways.tamara.tokens import ISSUER

COUNTRIES = {"SAR": "SA", "AED": "AE", "KWD": "KW", "BHD": "BH", "OMR": "OM"}
"""Where each of Tamara's currencies is paid in (gateways/tamara.md section 2.1)."""
BY_INSTALMENTS = "PAY_BY_INSTALMENTS"
PAYMENT_TYPES = frozenset({BY_INSTALMENTS, "PAY_NOW"})
FEWEST_INSTALMENTS = 2
MOST_INSTALMENTS = 24
LONGEST_PLATFORM = 255
_HOST = "tamara.co"
_OPTIONS = frozenset(
    {
        "currency",
        "country_code",
        "notification",
        "payment_type",
        "instalments",
        "platform",
        "webhook_issuer",
    }
)
_CREDENTIALS = frozenset({"api_token"})
_API_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_INSTALMENTS = re.compile(r"[1-9][0-9]?", re.ASCII)


class TamaraConfig(BaseModel):
    """`notification_url` is told with each session, where the account wants that.

    `is_live_api`: the base URL is Tamara's own, which reaches a webhook by https only.
    """

    model_config = ConfigDict(frozen=True)

    account: str
    api_token: SecretStr
    currencies: frozenset[str]
    country_code: str | None
    notification_url: str | None
    payment_type: str
    instalments: int | None
    platform: str | None
    is_live_api: bool
    has_webhook_secret: bool

    def country_of(self, currency: str) -> str:
        return self.country_code or COUNTRIES[currency]


def read_config(account: Account) -> TamaraConfig:
    """Raises Misconfigured that names the account and every problem at once, and no secret."""
    options = account.options
    api_token = _api_token(account)
    problems = [
        *_unknown_names(account),
        *_api_token_problems(api_token),
        *_place_problems(account),
        *_checkout_problems(account),
    ]
    if problems:
        raise Misconfigured(
            "\n  ".join([f"account {account.name} cannot be a Tamara account:", *problems])
        )
    instalments = options.get("instalments")
    return TamaraConfig(
        account=account.name,
        api_token=SecretStr(api_token),
        currencies=frozenset({options["currency"]} if "currency" in options else COUNTRIES),
        country_code=options.get("country_code"),
        notification_url=account.webhook_url if options.get("notification") == "true" else None,
        payment_type=options.get("payment_type", BY_INSTALMENTS),
        instalments=int(instalments) if instalments else None,
        platform=options.get("platform") or None,
        is_live_api=_is_tamaras_own(account.base_url),
        has_webhook_secret=bool(account.webhook_secrets),
    )


def webhook_issuer_of(account: Account) -> str:
    """Needs no credentials, so that the ingress can ask without holding any; "" is any issuer."""
    return account.options.get("webhook_issuer", ISSUER)


def _api_token(account: Account) -> str:
    """Copied from the portal, it comes with white space and line breaks (section 1)."""
    secret = account.credentials.get("api_token", SecretStr(""))
    return "".join(secret.get_secret_value().split())


def _is_tamaras_own(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return host == _HOST or host.endswith(f".{_HOST}")


def _unknown_names(account: Account) -> list[str]:
    return [
        *(
            f"options.{name} is not known; known are {', '.join(sorted(_OPTIONS))}"
            for name in sorted(account.options.keys() - _OPTIONS)
        ),
        *(
            f"credentials.{name} is not known; Tamara needs api_token only"
            for name in sorted(account.credentials.keys() - _CREDENTIALS)
        ),
    ]


def _api_token_problems(api_token: str) -> list[str]:
    if not api_token:
        return ["credentials.api_token is missing"]
    if not _API_TOKEN.fullmatch(api_token):
        return ["credentials.api_token cannot be sent in a header; copy it from Tamara's portal"]
    return []


def _place_problems(account: Account) -> Iterator[str]:
    currency = account.options.get("currency")
    country = account.options.get("country_code")
    countries = COUNTRIES.values()
    if currency is not None and currency not in COUNTRIES:
        yield f"options.currency is {currency!r}; Tamara takes {', '.join(sorted(COUNTRIES))}"
    if country is not None and country not in countries:
        yield f"options.country_code is {country!r}; Tamara serves {', '.join(sorted(countries))}"


def _checkout_problems(account: Account) -> Iterator[str]:
    options = account.options
    notification = options.get("notification", "false")
    if notification not in {"true", "false"}:
        yield 'options.notification is "true" or "false"'
    elif notification == "true" and account.webhook_url is None:
        yield "options.notification needs webhook_url, or webhook_base_url for all accounts"
    payment_type = options.get("payment_type")
    if payment_type is not None and payment_type not in PAYMENT_TYPES:
        yield f"options.payment_type is one of {', '.join(sorted(PAYMENT_TYPES))}"
    instalments = options.get("instalments")
    if instalments is not None and not _is_number_of_instalments(instalments):
        yield f"options.instalments is {FEWEST_INSTALMENTS} to {MOST_INSTALMENTS}"
    if len(options.get("platform", "")) > LONGEST_PLATFORM:
        yield f"options.platform has at most {LONGEST_PLATFORM} characters"


def _is_number_of_instalments(text: str) -> bool:
    return bool(_INSTALMENTS.fullmatch(text)) and (
        FEWEST_INSTALMENTS <= int(text) <= MOST_INSTALMENTS
    )
