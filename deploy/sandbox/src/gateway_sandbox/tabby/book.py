"""What this Tabby remembers: payments, sessions and registered webhooks, all in memory."""

from dataclasses import dataclass

from gateway_sandbox.tabby.errors import NO_SUCH_PAYMENT, NO_SUCH_WEBHOOK, not_found
from gateway_sandbox.tabby.merchants import Merchant
from gateway_sandbox.tabby.payment import Payment, Session


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registration of one store; the header is sent back verbatim with each delivery."""

    webhook_id: str
    merchant_id: str
    merchant_code: str
    url: str
    is_test: bool
    header: tuple[str, str] | None


class TabbyBook:
    """Looks things up for their owner only; raises TabbyError 404 for all others."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.sessions: dict[str, Session] = {}
        self.webhooks: dict[str, Webhook] = {}

    def payment_of(self, merchant: Merchant, payment_id: str) -> Payment:
        """A merchant's payment."""
        payment = self.payments.get(payment_id)
        if payment is None or payment.merchant_id != merchant.merchant_id:
            raise not_found(NO_SUCH_PAYMENT)
        return payment

    def session_of(self, merchant: Merchant, session_id: str) -> tuple[Session, Payment]:
        """A merchant's session and its payment."""
        session = self.sessions.get(session_id)
        if session is None:
            raise not_found()
        return session, self.payment_of(merchant, session.payment_id)

    def webhook_of(self, merchant: Merchant, merchant_code: str, webhook_id: str) -> Webhook:
        """A store's webhook."""
        for webhook in self.webhooks_of(merchant.merchant_id, merchant_code):
            if webhook.webhook_id == webhook_id:
                return webhook
        raise not_found(NO_SUCH_WEBHOOK)

    def webhooks_of(self, merchant_id: str, merchant_code: str) -> list[Webhook]:
        """All webhooks of a store."""
        return [
            webhook
            for webhook in self.webhooks.values()
            if (webhook.merchant_id, webhook.merchant_code) == (merchant_id, merchant_code)
        ]
