"""The oracle: what each gateway believes happened to money, and how often it was asked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal

EntryKind = Literal[
    "created", "authorized", "captured", "refunded", "voided", "rejected", "expired", "updated"
]
Origin = Literal["api", "dashboard", "customer", "auto"]


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """What a gateway's rules say happened, before the ledger numbers it."""

    kind: EntryKind
    amount_minor: int
    reference_id: str
    origin: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; sequence numbers run through the whole sandbox."""

    sequence: int
    at: datetime
    kind: EntryKind
    amount_minor: int
    reference_id: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class PaymentKey:
    """Which payment of which gateway, and the caller's order it is for."""

    gateway: str
    payment_id: str
    reference_id: str
    currency: str


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What was asked; reference_id is the operation's own, else the order's."""

    gateway: str
    operation: str
    payment_id: str | None
    reference_id: str


@dataclass(slots=True)
class Account:
    """One payment's lines."""

    key: PaymentKey
    status: str
    entries: list[Entry] = field(default_factory=list)

    def total_minor(self, kind: EntryKind) -> int:
        """The sum over all lines of that kind, in minor units."""
        return sum(entry.amount_minor for entry in self.entries if entry.kind == kind)


class Ledger:
    """Grows only; nothing in it is ever corrected."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        # By payment, or by order reference while there is no payment yet: see `requests_about`.
        self._requests: dict[tuple[str, str], Counter[ApiRequest]] = {}
        self._sequence = count(1)

    def record(self, key: PaymentKey, status: str, drafts: Iterable[EntryDraft]) -> None:
        """Append lines to the payment's account and note its status."""
        account = self._accounts.setdefault(key.payment_id, Account(key, status))
        account.key, account.status = key, status
        for draft in drafts:
            account.entries.append(
                Entry(
                    sequence=next(self._sequence),
                    at=draft.at,
                    kind=draft.kind,
                    amount_minor=draft.amount_minor,
                    reference_id=draft.reference_id,
                    origin=draft.origin,
                )
            )

    def count_request(self, request: ApiRequest) -> int:
        """Count one API request, applied or not; the answer is how many there were."""
        key = ("order", request.reference_id)
        if request.payment_id is not None:
            key = ("payment", request.payment_id)
        counts = self._requests.setdefault(key, Counter())
        counts[request] += 1
        return counts[request]

    def accounts(
        self, *, reference_id: str | None = None, payment_id: str | None = None
    ) -> list[Account]:
        """Accounts of one order or one payment, or all."""
        return [
            account
            for account in self._accounts.values()
            if reference_id in (None, account.key.reference_id)
            and payment_id in (None, account.key.payment_id)
        ]

    def requests(self) -> list[dict[str, Any]]:
        """All request counts."""
        return [document for key in self._requests for document in self._counted(key)]

    def requests_about(
        self, *, reference_id: str | None, payment_id: str | None
    ) -> list[dict[str, Any]]:
        """Request counts of one payment and of its order before it had a payment."""
        keys = (("order", reference_id), ("payment", payment_id))
        return [
            document
            for kind, name in keys
            if name is not None
            for document in self._counted((kind, name))
        ]

    def clear(self) -> None:
        """Forget all."""
        self._accounts.clear()
        self._requests.clear()
        self._sequence = count(1)

    def _counted(self, key: tuple[str, str]) -> list[dict[str, Any]]:
        counts = self._requests.get(key, Counter())
        return [asdict(request) | {"count": number} for request, number in counts.items()]


def account_document(account: Account, requests: list[dict[str, Any]]) -> dict[str, Any]:
    """One account as JSON: totals in minor units, lines and request counts."""
    return {
        **asdict(account.key),
        "status": account.status,
        "authorized_minor": account.total_minor("authorized"),
        "captured_minor": account.total_minor("captured"),
        "refunded_minor": account.total_minor("refunded"),
        "voided_minor": account.total_minor("voided"),
        "entries": [
            asdict(entry) | {"at": entry.at.isoformat(), "currency": account.key.currency}
            for entry in account.entries
        ],
        "requests": requests,
    }
