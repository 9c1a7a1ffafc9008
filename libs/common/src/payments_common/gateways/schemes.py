"""An account's webhook scheme without its HTTP client, for the ingress, which calls no gateway."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from payments_common.config import Account
from payments_common.errors import Misconfigured
from payments_common.gateways.port import WebhookScheme
from payments_common.gateways.tabby.config import webhook_header_of
from payments_common.gateways.tabby.webhooks import TabbyWebhooks

ENTRY_POINTS = "payments_common.webhook_schemes"

SchemeMaker = Callable[[Account], WebhookScheme]


def _tabby(account: Account) -> WebhookScheme:
    return TabbyWebhooks(webhook_header_of(account))


_BUILT_IN: Mapping[str, SchemeMaker] = {"tabby": _tabby}


def webhook_scheme_of(account: Account) -> WebhookScheme:
    """Raises Misconfigured that lists the gateways that are known."""
    private = {each.name: each for each in entry_points(group=ENTRY_POINTS)}
    if account.gateway in _BUILT_IN:
        return _BUILT_IN[account.gateway](account)
    if account.gateway in private:
        make: SchemeMaker = private[account.gateway].load()
        return make(account)
    known = ", ".join(sorted({*_BUILT_IN, *private}))
    raise Misconfigured(
        f"account {account.name} names the gateway {account.gateway!r}; known are: {known}"
    )
