"""What a gateway must offer to be in the sandbox."""

from typing import Any, Protocol

from aiohttp import web

from gateway_sandbox.errors import UnknownSubjectError


class GatewayPlugin(Protocol):
    """One simulated gateway; its state is its own, ledger and deliveries are shared.

    `buttons` are what the merchant's staff can do to a payment without naming an amount.
    """

    name: str
    buttons: tuple[str, ...]

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The API at the real one's paths, and the hosted page."""

    def perform(self, payment_id: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """A customer's or dashboard action; raises SandboxError."""

    def has_payment(self, payment_id: str) -> bool:
        """Whether this gateway knows the payment."""

    def run_due(self) -> None:
        """Do what time alone does."""

    def reset(self) -> None:
        """As at the start."""

    def settings(self) -> dict[str, Any]:
        """The present settings as JSON."""

    def change_settings(self, patch: dict[str, Any]) -> None:
        """Change some settings; raises InvalidControlRequestError."""

    def merchants(self) -> list[dict[str, Any]]:
        """Known merchants with their keys."""

    def add_merchant(self, document: dict[str, Any]) -> None:
        """Add or replace a merchant; raises InvalidControlRequestError."""


class Gateways:
    """All gateways of one sandbox."""

    def __init__(self, plugins: tuple[GatewayPlugin, ...]) -> None:
        self.plugins = plugins

    def named(self, name: str) -> GatewayPlugin:
        """Raises UnknownSubjectError."""
        for plugin in self.plugins:
            if plugin.name == name:
                return plugin
        raise UnknownSubjectError(f"no gateway {name!r}; there are {self._names()}")

    def owning(self, payment_id: str) -> GatewayPlugin:
        """The gateway of a payment; raises UnknownSubjectError."""
        for plugin in self.plugins:
            if plugin.has_payment(payment_id):
                return plugin
        raise UnknownSubjectError(f"no payment {payment_id}; GET /sandbox/ledger lists them all")

    def run_due(self) -> None:
        """Let each gateway do what time alone does."""
        for plugin in self.plugins:
            plugin.run_due()

    def reset(self) -> None:
        """Each as at the start."""
        for plugin in self.plugins:
            plugin.reset()

    def _names(self) -> list[str]:
        return [plugin.name for plugin in self.plugins]
