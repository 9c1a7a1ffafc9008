"""Which path does what; operation names are those that faults and the ledger use."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from gateway_sandbox.interception import Interception
from gateway_sandbox.pages import Pages
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.settings_patch import as_document, patched
from gateway_sandbox.tamara.actions import TamaraActions
from gateway_sandbox.tamara.availability_routes import AvailabilityRoutes
from gateway_sandbox.tamara.checkout_routes import PAGE, CheckoutRoutes
from gateway_sandbox.tamara.dispute_routes import DisputeRoutes
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.http import Answer, TamaraHttp
from gateway_sandbox.tamara.order_routes import OrderRoutes
from gateway_sandbox.tamara.page import HostedPage
from gateway_sandbox.tamara.payment_routes import PaymentRoutes
from gateway_sandbox.tamara.webhook_routes import WebhookRoutes

Operation = tuple[str, str, str, Answer]


class TamaraPlugin:
    """Tamara as the sandbox's composition root sees it."""

    name = TamaraGateway.name
    buttons: tuple[str, ...] = ("authorise", "close")

    def __init__(
        self,
        gateway: TamaraGateway,
        *,
        interception: Interception,
        pages: Pages,
        public_url: PublicUrl,
    ) -> None:
        self._gateway = gateway
        self._interception = interception
        self._http = TamaraHttp(gateway)
        self._actions = TamaraActions(gateway)
        self._page = HostedPage(gateway, self._actions, pages=pages)
        self._public_url = public_url

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Tamara's API and its hosted page, at the paths of the real one."""
        for method, path, operation, answer in self._operations():
            handler = self._interception.wrap(self._http, operation, self._http.answering(answer))
            router.add_route(method, path, handler)
        router.add_get(f"{PAGE}/{{checkout_id}}", self._page.show)
        router.add_post(f"{PAGE}/{{checkout_id}}", self._page.act)

    def perform(self, payment_id: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """A customer's or portal action; raises SandboxError."""
        order = self._actions.perform(payment_id, action, body)
        return self._gateway.writer.order(order)

    def has_payment(self, payment_id: str) -> bool:
        """Whether this gateway knows the order."""
        return payment_id in self._gateway.book.orders

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
        """Known merchants; their tokens are the sandbox's own inventions."""
        return [asdict(merchant) for merchant in self._gateway.merchants.all()]

    def add_merchant(self, document: dict[str, Any]) -> None:
        """Add a merchant or change its tokens; raises InvalidControlRequestError."""
        self._gateway.merchants.put(document)

    def _operations(self) -> list[Operation]:
        return [
            *self._checkouts(),
            *self._availability(),
            *self._orders(),
            *self._webhooks(),
            *self._disputes(),
        ]

    def _checkouts(self) -> list[Operation]:
        checkout = CheckoutRoutes(self._gateway, self._http, public_url=self._public_url)
        return [
            ("POST", "/checkout", "checkout", checkout.create),
            ("POST", "/checkout/in-store-session", "in_store_session", checkout.create_in_store),
            ("POST", "/checkout/in-store", "in_store_qr", checkout.create_qr),
            ("POST", "/checkout/{checkout_id}/void", "void_checkout", checkout.void),
        ]

    def _availability(self) -> list[Operation]:
        routes = AvailabilityRoutes(self._gateway, self._http)
        options = "/checkout/payment-options-pre-check"
        verification = "/merchants/customer/id-verification-status"
        return [
            ("GET", "/checkout/payment-types", "payment_types", routes.payment_types),
            ("POST", "/checkout/credit-pre-check", "credit_pre_check", routes.credit_pre_check),
            ("POST", options, "payment_options_pre_check", routes.payment_options),
            ("POST", "/pre-checkout/v1/eligibility", "eligibility", routes.eligibility),
            ("GET", verification, "id_verification", routes.id_verification),
            ("POST", verification, "id_verification", routes.id_verification),
            ("GET", "/merchants/configs", "configs", routes.configs),
        ]

    def _orders(self) -> list[Operation]:
        orders = OrderRoutes(self._gateway, self._http)
        payments = PaymentRoutes(self._gateway, self._http)
        by_reference = "/merchants/orders/reference-id/{order_reference_id:.+}"
        order = "/orders/{order_id}"
        refund = "/payments/simplified-refund/{order_id}"
        return [
            ("GET", by_reference, "get_order_by_reference", orders.read_by_reference),
            ("GET", order, "get_order", orders.read),
            ("GET", f"/merchants{order}", "get_order", orders.read),
            ("POST", f"{order}/authorise", "authorise", orders.authorise),
            ("POST", f"{order}/cancel", "cancel", orders.cancel),
            ("PUT", f"{order}/reference-id", "update_reference", orders.rename),
            ("POST", "/payments/capture", "capture", payments.capture),
            ("POST", refund, "refund", payments.refund),
            ("POST", "/payments/refund", "legacy_refund", payments.legacy_refund),
        ]

    def _webhooks(self) -> list[Operation]:
        webhooks = WebhookRoutes(self._gateway, self._http)
        webhook = "/webhooks/{webhook_id}"
        return [
            ("POST", "/webhooks", "create_webhook", webhooks.create),
            ("GET", "/webhooks", "list_webhooks", webhooks.list),
            ("GET", webhook, "get_webhook", webhooks.read),
            ("PUT", webhook, "update_webhook", webhooks.update),
            ("DELETE", webhook, "delete_webhook", webhooks.delete),
        ]

    def _disputes(self) -> list[Operation]:
        disputes = DisputeRoutes(self._gateway, self._http)
        path = "/external/merchants/orders/disputes"
        return [
            ("GET", f"{path}/", "list_disputes", disputes.list),
            ("GET", path, "list_disputes", disputes.list),
            ("POST", f"{path}/{{dispute_id}}", "update_dispute", disputes.comment),
        ]
