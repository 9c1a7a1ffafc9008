"""Which path does what; operation names are those that faults and the ledger use."""

from typing import Any

from aiohttp import web

from gateway_sandbox.interception import Interception
from gateway_sandbox.pages import Pages
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.settings_patch import as_document, patched
from gateway_sandbox.tabby.actions import TabbyActions
from gateway_sandbox.tabby.checkout_routes import CheckoutRoutes
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.http import Answer, TabbyHttp
from gateway_sandbox.tabby.merchants import parse_merchant
from gateway_sandbox.tabby.page import HostedPage
from gateway_sandbox.tabby.payment_routes import PaymentRoutes
from gateway_sandbox.tabby.webhook_routes import WebhookRoutes


class TabbyPlugin:
    """Tabby as the sandbox's composition root sees it."""

    name = TabbyGateway.name
    buttons: tuple[str, ...] = ("close",)

    def __init__(
        self,
        gateway: TabbyGateway,
        *,
        interception: Interception,
        pages: Pages,
        public_url: PublicUrl,
    ) -> None:
        self._gateway = gateway
        self._interception = interception
        self._http = TabbyHttp(gateway)
        self._actions = TabbyActions(gateway)
        self._page = HostedPage(gateway, self._actions, pages=pages)
        self._public_url = public_url

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Tabby's API and its hosted page, at the paths of the real one."""
        for method, path, operation, answer in self._operations():
            handler = self._interception.wrap(self._http, operation, self._http.answering(answer))
            router.add_route(method, path, handler)
        router.add_get("/tabby/checkout", self._page.show)
        router.add_post("/tabby/checkout/{session_id}", self._page.act)

    def perform(self, payment_id: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """A customer's or dashboard action; raises SandboxError."""
        payment = self._actions.perform(payment_id, action, body)
        return self._gateway.writer.payment(payment)

    def has_payment(self, payment_id: str) -> bool:
        """Whether this gateway knows the payment."""
        return payment_id in self._gateway.book.payments

    def run_due(self) -> None:
        """Do what time alone does."""
        self._gateway.run_due()

    def reset(self) -> None:
        """As at the start."""
        self._gateway.reset()

    def settings(self) -> dict[str, Any]:
        """The present settings as JSON."""
        return as_document(self._gateway.settings)

    def change_settings(self, patch: dict[str, Any]) -> None:
        """Change some settings; raises InvalidControlRequestError."""
        self._gateway.settings = patched(self._gateway.settings, patch)

    def merchants(self) -> list[dict[str, Any]]:
        """Known merchants; secret keys are the sandbox's own inventions."""
        return [
            {
                "secret_key": merchant.secret_key,
                "public_key": merchant.public_key,
                "merchant_codes": dict(merchant.currencies),
            }
            for merchant in self._gateway.merchants.all()
        ]

    def add_merchant(self, document: dict[str, Any]) -> None:
        """Add or replace a merchant; raises InvalidControlRequestError."""
        self._gateway.merchants.add(parse_merchant(document))

    def _operations(self) -> list[tuple[str, str, str, Answer]]:
        checkout = CheckoutRoutes(self._gateway, self._http, public_url=self._public_url)
        payments = PaymentRoutes(self._gateway, self._http)
        webhooks = WebhookRoutes(self._gateway, self._http)
        session = "/api/v2/checkout/{session_id}"
        payment = "/api/v2/payments/{payment_id}"
        webhook = "/api/v1/webhooks/{webhook_id}"
        return [
            ("POST", "/api/v2/checkout", "checkout", checkout.create),
            ("GET", session, "get_checkout", checkout.read),
            ("POST", f"{session}/cancel", "cancel_checkout", checkout.cancel),
            ("GET", "/api/v2/payments", "list", payments.list),
            ("GET", payment, "get_payment", payments.read),
            ("PUT", payment, "update", payments.update),
            ("POST", f"{payment}/captures", "capture", payments.capture),
            ("POST", f"{payment}/refunds", "refund", payments.refund),
            ("POST", f"{payment}/close", "close", payments.close),
            ("POST", "/api/v1/webhooks", "create_webhook", webhooks.create),
            ("GET", "/api/v1/webhooks", "list_webhooks", webhooks.list),
            ("GET", webhook, "get_webhook", webhooks.read),
            ("PUT", webhook, "update_webhook", webhooks.update),
            ("DELETE", webhook, "delete_webhook", webhooks.delete),
        ]
