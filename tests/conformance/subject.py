"""What the conformance suite must be told of a gateway and its sandbox; all else is the same."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from payments_common.errors import GatewayOutage, GatewayRefusal, NotSent, OutcomeUnknown
from support.running_sandbox import SandboxClient


@dataclass(frozen=True, slots=True)
class Delivered:
    """One webhook exactly as the gateway sent it."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    query: str

    def header(self, name: str) -> str:
        return next(value for key, value in self.headers if key.lower() == name.lower())

    def with_header(self, name: str, value: str | None) -> "Delivered":
        """The same with another value of that header, or without it."""
        others = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=others if value is None else (*others, (name, value)))


Attack = Callable[[Delivered, str], Delivered]
"""Given a genuine delivery and the secret that it was proved with."""
Step = tuple[str | int, ...]
"""("customer", "pay"), ("staff", "refund", 100), ("capture", 100), ("refund",) …"""


@dataclass(frozen=True, slots=True)
class StatusCase:
    """One row of MAPPING.md: how a payment gets there, and what the order then is."""

    row: str
    steps: tuple[Step, ...]
    status: str
    capture_mode: str = "manual"
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """One way in which the gateway answers a read with something else than a payment.

    `settings` and `merchant` are told to the sandbox; `credentials` are used instead of ours;
    `unknown`: a payment is asked for that the gateway does not know.
    """

    shape: str
    fault: Mapping[str, Any]
    raises: type[GatewayOutage | GatewayRefusal]
    settings: Mapping[str, Any] = field(default_factory=dict)
    merchant: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """`account` gives gateway, options and credentials for a currency; amounts are minor units.

    `operations` are the sandbox's names of what we ask for. `after_decline` and `after_cancel` are
    what the order is once the customer was declined, or went away. `attacks` by name; what a
    gateway cannot be attacked with stands in `not_meaningful`, with the reason, as does any other
    scenario that says nothing of it.
    """

    name: str
    title: str
    account: Callable[[str], Mapping[str, Any]]
    currencies: tuple[str, ...]
    secret: str
    unknown_payment_id: str
    operations: Mapping[str, str]
    after_decline: str
    after_cancel: str
    expires_after_seconds: float
    statuses: tuple[StatusCase, ...]
    errors: tuple[ErrorCase, ...]
    attacks: Mapping[str, Attack]
    rotate: Callable[[SandboxClient, str, str], Awaitable[None]]
    tamper: Callable[[Delivered], Delivered]
    declined_session: Mapping[str, Any] | None = None
    method: str | None = None
    refund_is_later: bool = False
    not_meaningful: Mapping[str, str] = field(default_factory=dict)


COMMON_ERRORS = (
    ErrorCase("500 after the work", {"kind": "error", "phase": "after"}, OutcomeUnknown),
    ErrorCase("503 before the work", {"kind": "error", "status": 503}, OutcomeUnknown),
    ErrorCase("connection reset", {"kind": "reset"}, OutcomeUnknown),
    ErrorCase("a proxy's page with 502", {"kind": "html", "status": 502}, OutcomeUnknown),
    ErrorCase("a firewall's page with 403", {"kind": "html", "status": 403}, OutcomeUnknown),
    ErrorCase("429", {"kind": "rate_limit"}, NotSent),
    ErrorCase("no answer in time", {"kind": "hang"}, OutcomeUnknown),
)
"""Every gateway has these; what else it can say is in its own subject."""


def customer(action: str) -> Step:
    return ("customer", action)


def staff(action: str, amount_minor: int | None = None) -> Step:
    """What the merchant's people do in the gateway's dashboard."""
    return ("staff", action) if amount_minor is None else ("staff", action, amount_minor)
