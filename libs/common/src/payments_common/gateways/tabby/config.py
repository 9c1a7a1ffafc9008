"""What Tabby needs of an account, checked once at start."""

import re

from pydantic import BaseModel, ConfigDict, SecretStr

from payments_common.config import Account
from payments_common.errors import Misconfigured

CURRENCIES = frozenset({"AED", "SAR", "KWD"})
DEFAULT_WEBHOOK_HEADER = "X-Payments-Webhook"
_OPTIONS = frozenset({"merchant_code", "webhook_header", "currency"})
_CREDENTIALS = frozenset({"secret_key"})
# The form of Tabby's own clients: gateways/tabby.md section 1.
_SECRET_KEY = re.compile(
    r"sk_(test_)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", re.ASCII)
_HEADER_VALUE = re.compile(r"[\x21-\x7e]{1,255}")


class TabbyConfig(BaseModel):
    """`webhook_secret` is the account's first: the one that is registered with Tabby."""

    model_config = ConfigDict(frozen=True)

    account: str
    secret_key: SecretStr
    merchant_code: str
    webhook_header: str
    webhook_secret: SecretStr | None
    currencies: frozenset[str]


def read_config(account: Account) -> TabbyConfig:
    """Raises Misconfigured that names the account and every problem at once, and no secret."""
    secret_key = account.credentials.get("secret_key", SecretStr(""))
    merchant_code = account.options.get("merchant_code", "")
    currency = account.options.get("currency")
    webhook_secret = next(iter(account.webhook_secrets.values()), None)
    problems = [
        *_unknown_names(account),
        *_secret_key_problems(secret_key),
        *_webhook_problems(account, webhook_secret),
    ]
    if not merchant_code or not merchant_code.isprintable() or not merchant_code.isascii():
        problems.append("options.merchant_code is missing; Tabby names it, for example AE or SA")
    if currency is not None and currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        problems.append(f"options.currency is {currency!r}; Tabby takes {known}")
    if problems:
        raise Misconfigured(
            "\n  ".join([f"account {account.name} cannot be a Tabby account:", *problems])
        )
    return TabbyConfig(
        account=account.name,
        secret_key=secret_key,
        merchant_code=merchant_code,
        webhook_header=webhook_header_of(account),
        webhook_secret=webhook_secret,
        currencies=CURRENCIES if currency is None else frozenset({currency}),
    )


def webhook_header_of(account: Account) -> str:
    """Needs no credentials, so that the ingress can ask without holding any."""
    return account.options.get("webhook_header", DEFAULT_WEBHOOK_HEADER)


def _unknown_names(account: Account) -> list[str]:
    return [
        *(
            f"options.{name} is not known; known are {', '.join(sorted(_OPTIONS))}"
            for name in sorted(account.options.keys() - _OPTIONS)
        ),
        *(
            f"credentials.{name} is not known; Tabby needs secret_key only"
            for name in sorted(account.credentials.keys() - _CREDENTIALS)
        ),
    ]


def _secret_key_problems(secret_key: SecretStr) -> list[str]:
    if not secret_key.get_secret_value():
        return ["credentials.secret_key is missing"]
    if not _SECRET_KEY.fullmatch(secret_key.get_secret_value()):
        return ["credentials.secret_key must be sk_ or sk_test_ and a lower-case UUID"]
    return []


def _webhook_problems(account: Account, webhook_secret: SecretStr | None) -> list[str]:
    problems = []
    if not _HEADER_NAME.fullmatch(webhook_header_of(account)):
        problems.append("options.webhook_header is not the name of an HTTP header")
    if webhook_secret and not _HEADER_VALUE.fullmatch(webhook_secret.get_secret_value()):
        problems.append(
            "the first webhook secret cannot be sent in a header: "
            "use at most 255 ASCII characters without spaces"
        )
    return problems
