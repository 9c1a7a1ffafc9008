"""Sessions: create, read, cancel, gateways/tabby.md section 2."""

from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.clock import after
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.tabby import errors, machine
from gateway_sandbox.tabby.decode import CheckoutRequest, decode_checkout
from gateway_sandbox.tabby.errors import bad_data, not_authorized, wrong_currency
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.http import TabbyHttp
from gateway_sandbox.tabby.machine import Act
from gateway_sandbox.tabby.merchants import Merchant
from gateway_sandbox.tabby.payment import Payment, Session, TabbyStatus
from gateway_sandbox.tabby.session_document import session_document, session_status
from gateway_sandbox.tabby.test_data import rejection_reason


class CheckoutRoutes:
    """Each POST makes a new session and a new payment; there is no idempotency."""

    def __init__(self, gateway: TabbyGateway, http: TabbyHttp, *, public_url: PublicUrl) -> None:
        self._gateway = gateway
        self._http = http
        self._public_url = public_url

    async def create(self, request: web.Request) -> Any:
        """POST /api/v2/checkout; a rejection is an answer like any other."""
        merchant = self._gateway.merchants.authenticate(
            request.headers.get("Authorization"),
            accepts_public=self._gateway.settings.accept_public_key,
            is_write=True,
        )
        wanted = decode_checkout(await request.read(), self._gateway.settings)
        self._check_currency(merchant, wanted)
        act = self._gateway.act("api")
        payment = self._payment(merchant, wanted, act)
        session = self._session(wanted, payment)
        self._gateway.book.sessions[session.session_id] = session
        self._gateway.open_payment(payment, act)
        return self._document(request, session, payment)

    async def read(self, request: web.Request) -> Any:
        """GET /api/v2/checkout/{id}."""
        merchant = self._http.authenticate(request, is_write=False)
        session_id = request.match_info["session_id"]
        session, payment = self._gateway.book.session_of(merchant, session_id)
        return self._document(request, session, payment)

    async def cancel(self, request: web.Request) -> Any:
        """POST /api/v2/checkout/{id}/cancel; the payment becomes EXPIRED."""
        merchant = self._http.authenticate(request, is_write=True)
        session_id = request.match_info["session_id"]
        session, payment = self._gateway.book.session_of(merchant, session_id)
        if payment.status != TabbyStatus.CREATED:
            raise bad_data(errors.NOT_CANCELLABLE)
        payment = self._gateway.apply(machine.expire(payment, self._gateway.act("api")))
        return self._document(request, session, payment)

    def _check_currency(self, merchant: Merchant, wanted: CheckoutRequest) -> None:
        expected = merchant.currency_of(wanted.merchant_code)
        if expected is None or expected not in self._gateway.settings.served_currencies:
            raise not_authorized(errors.UNKNOWN_MERCHANT)
        if expected != wanted.currency:
            raise wrong_currency(expected, wanted.currency)

    def _payment(self, merchant: Merchant, wanted: CheckoutRequest, act: Act) -> Payment:
        return Payment(
            payment_id=new_uuid(),
            session_id=new_uuid(),
            merchant_id=merchant.merchant_id,
            merchant_code=wanted.merchant_code,
            is_test=merchant.is_test,
            created_at=act.at,
            expires_at=after(act.at, self._gateway.settings.session_seconds),
            amount_minor=wanted.amount_minor,
            currency=wanted.currency,
            reference_id=wanted.reference_id,
            request=wanted.payment,
        )

    def _session(self, wanted: CheckoutRequest, payment: Payment) -> Session:
        return Session(
            session_id=payment.session_id,
            payment_id=payment.payment_id,
            merchant_code=wanted.merchant_code,
            lang=wanted.lang,
            created_at=payment.created_at,
            expires_at=payment.expires_at,
            rejection_reason=rejection_reason(
                wanted.payment["buyer"],
                wanted.amount_minor,
                wanted.currency,
                settings=self._gateway.settings,
            ),
            merchant_urls=wanted.merchant_urls,
        )

    def _document(self, request: web.Request, session: Session, payment: Payment) -> dict[str, Any]:
        is_over = self._gateway.clock.now() >= session.expires_at
        return session_document(
            session,
            payment,
            self._gateway.writer,
            public_url=self._public_url.of(request),
            status=session_status(session, payment, is_over=is_over),
        )
