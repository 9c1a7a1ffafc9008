"""Invoices: list methods, create, read, gateways/myfatoorah.md sections 2.1 to 2.3 and 3.1."""

from typing import Any

from aiohttp import web

from gateway_sandbox.myfatoorah.countries import CURRENCIES
from gateway_sandbox.myfatoorah.decode_keys import decode_key, decode_update
from gateway_sandbox.myfatoorah.decode_order import OrderDecoder
from gateway_sandbox.myfatoorah.errors import USED_SESSION, invalid
from gateway_sandbox.myfatoorah.fields import fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, success
from gateway_sandbox.myfatoorah.invoice import Invoice
from gateway_sandbox.myfatoorah.invoice_document import zone_of
from gateway_sandbox.myfatoorah.links import invoice_url, payment_url, session_url
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.methods import CARDS, PaymentMethod, method_of, methods_of
from gateway_sandbox.myfatoorah.wire_amounts import as_number, to_minor
from gateway_sandbox.public_url import PublicUrl

_CREATED = "Invoice Created Successfully!"
_CURRENCY_WORDS = {currency.lower(): currency for currency in CURRENCIES}


class PaymentRoutes:
    """Each creation makes a new invoice; there is no idempotency here (section 2.6)."""

    def __init__(
        self, gateway: MyFatoorahGateway, http: MyFatoorahHttp, *, public_url: PublicUrl
    ) -> None:
        self._gateway = gateway
        self._http = http
        self._public_url = public_url

    async def initiate(self, request: web.Request) -> Any:
        """POST /v2/InitiatePayment; stores nothing."""
        merchant = self._http.authenticate(request, "initiate_payment")
        fields = fields_of(await request.read())
        currency = fields.choice("CurrencyIso", _CURRENCY_WORDS) or merchant.currency
        amount = fields.number("InvoiceAmount")
        fields.finish()
        amount_minor = 0 if amount is None else to_minor(amount, currency)
        public_url = self._public_url.of(request)
        methods = [
            self._method(method, merchant, amount_minor, currency) | _image(method, public_url)
            for method in methods_of(merchant.country)
        ]
        return success({"PaymentMethods": methods}, "Initiated Successfully!")

    async def send(self, request: web.Request) -> Any:
        """POST /v2/SendPayment; the answer names InvoiceURL."""
        merchant = self._http.authenticate(request, "send_payment")
        fields = fields_of(await request.read())
        order = self._decoder(merchant).send_payment(fields)
        invoice = self._gateway.open_invoice(merchant, order)
        url = invoice_url(invoice, self._public_url.of(request))
        return success(
            {
                "InvoiceId": invoice.invoice_id,
                "InvoiceURL": url,
                "CustomerReference": order.customer_reference,
                "UserDefinedField": order.user_defined_field,
            },
            _CREATED,
        )

    async def execute(self, request: web.Request) -> Any:
        """POST /v2/ExecutePayment; the answer names PaymentURL."""
        merchant = self._http.authenticate(request, "execute_payment")
        fields = fields_of(await request.read())
        order = self._decoder(merchant).execute_payment(fields)
        if order.session_id is not None and not self._gateway.use_session(
            merchant, order.session_id
        ):
            raise invalid("SessionId", USED_SESSION)
        invoice = self._gateway.open_invoice(merchant, order)
        return success(
            {
                "InvoiceId": invoice.invoice_id,
                "IsDirectPayment": False,
                "PaymentURL": self._payment_url(invoice, self._public_url.of(request)),
                "CustomerReference": order.customer_reference,
                "UserDefinedField": order.user_defined_field,
                "RecurringId": invoice.recurring_id,
            },
            _CREATED,
        )

    async def status(self, request: web.Request) -> Any:
        """POST /v2/GetPaymentStatus; the whole invoice, whatever the key."""
        merchant = self._http.authenticate(request, "get_payment_status")
        key = decode_key(fields_of(await request.read()))
        return success(self._gateway.writer.tree(self._gateway.book.invoice_of(merchant, key)))

    async def update(self, request: web.Request) -> Any:
        """POST /v2/UpdatePaymentStatus; one capture or release per invoice."""
        merchant = self._http.authenticate(request, "update_payment_status")
        wanted = decode_update(fields_of(await request.read()))
        invoice = self._gateway.book.invoice_of(merchant, wanted.key)
        act, amount = self._gateway.act("api"), wanted.amount
        amount_minor = None if amount is None else to_minor(amount, invoice.currency)
        if wanted.operation == "capture":
            invoice = self._gateway.capture(invoice, amount_minor or 0, act)
        else:
            invoice = self._gateway.release(invoice, amount_minor, act)
        return success(self._gateway.writer.tree(invoice))

    def _decoder(self, merchant: Merchant) -> OrderDecoder:
        settings = self._gateway.settings
        return OrderDecoder(merchant, settings, zone_of(merchant.country, settings))

    def _payment_url(self, invoice: Invoice, public_url: str) -> str:
        if invoice.order.session_id is not None:
            row = self._gateway.open_attempt(invoice, CARDS, must_show=True)
            return session_url(invoice, row.payment_id, public_url)
        method = method_of(invoice.country, invoice.order.method_ids[0])
        return payment_url(invoice, method, public_url)

    def _method(
        self, method: PaymentMethod, merchant: Merchant, amount_minor: int, currency: str
    ) -> dict[str, Any]:
        settings = self._gateway.settings
        charge_minor = (amount_minor * settings.service_charge_percent + 50) // 100
        is_customers = settings.customer_pays_service_charge
        total_minor = amount_minor + (charge_minor if is_customers else 0)
        return {
            "PaymentMethodId": method.method_id,
            "PaymentMethodAr": method.name_ar,
            "PaymentMethodEn": method.name_en,
            "PaymentMethodCode": method.code,
            "IsDirectPayment": False,
            "ServiceCharge": as_number(charge_minor, currency),
            "TotalAmount": as_number(total_minor, currency),
            "CurrencyIso": currency,
            "IsEmbeddedSupported": method.is_embedded,
            "PaymentCurrencyIso": settings.payment_currency or merchant.currency,
        }


def _image(method: PaymentMethod, public_url: str) -> dict[str, str]:
    return {"ImageUrl": f"{public_url}/imgs/payment-methods/{method.code}.png"}
