"""Which path does what; operation names are those that faults and the ledger use."""

from typing import Any

from aiohttp import web

from gateway_sandbox.interception import Handler, Interception
from gateway_sandbox.myfatoorah.actions import MyFatoorahActions
from gateway_sandbox.myfatoorah.errors import MyFatoorahError, routing_document
from gateway_sandbox.myfatoorah.fields import fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import Answer, MyFatoorahHttp, json_answer
from gateway_sandbox.myfatoorah.list_routes import ListRoutes
from gateway_sandbox.myfatoorah.merchants import merchant_document
from gateway_sandbox.myfatoorah.page import HostedPage
from gateway_sandbox.myfatoorah.payment_routes import PaymentRoutes
from gateway_sandbox.myfatoorah.refund_routes import RefundRoutes
from gateway_sandbox.myfatoorah.session_routes import SessionRoutes
from gateway_sandbox.myfatoorah.v3_routes import V3Routes
from gateway_sandbox.myfatoorah.v3_session_routes import V3SessionRoutes
from gateway_sandbox.myfatoorah.webhook_routes import WebhookRoutes
from gateway_sandbox.pages import Pages
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.settings_patch import as_document, patched

_UPDATE_OPERATIONS = {"capture", "release"}


class MyFatoorahPlugin:
    """MyFatoorah as the sandbox's composition root sees it."""

    name = MyFatoorahGateway.name
    buttons: tuple[str, ...] = ("close", "refund_processed", "refund_rejected")

    def __init__(
        self,
        gateway: MyFatoorahGateway,
        *,
        interception: Interception,
        pages: Pages,
        public_url: PublicUrl,
    ) -> None:
        self._gateway = gateway
        self._interception = interception
        self._http = MyFatoorahHttp(gateway)
        self._actions = MyFatoorahActions(gateway)
        self._page = HostedPage(gateway, self._actions, pages=pages, public_url=public_url)
        self._public_url = public_url

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """MyFatoorah's API and its hosted pages, at the paths of the real one."""
        self._page.add_routes(router)
        lists = ListRoutes(self._gateway, self._http, public_url=self._public_url)
        router.add_get("/Files/API/mf-config.json", lists.configuration)
        for method, verb, operation, answer in self._operations(lists):
            handler = self._wrapped(operation, answer)
            router.add_route(method, _in_any_case(verb), handler)
        payments = PaymentRoutes(self._gateway, self._http, public_url=self._public_url)
        router.add_post(
            _in_any_case("UpdatePaymentStatus"), self._updating(payments.update, "Operation")
        )
        self._add_v3_routes(router)
        for version in ("v2", "v3"):
            router.add_route("*", f"/{version}/{{path:.*}}", _unknown_path)

    def perform(self, payment_id: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """A payer's, dashboard's or finance's action; raises SandboxError."""
        return self._gateway.writer.tree(self._actions.perform(payment_id, action, body))

    def has_payment(self, payment_id: str) -> bool:
        """Whether this gateway knows the payment."""
        return self._gateway.book.with_ledger_id(payment_id) is not None

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
        """Known merchants; keys and secrets are the sandbox's own inventions."""
        return [merchant_document(merchant) for merchant in self._gateway.merchants.all()]

    def add_merchant(self, document: dict[str, Any]) -> None:
        """Add a merchant or change some members of one; raises InvalidControlRequestError."""
        self._gateway.merchants.add(document)

    def _wrapped(self, operation: str, answer: Answer) -> Handler:
        return self._interception.wrap(self._http, operation, self._http.answering(answer))

    def _add_v3_routes(self, router: web.UrlDispatcher) -> None:
        payments = V3Routes(self._gateway, self._http, public_url=self._public_url)
        payment, invoices = "/v3/payments/{payment_id}", "/v3/invoices"
        by_order = f"{invoices}/externalIdentifier/{{external_identifier}}"
        router.add_post("/v3/payments", self._wrapped("create_payment", payments.create))
        router.add_get(payment, self._wrapped("get_payment", payments.read))
        router.add_put(payment, self._updating(payments.update, "OperationType"))
        sessions = V3SessionRoutes(self._gateway, self._http)
        router.add_post("/v3/sessions", self._wrapped("create_session", sessions.create))
        router.add_get("/v3/sessions/{session_id}", self._wrapped("get_session", sessions.read))
        router.add_get(by_order, self._wrapped("get_invoice", payments.invoice_of_order))
        router.add_get(f"{invoices}/{{invoice_id}}", self._wrapped("get_invoice", payments.invoice))

    def _updating(self, answer: Answer, member: str) -> Handler:
        names = ("capture", "release", "update_payment_status")
        handlers = {name: self._wrapped(name, answer) for name in names}

        async def update(request: web.Request) -> web.Response:
            return await handlers[_update_operation(await request.read(), member)](request)

        return update

    def _operations(self, lists: ListRoutes) -> list[tuple[str, str, str, Answer]]:
        payments = PaymentRoutes(self._gateway, self._http, public_url=self._public_url)
        refunds = RefundRoutes(self._gateway, self._http)
        sessions = SessionRoutes(self._gateway, self._http)
        webhooks = WebhookRoutes(self._gateway, self._http)
        return [
            ("POST", "InitiatePayment", "initiate_payment", payments.initiate),
            ("POST", "SendPayment", "send_payment", payments.send),
            ("POST", "ExecutePayment", "execute_payment", payments.execute),
            ("POST", "GetPaymentStatus", "get_payment_status", payments.status),
            ("POST", "InitiateSession", "initiate_session", sessions.initiate),
            ("POST", "UpdateSession", "update_session", sessions.update),
            (
                "POST",
                "RegisterApplePayDomain",
                "register_apple_pay_domain",
                sessions.register_domain,
            ),
            ("POST", "MakeRefund", "refund", refunds.make),
            ("POST", "GetRefundStatus", "get_refund_status", refunds.status),
            ("POST", "GetWebhooks", "get_webhooks", webhooks.list_all),
            ("GET", "GetBanks", "get_banks", lists.banks),
            (
                "GET",
                "GetCurrenciesExchangeList",
                "get_currencies_exchange_list",
                lists.exchange_rates,
            ),
        ]


def _update_operation(body: bytes, member: str) -> str:
    try:
        word = (fields_of(body).text(member) or "").lower()
    except MyFatoorahError:
        word = ""
    return word if word in _UPDATE_OPERATIONS else "update_payment_status"


def _in_any_case(verb: str) -> str:
    return f"/v2/{{verb:(?i:{verb})}}"


async def _unknown_path(request: web.Request) -> web.Response:
    return json_answer(routing_document(str(request.url)), status=404)
