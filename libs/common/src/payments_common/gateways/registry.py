"""Which gateways there are, by the name that the accounts file uses.

Ours and a company's private ones are found the same way, by two entry points: one in the group
`payments_common.gateways` opens the gateway, one in `payments_common.webhook_schemes` makes its
webhook scheme. They are apart because the ingress calls no gateway and loads no HTTP client.
"""

from importlib.metadata import entry_points
from typing import Any, Protocol

from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import Misconfigured
from payments_common.gateways.port import ApiCalls, Gateway, WebhookScheme

GATEWAYS = "payments_common.gateways"
WEBHOOK_SCHEMES = "payments_common.webhook_schemes"


class Opener(Protocol):
    def __call__(self, account: Account, *, clock: Clock, api_calls: ApiCalls) -> Gateway: ...


def known_gateways() -> list[str]:
    return sorted({each.name for each in entry_points(group=GATEWAYS)})


def open_gateway(account: Account, *, clock: Clock, api_calls: ApiCalls) -> Gateway:
    """Raises Misconfigured for an unknown gateway, listing the known, or a wrong account."""
    opener: Opener = _entry(account, group=GATEWAYS)
    return opener(account, clock=clock, api_calls=api_calls)


def webhook_scheme_of(account: Account) -> WebhookScheme:
    """Raises Misconfigured for an unknown gateway, listing the known."""
    scheme: WebhookScheme = _entry(account, group=WEBHOOK_SCHEMES)(account)
    return scheme


def _entry(account: Account, *, group: str) -> Any:
    found = {each.name: each for each in entry_points(group=group)}
    if account.gateway not in found:
        raise Misconfigured(
            f"account {account.name} names the gateway {account.gateway!r}; "
            f"known are: {', '.join(sorted(found))}"
        )
    return found[account.gateway].load()
