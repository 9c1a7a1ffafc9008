"""The hosted pages on which a payer pays, fails or goes back; they work without JavaScript."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gateway_sandbox.amounts import format_fixed
from gateway_sandbox.myfatoorah.actions import MyFatoorahActions
from gateway_sandbox.myfatoorah.errors import MyFatoorahError
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.invoice import (
    Invoice,
    InvoiceStatus,
    Order,
    Transaction,
    TransactionStatus,
)
from gateway_sandbox.myfatoorah.invoice_document import display_minor
from gateway_sandbox.myfatoorah.links import result_url
from gateway_sandbox.myfatoorah.methods import PaymentMethod
from gateway_sandbox.myfatoorah.test_data import (
    CANCELED,
    DECLINED,
    FAILURES,
    CardEntry,
    failure_of,
    suggested,
)
from gateway_sandbox.pages import Pages
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.redirects import with_members

_LANGUAGE = "{language:En|Ar}"
_COUNTRY = "{country:[A-Z]{3}}"
PAY_INVOICE = f"/{_LANGUAGE}/{_COUNTRY}/PayInvoice"
_SUCCEEDED = (TransactionStatus.SUCCESS, TransactionStatus.AUTHORIZE)
_ACTIONS = ("pay", "fail", "cancel")


@dataclass(frozen=True, slots=True)
class Visit:
    """One payer at one invoice, with the methods that the page offers."""

    invoice: Invoice
    methods: tuple[PaymentMethod, ...]
    public_url: str


class HostedPage:
    """GET shows the invoice, POST acts and sends the payer back to the shop by 303."""

    def __init__(
        self,
        gateway: MyFatoorahGateway,
        actions: MyFatoorahActions,
        *,
        pages: Pages,
        public_url: PublicUrl,
    ) -> None:
        self._gateway = gateway
        self._actions = actions
        self._pages = pages
        self._public_url = public_url

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """All pages, at paths like the real ones'."""
        router.add_get(f"/{_COUNTRY}/ie/{{invoice_key}}", self.show)
        router.add_post(f"/{_COUNTRY}/ie/{{invoice_key}}", self.act)
        for page in ("Checkout", "MpgsAuthentication"):
            router.add_get(f"{PAY_INVOICE}/{page}", self.show)
            router.add_post(f"{PAY_INVOICE}/{page}", self.act)
        router.add_get(f"{PAY_INVOICE}/Result", self.result)

    async def show(self, request: web.Request) -> web.Response:
        """The invoice with its methods; with one method, an attempt begins now."""
        visit = self._visit(request)
        if len(visit.methods) == 1 and self._outcome(visit.invoice) is None:
            self._gateway.open_attempt(visit.invoice, visit.methods[0])
        return self._page(visit)

    async def act(self, request: web.Request) -> web.Response:
        """`action` pay with a card, fail with an error_code, or cancel."""
        visit = self._visit(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("action") not in _ACTIONS:
            raise web.HTTPBadRequest(text=f"action must be one of {_ACTIONS}")
        # Reading the form gave other requests a turn.
        visit = self._visit(request)
        try:
            row = self._perform(visit, form)
        except MyFatoorahError:
            return self._page(visit, status=409)
        return self._return(visit, row)

    async def result(self, request: web.Request) -> web.Response:
        """MyFatoorah's own page, where a payer ends whose shop gave no URL."""
        payment_id = request.query.get("paymentId", "")
        invoice = self._gateway.book.with_payment_id(payment_id)
        if invoice is None:
            raise self._unknown()
        row = next(item for item in invoice.transactions if item.payment_id == payment_id)
        context = {
            "invoice": invoice,
            "amount": format_fixed(display_minor(invoice), invoice.order.display_currency),
            "is_success": row.status in _SUCCEEDED,
            "row": row,
        }
        return self._pages.response(self._pages.render("myfatoorah_result.html", context))

    def _perform(self, visit: Visit, form: dict[str, str]) -> Transaction:
        method = self._chosen(visit, form)
        match form["action"]:
            case "fail":
                failure = FAILURES.get(form.get("error_code", ""), DECLINED)
                return self._actions.fail(visit.invoice, method, failure)
            case "cancel":
                return self._actions.fail(visit.invoice, method, CANCELED)
            case _:
                entry = _entry(form, method)
                refused = failure_of(entry)
                if refused is not None:
                    return self._actions.fail(visit.invoice, method, refused, entry.shown())
                return self._actions.pay(visit.invoice, method, entry.shown())

    def _chosen(self, visit: Visit, form: dict[str, str]) -> PaymentMethod:
        code = form.get("payment_method")
        usual = self._actions.usual(visit.methods)
        return next((item for item in visit.methods if item.code == code), usual)

    def _visit(self, request: web.Request) -> Visit:
        book = self._gateway.book
        key = request.match_info.get("invoice_key") or request.query.get("invoiceKey", "")
        invoice = book.with_key(key) or book.with_payment_id(request.query.get("paymentId", ""))
        if invoice is None:
            raise self._unknown()
        methods = self._actions.methods(invoice)
        wanted = request.query.get("paymentGatewayId")
        if wanted is not None:
            methods = tuple(item for item in methods if str(item.gateway_id) == wanted)
        if not methods:
            raise self._unknown()
        return Visit(invoice, methods, self._public_url.of(request))

    def _unknown(self) -> web.HTTPNotFound:
        page = self._pages.render("myfatoorah_unknown.html", {})
        return web.HTTPNotFound(text=page, content_type="text/html")

    def _outcome(self, invoice: Invoice) -> str | None:
        if invoice.is_paid:
            accepts_more = self._gateway.settings.duplicate_payments == "accept"
            return None if accepts_more else "approved"
        if invoice.held is not None:
            return "approved"
        if invoice.is_settled and self._gateway.settings.pay_after_release == "refuse":
            return "released"
        if invoice.status == InvoiceStatus.CANCELED:
            return "canceled"
        is_late = invoice.is_expired and self._gateway.settings.late_payments == "refuse"
        return "expired" if is_late else None

    def _return(self, visit: Visit, row: Transaction) -> web.Response:
        location = _back(visit.invoice.order, row)
        if location is None:
            location = result_url(visit.invoice, row.payment_id, visit.public_url)
        return web.Response(status=303, headers={"Location": location})

    def _page(self, visit: Visit, *, status: int = 200) -> web.Response:
        invoice = self._gateway.book.invoices[visit.invoice.invoice_id]
        text = self._pages.render("myfatoorah_invoice.html", self._context(visit, invoice))
        return self._pages.response(text, status=status)

    def _context(self, visit: Visit, invoice: Invoice) -> dict[str, Any]:
        order = invoice.order
        last = invoice.last(TransactionStatus.FAILED)
        return {
            "invoice": invoice,
            "amount": format_fixed(display_minor(invoice), order.display_currency),
            "methods": visit.methods,
            "card": suggested(self._actions.usual(visit.methods).code),
            "failures": FAILURES.values(),
            "last_error": last.error if last else None,
            "outcome": self._outcome(invoice),
            "return_url": _link_back(invoice),
        }


def _back(order: Order, row: Transaction) -> str | None:
    """The shop's URL for what became of the attempt, gateways/myfatoorah.md section 6."""
    url = order.callback_url if row.status in _SUCCEEDED else order.error_url
    if url is None:
        return None
    return with_members(url, {"paymentId": row.payment_id, "Id": row.payment_id})


def _link_back(invoice: Invoice) -> str | None:
    """For a payer who opens what has ended: as the redirect was, if there was an attempt."""
    row = invoice.latest
    return invoice.order.error_url if row is None else _back(invoice.order, row)


def _entry(form: dict[str, str], method: PaymentMethod) -> CardEntry:
    offered = suggested(method.code)
    number = form.get("number", "").strip()
    if not number:
        return offered
    return CardEntry(
        number,
        form.get("expiry", "").strip(),
        form.get("code", "").strip(),
        form.get("holder", "").strip() or offered.holder,
    )
