"""The accounts as the ingress sees them: who may deliver, and how that is verified."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from payments_common.config import Account
from payments_common.gateways.port import WebhookScheme, WebhookSecret

SchemeOf = Callable[[Account], WebhookScheme]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An account without secrets is closed: it refuses every delivery until one is set."""

    account: str
    scheme: WebhookScheme
    secrets: tuple[WebhookSecret, ...]


def endpoints(accounts: Iterable[Account], *, scheme_of: SchemeOf) -> Mapping[str, Endpoint]:
    return {
        account.name: Endpoint(
            account=account.name,
            scheme=scheme_of(account),
            secrets=tuple(
                WebhookSecret(secret_id=name, value=value.get_secret_value())
                for name, value in account.webhook_secrets.items()
            ),
        )
        for account in accounts
    }
