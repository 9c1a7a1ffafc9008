"""What this MyFatoorah remembers, all in memory; each merchant finds only its own."""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.deliveries import Notice
from gateway_sandbox.myfatoorah.decode_keys import Key
from gateway_sandbox.myfatoorah.errors import no_match
from gateway_sandbox.myfatoorah.invoice import Card, Event, Invoice, Refund
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.v3_session import PaymentSession


@dataclass(frozen=True, slots=True)
class Session:
    """An embedded session; used once."""

    session_id: str
    api_key: str
    customer_identifier: str | None
    saves_token: bool
    token: str | None = None
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class SavedToken:
    """A card that its owner lets the shop use again."""

    token: str
    masked_number: str
    brand: str


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """One webhook that was triggered, whatever became of its delivery."""

    reference: str
    api_key: str
    event: Event
    code: int
    name: str
    entity_id: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """The first answer to an Idempotency-Key, until it is forgotten."""

    until: datetime
    status: int
    body: bytes


class MyFatoorahBook:
    """Looks things up by what callers know; raises MyFatoorahError "No data match"."""

    def __init__(self) -> None:
        self.invoices: dict[int, Invoice] = {}
        self.sessions: dict[str, Session] = {}
        self.payment_sessions: dict[str, PaymentSession] = {}
        self.tokens: dict[tuple[str, str], list[SavedToken]] = {}
        self.webhooks: list[WebhookRecord] = []
        self.answers: dict[tuple[str, str], CachedAnswer] = {}
        self._by_invoice_key: dict[str, int] = {}
        self._by_payment_id: dict[str, int] = {}
        self._by_reference: dict[tuple[str, str], int] = {}
        self._by_refund: dict[str, int] = {}

    def store(self, invoice: Invoice) -> None:
        """Keep an invoice as it is now; of several with one CustomerReference the newest counts."""
        if invoice.invoice_id not in self.invoices:
            self._by_invoice_key[invoice.invoice_key] = invoice.invoice_id
            if invoice.order_reference:
                place = invoice.api_key, invoice.order_reference
                self._by_reference[place] = invoice.invoice_id
        self.invoices[invoice.invoice_id] = invoice
        for row in invoice.transactions:
            self._by_payment_id[row.payment_id] = invoice.invoice_id
        for refund in invoice.refunds:
            self._by_refund[str(refund.refund_id)] = invoice.invoice_id
            self._by_refund[refund.reference] = invoice.invoice_id

    def with_key(self, invoice_key: str) -> Invoice | None:
        """The invoice of a hosted page."""
        return self._invoice(self._by_invoice_key.get(invoice_key))

    def with_payment_id(self, payment_id: str) -> Invoice | None:
        """The invoice of one attempt."""
        return self._invoice(self._by_payment_id.get(payment_id))

    def save_card(self, session: Session, card: Card) -> Card:
        """The card with the token by which its owner can use it again."""
        saved = SavedToken(f"TKN-{new_uuid()}", card.masked_number, card.brand)
        owner = session.api_key, session.customer_identifier or ""
        self.tokens.setdefault(owner, []).append(saved)
        return replace(card, token=saved.token)

    def with_ledger_id(self, payment_id: str) -> Invoice | None:
        """The invoice that the ledger names so."""
        return self._invoice(_number(payment_id))

    def invoice_of(self, merchant: Merchant, key: Key) -> Invoice:
        """A merchant's invoice by one of the three key types."""
        invoice = self._by_key(merchant, key)
        if invoice is None or invoice.api_key != merchant.api_key:
            raise no_match()
        return invoice

    def refunds_of(self, merchant: Merchant, key: Key) -> list[tuple[Invoice, Refund]]:
        """A merchant's refunds: all of an invoice, or one."""
        if key.key_type == "invoiceid":
            invoice = self.invoice_of(merchant, key)
            found = list(invoice.refunds)
        else:
            number = self._by_refund.get(key.value)
            owned = self._invoice(number)
            if owned is None or owned.api_key != merchant.api_key:
                raise no_match()
            invoice = owned
            found = [item for item in invoice.refunds if _refund_key(item, key) == key.value]
        if not found:
            raise no_match()
        return [(invoice, refund) for refund in found]

    def with_refund(self, refund_id: int) -> Invoice | None:
        """The invoice whose refund it is."""
        return self._invoice(self._by_refund.get(str(refund_id)))

    def _by_key(self, merchant: Merchant, key: Key) -> Invoice | None:
        match key.key_type:
            case "invoiceid":
                return self._invoice(_number(key.value))
            case "paymentid":
                return self.with_payment_id(key.value)
            case "customerreference":
                return self._invoice(self._by_reference.get((merchant.api_key, key.value)))
            case _:
                return None

    def _invoice(self, invoice_id: int | None) -> Invoice | None:
        return None if invoice_id is None else self.invoices.get(invoice_id)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _refund_key(refund: Refund, key: Key) -> str | None:
    names = {"refundid": str(refund.refund_id), "refundreference": refund.reference}
    return names.get(key.key_type)
