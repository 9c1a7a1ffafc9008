"""Which gateways there are, by the name that the accounts file uses.

A company keeps a private gateway in its own package: an entry point in the group
`payments_common.gateways` opens it, one in `payments_common.webhook_schemes` makes its scheme.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Protocol

from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import Misconfigured
from payments_common.gateways.port import ApiCalls, Gateway
from payments_common.gateways.tabby.client import REDACT, TabbyClient
from payments_common.gateways.tabby.config import read_config
from payments_common.gateways.tabby.gateway import TabbyGateway
from payments_common.gateways.transport import GatewayTransport

ENTRY_POINTS = "payments_common.gateways"


class Opener(Protocol):
    def __call__(self, account: Account, *, clock: Clock, api_calls: ApiCalls) -> Gateway: ...


def open_tabby(account: Account, *, clock: Clock, api_calls: ApiCalls) -> Gateway:
    config = read_config(account)
    transport = GatewayTransport(account, clock=clock, api_calls=api_calls, redact=REDACT)
    return TabbyGateway(TabbyClient(transport, config=config), config=config, clock=clock)


_BUILT_IN: Mapping[str, Opener] = {"tabby": open_tabby}


def open_gateway(account: Account, *, clock: Clock, api_calls: ApiCalls) -> Gateway:
    """Raises Misconfigured for an unknown gateway, listing the known, or a wrong account."""
    private = {each.name: each for each in entry_points(group=ENTRY_POINTS)}
    if account.gateway in _BUILT_IN:
        opener = _BUILT_IN[account.gateway]
    elif account.gateway in private:
        opener = private[account.gateway].load()
    else:
        known = ", ".join(sorted({*_BUILT_IN, *private}))
        raise Misconfigured(
            f"account {account.name} names the gateway {account.gateway!r}; known are: {known}"
        )
    return opener(account, clock=clock, api_calls=api_calls)
