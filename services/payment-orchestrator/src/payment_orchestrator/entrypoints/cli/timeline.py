"""An order's life as sentences: what happened, who said so, what the gateway was asked (law 7)."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payment_orchestrator.domain.change import HistoryEntry
from payment_orchestrator.domain.order import Order
from payments_common.storage.mongo_store import Document

_STYLES = {
    "created": "bold",
    "status": "bold green",
    "review": "bold red",
    "refused": "yellow",
    "operation_unknown": "yellow",
    "operation_declined": "yellow",
    "gateway_unavailable": "yellow",
    "nothing_new": "dim",
    "webhook": "cyan",
    "call": "dim",
}


def render_order(
    order: Order, history: Sequence[HistoryEntry], calls: Sequence[Document]
) -> RenderableType:
    """The order's state on top, then its timeline; the gateway's calls stand between its facts."""
    return Group(_summary(order), _timeline(order, history, calls))


def _summary(order: Order) -> RenderableType:
    balance = order.balance
    lines = [
        ("Order", f"{order.order_reference}  ({order.order_id})"),
        (
            "Status",
            order.status + (f"  needs review: {', '.join(order.review)}" * bool(order.review)),
        ),
        ("Amount", f"{order.total_amount} at {order.account}, capture {order.capture_mode}"),
        (
            "Balance",
            f"authorized {balance.authorized}, captured {balance.captured}, "
            f"refunded {balance.refunded}, voided {balance.voided}",
        ),
    ]
    table = Table.grid(padding=(0, 2))
    for name, value in lines:
        table.add_row(Text(name, style="bold"), Text(value))
    return table


def _timeline(
    order: Order, history: Sequence[HistoryEntry], calls: Sequence[Document]
) -> RenderableType:
    rows: list[tuple[datetime, int, str, str]] = [
        (entry.at, entry.number, entry.kind, entry.text) for entry in history
    ]
    rows += [(call["started_at"], 0, "call", _call(call)) for call in calls]
    table = Table(show_edge=False, pad_edge=False, expand=False)
    table.add_column("after", justify="right", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("explanation")
    for at, _, kind, text in sorted(rows):
        after = (at - order.created_at).total_seconds()
        style = _STYLES.get(kind, "")
        table.add_row(f"{after:+.3f} s", Text(kind, style=style), Text(text, style=style))
    return table


def _call(call: Document) -> str:
    answer = call["status"] if call["status"] is not None else call["error"]
    milliseconds = round(call["duration_seconds"] * 1000)
    return f"{call['method']} {call['path']} → {answer} in {milliseconds} ms ({call['purpose']})"
