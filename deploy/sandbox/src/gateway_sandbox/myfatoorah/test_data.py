"""Published test cards and error codes, gateways/myfatoorah.md sections 3.1 and 8."""

import re
from dataclasses import dataclass

from gateway_sandbox.myfatoorah.errors import CANCELED_BY_PAYER
from gateway_sandbox.myfatoorah.invoice import Card


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed."""

    code: str
    message: str


_FAILURES = (
    Failure("MF001", "3DS authentication failed"),
    Failure("MF002", "The issuer bank declined the transaction"),
    Failure("MF003", "The transaction was blocked by the gateway"),
    Failure("MF004", "Insufficient funds"),
    Failure("MF005", "Session timeout"),
    Failure("MF006", CANCELED_BY_PAYER),
    Failure("MF007", "The card is expired"),
    Failure("MF008", "The issuer bank did not answer"),
    Failure("MF009", "Denied by risk"),
    Failure("MF010", "Wrong security code"),
    Failure("MF020", "Unspecified failure"),
)
FAILURES = {failure.code: failure for failure in _FAILURES}
DECLINED, CANCELED, UNKNOWN = FAILURES["MF002"], FAILURES["MF006"], FAILURES["MF020"]


@dataclass(frozen=True, slots=True)
class TestCard:
    """One published card; None for expiry or code means that any will do."""

    number: str
    brand: str
    expiry: str | None = None
    code: str | None = None
    failure: str | None = None
    wrong_expiry: str = "MF007"


@dataclass(frozen=True, slots=True)
class CardEntry:
    """What a payer typed; expiry is MM/YY."""

    number: str
    expiry: str
    code: str
    holder: str

    def shown(self) -> Card:
        """What may be kept of it."""
        month, _, year = self.expiry.partition("/")
        digits = _digits(self.number)
        masked = f"{digits[:6]}xxxxxx{digits[-4:]}"
        known = _BY_NUMBER.get(digits)
        brand = "" if known is None else known.brand
        return Card(masked, self.holder, month.strip(), year.strip(), brand)


_CARDS = (
    TestCard("8888880000000001", "KNET", "09/30", wrong_expiry="MF002"),
    TestCard("4508750015741019", "Visa"),
    TestCard("2223000000000007", "Mastercard", "01/39", "100"),
    TestCard("5123450000000008", "Mastercard", "01/39", "100"),
    TestCard("5453010000095539", "Mastercard", "12/25", "300"),
    TestCard("5457210001000019", "Mastercard", "12/25", "212"),
    TestCard("4012001037141112", "Visa", "12/24", "207"),
    TestCard("4600410123456789", "Benefit"),
    TestCard("4550120123456789", "Benefit", failure="MF007"),
    TestCard("4845550123456789", "Benefit", failure="MF010"),
    TestCard("4575550123456789", "Benefit", failure="MF002"),
    TestCard("4895550123456789", "Benefit", failure="MF002"),
    TestCard("4464040000000007", "Mada", "02/29", "123"),
    TestCard("5297412542005689", "Mada", "05/25", "350"),
    TestCard("6690109900000010", "Jaywan", "01/39", "100"),
    TestCard("6690109000011016", "Jaywan", "01/39", "100"),
)
_BY_NUMBER = {card.number: card for card in _CARDS}
# The published AMEX card says by its expiry what becomes of it.
_AMEX_NUMBER = "345678901234564"
_AMEX_OUTCOMES = {"05/21": "MF020", "04/37": "MF002"}
_STC_PHONES = {"0557877988": "1234", "0548220713": "1234"}
_SHOWN_BY_METHOD = {
    "kn": CardEntry("8888880000000001", "09/30", "1234", "Test Test"),
    "b": CardEntry("4600410123456789", "01/39", "1234", "Test Test"),
    "md": CardEntry("4464040000000007", "02/29", "123", "Test Test"),
    "uaecc": CardEntry("6690109900000010", "01/39", "100", "Test Test"),
    "stc": CardEntry("0557877988", "", "1234", "Test Test"),
}
_SHOWN_DEFAULT = CardEntry("5123450000000008", "01/39", "100", "Test Test")


def suggested(method_code: str) -> CardEntry:
    """A card that works, for the page to offer."""
    return _SHOWN_BY_METHOD.get(method_code, _SHOWN_DEFAULT)


def failure_of(entry: CardEntry) -> Failure | None:
    """Why the card is refused, None for a success; unknown cards are declined."""
    digits, expiry = _digits(entry.number), entry.expiry.replace(" ", "")
    if digits in _STC_PHONES:
        return None if entry.code == _STC_PHONES[digits] else FAILURES["MF010"]
    if digits == _AMEX_NUMBER:
        return FAILURES[_AMEX_OUTCOMES[expiry]] if expiry in _AMEX_OUTCOMES else None
    card = _BY_NUMBER.get(digits)
    if card is None:
        return DECLINED
    if card.failure is not None:
        return FAILURES[card.failure]
    if card.expiry not in (None, expiry):
        return FAILURES[card.wrong_expiry]
    return None if card.code in (None, entry.code) else FAILURES["MF010"]


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
