"""What every use case is given: the ports, the gateways, time and ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.policy import HOLD, Remedies
from payment_orchestrator.domain.tally import Tally
from payment_orchestrator.handlers.turns import Turns
from payment_orchestrator.handlers.unguarded import Unguarded
from payment_orchestrator.ports import (
    Breakers,
    CommandRepository,
    OrderRepository,
    Relay,
    StatusTokens,
    WebhookEventRepository,
)
from payments_common.clock import Clock
from payments_common.errors import UnknownAccount
from payments_common.gateways.port import Capabilities, Gateway
from payments_common.messaging.port import Publisher
from payments_common.references import NewId


@dataclass(frozen=True, slots=True)
class Toolbox:
    """`lease` is longer than any call to a gateway: a call that outlives it was abandoned.

    `remedies` are by account; one that is not there holds everything for a person. Without
    `status_tokens` none are given out.
    """

    orders: OrderRepository
    commands: CommandRepository
    webhook_events: WebhookEventRepository
    gateways: Mapping[str, Gateway]
    publisher: Publisher
    relay: Relay
    clock: Clock
    new_id: NewId
    turns: Turns
    lease: timedelta = timedelta(seconds=30)
    remedies: Mapping[str, Remedies] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    breakers: Breakers = field(default_factory=Unguarded)
    status_tokens: StatusTokens | None = None

    def gateway(self, account: str) -> Gateway:
        gateway = self.gateways.get(account)
        if gateway is None:
            known = ", ".join(sorted(self.gateways)) or "none"
            raise UnknownAccount(f"there is no account {account!r}; configured are: {known}")
        return gateway

    def status_token(self, order: Order) -> str | None:
        return self.status_tokens.of(order) if self.status_tokens else None

    def capabilities(self, account: str) -> Capabilities:
        return self.gateway(account).capabilities

    def remedies_of(self, account: str) -> Remedies:
        return self.remedies.get(account, HOLD)
