"""The demo's accounts: one or two with each gateway, all of them in the sandbox."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from payments_demo import sandbox_keys

_ACCOUNTS = """\
webhook_base_url = "{ingress_url}"

[accounts.tabby-ksa]
gateway = "tabby"
base_url = "{sandbox_url}"
options = {{ merchant_code = "SA" }}
credentials = {{ secret_key = {{ env = "TABBY_SECRET_KEY" }} }}
webhook_secrets = {{ demo = {{ env = "TABBY_WEBHOOK_SECRET" }} }}
{limits}

[accounts.tabby-kwt]
gateway = "tabby"
base_url = "{sandbox_url}"
options = {{ merchant_code = "KW" }}
credentials = {{ secret_key = {{ env = "TABBY_SECRET_KEY" }} }}
webhook_secrets = {{ demo = {{ env = "TABBY_WEBHOOK_SECRET" }} }}
{limits}

[accounts.tamara-ksa]
gateway = "tamara"
base_url = "{sandbox_url}"
options = {{ currency = "SAR" }}
credentials = {{ api_token = {{ env = "TAMARA_API_TOKEN" }} }}
webhook_secrets = {{ demo = {{ env = "TAMARA_NOTIFICATION_TOKEN" }} }}
{limits}

[accounts.myfatoorah-kwt]
gateway = "myfatoorah"
base_url = "{sandbox_url}"
options = {{ country = "KWT" }}
credentials = {{ api_key = {{ env = "MYFATOORAH_API_KEY" }} }}
webhook_secrets = {{ demo = {{ env = "MYFATOORAH_WEBHOOK_SECRET" }} }}
{limits}
"""


@dataclass(frozen=True, slots=True)
class Polls:
    """How often orders are asked about: while a session is open, and how long after its expiry."""

    open_seconds: float
    after_seconds: tuple[float, ...]


def accounts_file(
    *, sandbox_url: str, ingress_url: str, timeout_seconds: float, polls: Polls | None = None
) -> str:
    """Without `polls` with those of a real account."""
    limits = f"timeout_seconds = {timeout_seconds}"
    if polls is not None:
        limits += f"\npoll_open_seconds = {polls.open_seconds}"
        limits += f"\npoll_after_seconds = {list(polls.after_seconds)}"
    return _ACCOUNTS.format(sandbox_url=sandbox_url, ingress_url=ingress_url, limits=limits)


def secret_environment() -> Mapping[str, str]:
    """Tabby's webhook secret is ours to choose, the others are the gateway's."""
    return {
        "TABBY_SECRET_KEY": sandbox_keys.TABBY_SECRET_KEY,
        "TABBY_WEBHOOK_SECRET": secrets.token_urlsafe(24),
        "TAMARA_API_TOKEN": sandbox_keys.TAMARA_API_TOKEN,
        "TAMARA_NOTIFICATION_TOKEN": sandbox_keys.TAMARA_NOTIFICATION_TOKEN,
        "MYFATOORAH_API_KEY": sandbox_keys.MYFATOORAH_API_KEY,
        "MYFATOORAH_WEBHOOK_SECRET": sandbox_keys.MYFATOORAH_WEBHOOK_SECRET,
    }
