"""The oracle: orders against the ledger, answers against operations, events against sequences."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chaos.book import Book, Heard, Sent
from chaos.looks import MEASURES, Looks
from payments_common.schemas.commands import CapturePayment, RefundPayment, VoidPayment
from payments_common.schemas.replies import Outcome

Document = dict[str, Any]
MONEY = {CapturePayment: "capture", RefundPayment: "refund", VoidPayment: "void"}


@dataclass(slots=True)
class Verdict:
    """Each list empty, or something was lost, doubled, or not as promised."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    recovered: int = 0

    @property
    def holds(self) -> bool:
        return not (self.lost or self.duplicated or self.unexpected)


def judge(book: Book, heard: Heard, seen: Looks) -> Verdict:
    verdict = Verdict(unexpected=[*book.unexpected, *heard.contradictions, *seen.unrest])
    verdict.lost += [f"no answer to {each.command.TYPE} {_of(each)}" for each in book.unanswered]
    verdict.lost += [f"order {r} was not lived to its end" for r in set(book.accounts) - book.ended]
    verdict.unexpected += [f"dead letter: {dict(each.headers)}" for each in seen.dead_letters]
    for each in book.sent.values():
        _judge_answers(each, seen, verdict)
    for reference in book.accounts:
        _judge_order(reference, seen, verdict)
        _judge_events(reference, heard, seen, verdict)
    verdict.lost += [f"{each} got 200 and is gone" for each in seen.taken_and_gone]
    return verdict


def _judge_answers(sent: Sent, seen: Looks, verdict: Verdict) -> None:
    if len(sent.outcomes) > 1:
        verdict.duplicated.append(f"{_of(sent)} was answered {sent.outcomes}")
    kind = MONEY.get(type(sent.command))
    if kind is None or sent.answer is None:
        return
    order = seen.orders.get(getattr(sent.command, "order_reference", ""))
    operations = [
        o for o in (order or {}).get("operations", ()) if o["operation_id"] == sent.command_id
    ]
    states = [o["state"] for o in operations]
    expected = {Outcome.SUCCEEDED: ["succeeded"], Outcome.DECLINED: ["declined"]}
    if states != expected.get(sent.answer.outcome, []):
        verdict.unexpected.append(
            f"{kind} {_of(sent)} was answered {sent.answer.outcome}, the order says {states}"
        )


def _judge_order(reference: str, seen: Looks, verdict: Verdict) -> None:
    order, accounts = seen.orders.get(reference), seen.accounts(reference)
    ours, theirs = seen.ours(reference), seen.theirs(reference)
    if ours != theirs:
        known = f"{order['account']}, {order['status']}, {order['review']}" if order else "unknown"
        more = any(theirs[m] > ours[m] for m in MEASURES)
        (verdict.lost if more else verdict.duplicated).append(
            f"order {reference} ({known}): ours {ours}, theirs {theirs}"
        )
    if order is None:
        return
    verdict.recovered += sum(map(_was_unknown, order["operations"]))
    verdict.duplicated += list(_done_twice(order, accounts))
    verdict.duplicated += [p for account in accounts for p in _prefixes(account)]


def _done_twice(order: Document, accounts: list[Document]) -> Iterator[str]:
    """What was done through the API was asked for, once each."""
    entries = [e for account in accounts for e in account["entries"] if e["origin"] == "api"]
    for kind, line in (("capture", "captured"), ("refund", "refunded")):
        done = sum(e["amount_minor"] for e in entries if e["kind"] == line)
        asked = sum(
            o["amount"]["amount_minor"]
            for o in order["operations"]
            if o["kind"] == kind and o["state"] == "succeeded"
        )
        if done > asked:
            yield f"order {order['order_reference']}: {done} {line}, {asked} asked for"


def _was_unknown(operation: Document) -> bool:
    """Some attempt had no answer, and yet it came to one end."""
    outcomes = {attempt["outcome"] for attempt in operation["attempts"]}
    return bool(outcomes & {"unknown", "no answer kept"})


def _prefixes(account: Document) -> Iterator[str]:
    """At every line of the ledger, not only at the end."""
    sums = dict.fromkeys(MEASURES, 0)
    for entry in sorted(account["entries"], key=lambda e: e["sequence"]):
        if entry["kind"] in sums:
            sums[entry["kind"]] += entry["amount_minor"]
        if sums["captured"] + sums["voided"] > sums["authorized"]:
            yield f"{account['reference_id']}: more captured and voided than authorized, {sums}"
        if sums["refunded"] > sums["captured"]:
            yield f"{account['reference_id']}: more refunded than captured, {sums}"


def _judge_events(reference: str, heard: Heard, seen: Looks, verdict: Verdict) -> None:
    order = seen.orders.get(reference)
    last = order["sequence"] if order else 0
    numbers = sorted(heard.events[reference])
    if numbers != list(range(1, last + 1)):
        verdict.lost.append(f"order {reference}: events {numbers} heard, {last} promised")


def _of(sent: Sent) -> str:
    return f"{getattr(sent.command, 'order_reference', '')} ({sent.command_id})"
