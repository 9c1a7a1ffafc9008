"""The demo's accounts: one or two with each gateway, all of them in the sandbox."""

import secrets
from collections.abc import Mapping

from payments_demo import sandbox_keys

_ACCOUNTS = """\
webhook_base_url = "{ingress_url}"

[accounts.tabby-ksa]
gateway = "tabby"
base_url = "{sandbox_url}"
options = {{ merchant_code = "SA" }}
credentials = {{ secret_key = {{ env = "TABBY_SECRET_KEY" }} }}
webhook_secrets = {{ demo = {{ env = "TABBY_WEBHOOK_SECRET" }} }}
timeout_seconds = {timeout_seconds}

[accounts.tabby-kwt]
gateway = "tabby"
base_url = "{sandbox_url}"
options = {{ merchant_code = "KW" }}
credentials = {{ secret_key = {{ env = "TABBY_SECRET_KEY" }} }}
webhook_secrets = {{ demo = {{ env = "TABBY_WEBHOOK_SECRET" }} }}
timeout_seconds = {timeout_seconds}

[accounts.tamara-ksa]
gateway = "tamara"
base_url = "{sandbox_url}"
options = {{ currency = "SAR" }}
credentials = {{ api_token = {{ env = "TAMARA_API_TOKEN" }} }}
webhook_secrets = {{ demo = {{ env = "TAMARA_NOTIFICATION_TOKEN" }} }}
timeout_seconds = {timeout_seconds}

[accounts.myfatoorah-kwt]
gateway = "myfatoorah"
base_url = "{sandbox_url}"
options = {{ country = "KWT" }}
credentials = {{ api_key = {{ env = "MYFATOORAH_API_KEY" }} }}
webhook_secrets = {{ demo = {{ env = "MYFATOORAH_WEBHOOK_SECRET" }} }}
timeout_seconds = {timeout_seconds}
"""


def accounts_file(*, sandbox_url: str, ingress_url: str, timeout_seconds: float) -> str:
    return _ACCOUNTS.format(
        sandbox_url=sandbox_url, ingress_url=ingress_url, timeout_seconds=timeout_seconds
    )


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
